"""German as it is heard and spoken on the telephone."""

from app.domain.answers import Status
from app.domain.languages.de.answers import NO, NUMERALS, SPECIALS, UNIVERSALS, YES
from app.domain.languages.de.prompts import INTERVIEW, PROMPTS
from app.domain.languages.de.times import CALENDAR, GROUPS, READINGS
from app.domain.languages.model import Language, Sounds

# Word lists fill their lines.
# fmt: off
SOUNDS = Sounds(
    voice="de",
    regional={},
    # Rounded front vowels lie between their rounded and their front neighbours.
    phones={
        "ç": ("SH", "HH"), "x": ("K", "HH"), "pf": ("F", "P F"), "ts": ("T S",), "ʁ": ("R",), "r": ("R",),
        "ɾ": ("R", "HH"), "ɜ": ("ER", "AH"), "ɐ": ("ER", "AH"), "y": ("Y UW", "IH"), "yː": ("Y UW", "IY"),
        "ʏ": ("UH", "IH"), "ø": ("ER", "UH"), "øː": ("ER", "EY"), "œ": ("ER", "EH"),
        "eː": ("EY",
        "IY"), "ʊ": ("UH", "UW"), "z": ("Z", "S"), "ɛ": ("EH", "AE"),
        "ɛː": ("EH", "EY"), "oː": ("OW",), "a": ("AA", "AH"), "ɑː": ("AA",), "aː": ("AA",), "ɔø": ("OY",),
        "ɔʏ": ("OY",), "ɔɪ": ("OY",), "aɪ": ("AY",), "aʊ": ("AW",), "v": ("V", "W"),
    },
    # Fitted for Spanish, which the model hears through English phones as well.
    weights=(10.0, 1.55, -5.87),
    is_the_models_own=False,
    carrier_locale="de-DE",
    dot="Punkt",
    at="ät",
)

LANGUAGE = Language(
    key="de",
    name="Deutsch",
    locale="de-DE",
    yes_label="ja",
    no_label="nein",
    yes=YES,
    sure_yes=("ja", "jawohl", "jep", "klar", "natürlich", "sicher", "genau", "richtig", "stimmt", "korrekt"),
    weak_yes=("vermutlich", "ich nehme an", "ok", "okay", "gut", "na gut", "also gut", "schön", "alles klar"),
    loose_yes=(
        "warum nicht", "das stört mich nicht", "es stört mich nicht", "stört mich nicht",
        "macht mir nichts aus", "es macht mir nichts aus", "das macht mir nichts aus", "nichts dagegen",
        "habe nichts dagegen", "hab nichts dagegen", "ich habe nichts dagegen", "ich hab nichts dagegen",
        "perfekt",
    ),
    no=NO,
    sure_no=("nein", "nee", "nö", "ne"),
    specials=SPECIALS,
    special_labels={Status.REFUSED: "keine Angabe", Status.DONT_KNOW: "weiß nicht"},
    idle=(
        "also", "na ja", "naja", "ja also", "nun", "tja", "oh", "ach", "bitte", "danke", "vielen dank",
        "danke schön", "der", "die", "das", "den", "dem", "ein", "eine", "einen", "einer", "einem", "und",
        "ich",
        "ich bin", "ich habe", "ich hatte", "es ist", "das ist", "das sind", "es sind", "das wäre", "es war",
        "das war", "das wären", "ich glaube", "ich denke", "ich würde sagen", "würde ich sagen", "ich sage",
        "sage ich", "sagen wir", "sagen wir mal", "ich meinte", "glaube ich", "denke ich", "ich schätze",
        "ich nehme", "nehme ich", "ich wähle", "ich möchte", "ich hätte gern", "ich hätte gerne",
        "ich gebe", "ich gebe eine", "gebe ich", "ich würde", "geben", "von mir", "meine antwort ist",
        "die antwort ist", "antwort", "mein", "meine", "ist", "sind", "hallo", "guten tag", "einfach",
        "wirklich", "wahrscheinlich", "dann", "mal", "so", "halt", "eben", "jahre", "jahre alt", "jahr",
        "alt", "sterne", "punkte", "punkt", "meine nummer ist", "die nummer ist", "nummer ist",
        "mein alter ist",
        "ehrlich gesagt", "für mich", "ja", "klar", "natürlich", "sicher", "genau", "gut", "okay", "ok",
        "alles klar", "jawohl", "moment mal", "auch", "noch", "war ich", "war", "bin", "zwar", "gerne",
        "gern",
        "dort", "da", "beim", "bei", "im", "in der", "bei der",
    ),
    hesitations=("äh", "ähm", "öh", "öhm", "hm", "hmm", "mm", "eh", "mmh", "ehm", "tja"),
    joined={"m hm": "mhm", "mm hm": "mhm", "mm hmm": "mhm", "aha": "mhm"},
    negations=(
        "nicht", "kein", "keine", "keinen", "keiner", "keines", "keins", "nie", "niemals", "nichts",
        "niemand", "weder", "noch nie", "ohne", "kaum",
    ),
    doubts=(
        "irgendwas", "mitte", "ende", "anfang", "an die", "dutzend", "jeden", "paar", "vielleicht",
        "eventuell", "möglicherweise", "oder",
        "kommt darauf an",
        "kommt drauf an",
        "es kommt darauf an", "je nachdem", "falls", "wenn", "manchmal", "ab und zu", "halb", "halbe",
        "einhalb", "komma", "minus", "als", "fast", "beinahe", "knapp", "zwischen", "außer", "aber", "über",
        "unter", "mehr als", "weniger als", "warum nicht", "kein problem", "keine sorge", "ja und nein",
        "jein", "dieser", "diese", "dieses", "einer von", "eine von", "eins von", "teils teils", "vor",
        "nach",
        "bis", "prozent", "plus", "mindestens", "höchstens", "viertel", "welche",
        "welcher", "welches", "entweder", "mal so mal so", "statt", "anstatt", "anstelle",
        "ich spreche kein deutsch", "kein deutsch", "nicht nur", "nicht bloß", "nicht einfach",
        "ich kann kein deutsch",
    ),
    corrections=(
        "ich meine", "nein ich meine", "ich meinte", "nein ich meinte", "entschuldigung ich meine",
        "quatsch", "nein quatsch", "korrektur", "ich korrigiere", "warten sie", "nein warten sie",
        "moment nein",
        "besser gesagt", "vielmehr", "oder besser", "ich habe mich vertan", "ich hab mich vertan",
        "ich habe mich versprochen", "halt nein", "stopp", "falsch nein", "doch lieber", "nein doch",
        "ach nein",
    ),
    soft_corrections=("entschuldigung", "verzeihung", "entschuldigen sie", "pardon", "sorry", "eigentlich",
        "tut mir leid"),
    denials=("nicht",),
    buts=("sondern",),
    no_denies=False,
    other_amounts=(
        "negativ", "wenigstens", "zumindest", "maximal", "minimal", "bis zu", "zweimal", "dreimal", "doppelt",
        "geben sie mir", "frage", "fragen", "gib mir", "erste", "ersten", "zweite", "zweiten", "dritte",
        "dritten", "vierte",
        "vierten", "fünfte", "fünften",
    ),
    adverse=(
        "wenig", "weniger", "kaum", "alles andere als", "weit entfernt von", "weit davon entfernt",
        "am wenigsten", "frage", "fragen",
    ),
    holds=(
        "einen moment", "moment", "moment bitte", "einen moment bitte", "einen augenblick", "augenblick",
        "eine sekunde", "sekunde", "eine minute", "warten sie kurz", "kurz warten", "einen moment mal",
        "ich muss nachsehen", "ich schaue nach", "lassen sie mich nachdenken", "lassen sie mich nachsehen",
        "einen kleinen moment",
    ),
    key_prefixes=(
        "drücke", "ich drücke", "drücken", "taste", "die taste", "nummer", "die nummer", "option", "antwort",
        "möglichkeit", "auswahl", "ziffer", "die ziffer", "zahl", "die zahl", "wähle", "ich wähle die",
        "drücke die", "ich drücke die", "gedrückt", "tippe", "knopf", "punkt nummer", "antwort nummer",
        "option nummer", "ich nehme die", "ich nehme nummer", "eingabe",
    ),
    key_names={
        "stern": "*", "sternchen": "*", "sterntaste": "*", "raute": "#", "rautetaste": "#", "kreuz": "#",
    },
    ordinals=(
        ("erste", "ersten", "erster", "erstes"), ("zweite", "zweiten", "zweiter", "zweites"),
        ("dritte", "dritten", "dritter", "drittes"), ("vierte", "vierten", "vierter", "viertes"),
        ("fünfte", "fünften", "fünfter", "fünftes"), ("sechste", "sechsten", "sechster", "sechstes"),
        ("siebte", "siebten", "siebter", "siebtes"), ("achte", "achten", "achter", "achtes"),
        ("neunte", "neunten", "neunter", "neuntes"), ("zehnte", "zehnten", "zehnter", "zehntes"),
    ),
    last=("letzte", "letzten", "letzter", "letztes"),
    ordinal_nouns=("möglichkeit", "option", "antwort", "auswahl"),
    out_of=("von", "auf einer skala von", "aus"),
    decimal_marks=".,:/",
    numerals=NUMERALS,
    universals=UNIVERSALS,
    backchannels=(
        "mhm", "hm", "aha", "ja", "ach so", "achso", "okay", "ok", "gut", "genau", "verstehe", "ich verstehe",
        "stimmt", "klar", "ah", "so",
    ),
    prompts=PROMPTS,
    readings=READINGS,
    calendar=CALENDAR,
    groups=GROUPS,
    interview=INTERVIEW,
    sounds=SOUNDS,
    glued=(
        *NUMERALS.digits, *NUMERALS.small, *NUMERALS.tens, "hundert", "tausend", "und", "montag", "dienstag",
        "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "morgen", "vormittag", "mittag",
        "nachmittag",
        "abend",
    ),
)

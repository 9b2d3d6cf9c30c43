"""German: what callers say to any question."""

from app.domain.answers import Status
from app.domain.languages.model import Numerals, Universals

# Word lists fill their lines.
# fmt: off
_UNITS = ("ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun")
_TENS = {
    "zwanzig": 20, "dreißig": 30, "vierzig": 40, "fünfzig": 50, "sechzig": 60, "siebzig": 70,
    "achtzig": 80, "neunzig": 90,
}

NUMERALS = Numerals(
    digits=("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    small={
        "ein": 1, "eine": 1, "einen": 1, "einer": 1, "einem": 1, "zwo": 2, "zehn": 10, "elf": 11,
        "zwölf": 12, "dreizehn": 13, "vierzehn": 14, "fünfzehn": 15, "sechzehn": 16, "siebzehn": 17,
        "achtzehn": 18, "neunzehn": 19,
        **{f"{unit}und{ten}": value + more
           for ten, value in _TENS.items() for more, unit in enumerate(_UNITS, 1)},
        **{f"zwound{ten}": value + 2 for ten, value in _TENS.items()},
    },
    tens=_TENS,
    hundred=("hundert",),
    scales={"tausend": 1_000, "million": 1_000_000, "millionen": 1_000_000},
    joiners=("und",),
    ones=("ein", "eine", "einen", "einer", "einem"),
    repeats={"doppel": 2, "doppelt": 2, "zweimal": 2, "dreimal": 3},
    alone={"keine": 0, "keiner": 0, "keins": 0, "kein": 0, "zwei": 2, "dutzend": 12},
)

YES = (
    "ja", "jawohl", "ja bitte", "ja gerne", "gerne", "gern", "klar", "na klar", "ja klar", "natürlich",
    "ja natürlich", "sicher", "aber sicher", "ja sicher", "selbstverständlich", "richtig", "ganz richtig",
    "genau", "ja genau", "stimmt", "das stimmt", "ja das stimmt", "korrekt", "das ist korrekt",
    "das ist richtig", "ja richtig", "so ist es", "auf jeden fall", "auf alle fälle", "unbedingt",
    "absolut", "definitiv", "freilich", "jo", "joa", "jep", "jup", "yes", "einverstanden",
    "ich bin einverstanden", "bin einverstanden", "in ordnung", "das ist in ordnung", "geht in ordnung",
    "meinetwegen", "von mir aus", "ich denke ja", "ich denke schon", "ich glaube ja", "ich glaube schon",
    "denke schon", "glaube schon", "ich hoffe ja", "ich nehme an ja", "vermutlich ja", "doch",
    "ja doch", "ja ja", "immer", "das ist wahr", "wahr", "stimmt genau", "passt", "das passt",
    "ja passt", "sehr gerne", "sehr gern", "mit vergnügen", "kein problem ja", "ja kein problem",
    "ohne zweifel", "zweifellos", "aber ja", "aber natürlich", "aber klar", "logisch", "bestimmt",
    "ja bestimmt", "das möchte ich", "ja möchte ich", "ich möchte", "ja ich möchte", "mach ich",
    "habe ich", "ja habe ich", "war ich", "ja war ich", "bin ich", "ja bin ich", "will ich",
    "sehe ich auch so", "dafür", "ich stimme zu", "jawoll", "mhm", "nur zu", "bitte ja",
        "da sage ich nicht nein", "ich sage nicht nein", "ich würde nicht nein sagen",
    "gewiss", "aber gewiss", "ganz gewiss",
)

NO = (
    "vermutlich nicht", "ich nehme an nicht",
    "nein", "nein danke", "nee", "nö", "ne", "nein nein", "eher nicht", "lieber nicht",
    "auf keinen fall", "auf gar keinen fall", "keinesfalls", "keineswegs", "niemals", "nie", "nie im leben",
    "natürlich nicht", "selbstverständlich nicht", "sicher nicht", "bestimmt nicht", "gar nicht",
    "überhaupt nicht", "ganz und gar nicht", "ich glaube nicht", "glaube nicht", "ich denke nicht",
    "denke nicht", "ich glaube nein", "ich denke nein", "ich hoffe nicht", "leider nein", "leider nicht",
    "nein leider nicht", "noch nicht", "noch nie", "jetzt nicht", "heute nicht", "im moment nicht",
    "momentan nicht", "zurzeit nicht", "nicht mehr", "nicht wirklich", "nicht unbedingt",
    "nicht dass ich wüsste", "stimmt nicht", "das stimmt nicht", "nein das stimmt nicht", "falsch",
    "das ist falsch", "nicht richtig", "das ist nicht richtig", "nicht korrekt", "das ist nicht korrekt",
    "unrichtig", "ist nicht richtig", "das ist nicht wahr", "nicht wahr", "will ich nicht",
    "ich will nicht", "möchte ich nicht", "ich möchte nicht", "das möchte ich nicht", "kein interesse",
    "ich habe kein interesse", "kein bedarf", "bin ich nicht", "ich bin nicht einverstanden",
    "nicht einverstanden", "habe ich nicht", "hab ich nicht", "war ich nicht", "kann ich nicht",
    "ich kann nicht", "negativ", "dagegen", "von wegen", "ausgeschlossen", "mitnichten",
    "kommt nicht in frage",
    "nein gar nicht", "nein überhaupt nicht", "nein auf keinen fall", "ach nein", "ach nee",
    "aber nein", "eigentlich nicht", "bitte nicht", "so ist es nicht", "diesmal nicht", "dieses mal nicht",
    "gerade nicht", "jetzt gerade nicht", "im augenblick nicht", "gewiss nicht",
)

SPECIALS = {
    Status.REFUSED: (
        "keine angabe", "keine antwort", "das möchte ich nicht sagen", "ich möchte das nicht sagen",
        "möchte ich nicht sagen", "das sage ich nicht", "sage ich nicht", "das will ich nicht sagen",
        "will ich nicht sagen", "dazu sage ich nichts", "dazu möchte ich nichts sagen",
        "ich möchte nicht antworten", "ich will nicht antworten", "das möchte ich nicht beantworten",
        "ich möchte die frage nicht beantworten", "das beantworte ich nicht", "kein kommentar",
        "das geht sie nichts an", "geht sie nichts an", "das ist privat", "das ist persönlich", "privat",
        "ich verweigere", "ich verweigere die antwort", "verweigert", "weiter", "überspringen",
        "bitte überspringen", "nächste frage", "die nächste frage", "ich passe", "passe",
        "lieber nicht sagen",
        "das sage ich lieber nicht", "keine auskunft", "darüber gebe ich keine auskunft", "ohne angabe",
    ),
    Status.DONT_KNOW: (
        "weiß nicht", "ich weiß nicht", "weiß ich nicht", "das weiß ich nicht", "ich weiß es nicht",
        "weiß es nicht", "keine ahnung", "ich habe keine ahnung", "hab keine ahnung", "nicht sicher",
        "ich bin nicht sicher", "ich bin mir nicht sicher", "bin nicht sicher", "bin mir nicht sicher",
        "da bin ich nicht sicher", "da bin ich mir nicht sicher", "kann ich nicht sagen",
        "das kann ich nicht sagen", "ich kann es nicht sagen", "schwer zu sagen", "das ist schwer zu sagen",
        "ich erinnere mich nicht", "ich kann mich nicht erinnern", "kann mich nicht erinnern",
        "weiß ich nicht mehr", "das weiß ich nicht mehr", "ich weiß nicht mehr", "vergessen",
        "das habe ich vergessen", "habe ich vergessen", "hab ich vergessen", "keine meinung",
        "ich habe keine meinung", "dazu habe ich keine meinung", "wer weiß", "was weiß ich", "unbekannt",
        "keinen schimmer", "keinen blassen schimmer", "da bin ich überfragt", "bin überfragt",
        "unsicher", "ich bin unsicher", "unentschieden", "ich weiß nicht so recht", "ich weiß nicht genau",
    ),
}

UNIVERSALS = Universals(
    repeat=(
        "wiederholen", "wiederholen sie", "bitte wiederholen", "wiederholen bitte", "noch einmal", "nochmal",
        "noch mal", "noch einmal bitte", "nochmal bitte", "wie bitte", "was", "was haben sie gesagt",
        "was sagten sie", "wie war die frage", "wie lautet die frage", "was war die frage",
        "können sie das wiederholen", "könnten sie das wiederholen", "können sie wiederholen",
        "können sie die frage wiederholen", "könnten sie die frage wiederholen", "wiederholen sie bitte",
        "wiederholen sie die frage", "ich habe sie nicht verstanden", "das habe ich nicht verstanden",
        "ich habe nichts gehört", "ich habe sie nicht gehört", "ich höre sie nicht", "ich höre nichts",
        "ich kann sie nicht hören", "sagen sie das noch einmal", "sagen sie das nochmal", "wie", "hä",
        "was war das", "die frage noch einmal", "die frage bitte noch einmal",
        "was bitte", "entschuldigung was", "entschuldigung wie bitte",
    ),
    help=(
        "hilfe", "ich brauche hilfe", "hilfe bitte", "was kann ich sagen", "was soll ich sagen",
        "was muss ich sagen", "was soll ich tun", "was muss ich tun", "welche möglichkeiten gibt es",
        "welche möglichkeiten habe ich", "was gibt es für möglichkeiten", "was sind die möglichkeiten",
        "wie funktioniert das", "ich verstehe nicht", "ich verstehe das nicht", "das verstehe ich nicht",
        "ich verstehe die frage nicht", "was bedeutet das", "was heißt das", "was meinen sie",
        "können sie mir helfen", "könnten sie mir helfen", "erklären sie das", "erklären sie mir das",
        "ich bin verwirrt", "optionen",
    ),
    operator=(
        "mitarbeiter", "ein mitarbeiter", "einen mitarbeiter", "mitarbeiterin", "eine mitarbeiterin",
        "ein mensch", "einen menschen", "eine person", "eine echte person", "ein echter mensch",
        "mit einem menschen sprechen", "mit einem mitarbeiter sprechen", "mit einer person sprechen",
        "mit jemandem sprechen", "ich möchte mit jemandem sprechen", "ich will mit jemandem sprechen",
        "ich möchte mit einem menschen sprechen", "ich will mit einem menschen sprechen",
        "ich möchte mit einem mitarbeiter sprechen", "ich will mit einem mitarbeiter sprechen",
        "ich möchte mit einer person sprechen", "kann ich mit jemandem sprechen", "verbinden sie mich",
        "bitte verbinden sie mich", "verbinden sie mich mit jemandem", "durchstellen",
        "stellen sie mich durch", "kundendienst", "kundenservice", "berater", "ein berater", "einen berater",
        "vermittlung", "zentrale", "agent", "operator",
    ),
    opt_out=(
        "rufen sie mich nicht mehr an", "bitte rufen sie mich nicht mehr an", "rufen sie nicht mehr an",
        "rufen sie mich nie wieder an", "nie wieder anrufen", "nicht mehr anrufen", "keine anrufe mehr",
        "ich möchte keine anrufe mehr", "ich will keine anrufe mehr", "hören sie auf mich anzurufen",
        "streichen sie mich von der liste", "nehmen sie mich von der liste", "nehmen sie mich aus der liste",
        "streichen sie mich von ihrer liste", "löschen sie meine nummer", "löschen sie mich",
        "meine nummer löschen", "abmelden", "ich möchte mich abmelden",
        "ich will nicht mehr angerufen werden",
        "ich möchte nicht mehr angerufen werden", "rufen sie hier nicht mehr an",
    ),
    alone=("was", "wie", "hä"),
)

"""German: how days, times and several things together are named."""

from app.domain.languages.model import Calendar, DayPart, Groups, Readings

# Word lists fill their lines.
# fmt: off
READINGS = Readings(
    day="{weekday}, der {ordinal} {month} {year}",
    near_day="{weekday}, der {ordinal} {month}",
    moment="{day} um {time}",
    time="{hour} Uhr {part}",
    time_at_one="ein Uhr {part}",
    time_and_minutes="{hour} Uhr {minute} {part}",
    parts=((0, "morgens"), (12, "")),
    has_24_hours=True,
    near={0: "heute", 1: "morgen", 2: "übermorgen"},
)

CALENDAR = Calendar(
    months={"jänner": 1, "feber": 2, "juno": 6, "julei": 7},
    weekdays={"sonnabend": 5},
    ordinals={},
    ordinal_endings=("", "n", "r", "s"),
    ordinal_marks=("ter", "ten", "te", "ster", "sten", "ste"),
    near={
        "heute": 0, "morgen": 1, "gestern": -1, "übermorgen": 2, "vorgestern": -2, "heute in einer woche": 7,
        "morgen in einer woche": 8, "über morgen": 2, "vor gestern": -2,
    },
    days={
        "tag": 1, "tage": 1, "tagen": 1, "woche": 7, "wochen": 7,
    },
    months_counted={
        "monat": 1, "monate": 1, "monaten": 1, "jahr": 12, "jahre": 12, "jahren": 12,
    },
    minutes={"minute": 1, "minuten": 1, "stunde": 60, "stunden": 60},
    spans={
        "einer halben stunde": 30, "ner halben stunde": 30, "anderthalb stunden": 90,
        "eineinhalb stunden": 90, "zweieinhalb stunden": 150, "einer viertelstunde": 15,
        "einer dreiviertelstunde": 45,
    },
    stretches={
        "einem halben jahr": 6, "einem vierteljahr": 3, "einem dreivierteljahr": 9, "anderthalb jahren": 18,
        "eineinhalb jahren": 18,
    },
    feasts={
        "heiligabend": 1224, "heiliger abend": 1224, "heiligen abend": 1224, "erster weihnachtstag": 1225,
        "ersten weihnachtstag": 1225, "erster weihnachtsfeiertag": 1225, "ersten weihnachtsfeiertag": 1225,
        "zweiter weihnachtstag": 1226, "zweiten weihnachtstag": 1226, "zweiter weihnachtsfeiertag": 1226,
        "zweiten weihnachtsfeiertag": 1226, "silvester": 1231, "neujahr": 101, "neujahrstag": 101,
        "tag der arbeit": 501, "tag der deutschen einheit": 1003,
    },
    counts={"ein": 1, "eine": 1, "einer": 1, "einem": 1, "einen": 1, "ner": 1},
    rough_days=(8,),
    years={
        "letztes jahr": -1, "letzten jahres": -1, "des letzten jahres": -1, "im letzten jahr": -1,
        "vergangenes jahr": -1, "vergangenen jahres": -1, "im vergangenen jahr": -1, "voriges jahr": -1,
        "vorigen jahres": -1, "dieses jahr": 0, "dieses jahres": 0, "in diesem jahr": 0,
        "nächstes jahr": 1, "nächsten jahres": 1, "des nächsten jahres": 1, "im nächsten jahr": 1,
        "kommendes jahr": 1, "kommenden jahres": 1, "im kommenden jahr": 1,
    },
    dates=(
        "am? {feast}", "an {feast}", "am? {feast} {year}", "an {feast} {year}", "am? {feast} {which}",
        "am? der? den? dem? {day} {month} {which}", "{which} am? {day} {month}",
        "am? der? den? dem? {day} {month} {year}", "am? der? den? dem? {day} {month}",
        "am? der? den? dem? {ordinal} {nth} {year}", "am? der? den? dem? {ordinal} {nth}",
        "am? der? den? dem? {day} {month} im jahr {year}",
    ),
    days_of_month=("am {day}", "der {day}", "den {day}", "dem {day}"),
    bare_days=("{ordinal}",),
    ahead=(
        "in {stretch}",
        "in {count} {days}", "in {count} {months}", "in {count} {minutes}", "in {span}",
        "heute in {count} {days}", "am? {weekday} in {count} {days}",
    ),
    back=("vor {count} {days}", "vor {count} {months}", "vor {stretch}"),
    weekday=("am? {weekday}", "der {weekday}", "den {weekday}"),
    coming=(
        "am? kommenden {weekday}", "kommender {weekday}", "diesen {weekday}", "dieser {weekday}",
        "den? kommenden {weekday}", "am? diesem {weekday}",
    ),
    following=("am? nächsten {weekday}", "nächster {weekday}", "den? nächsten {weekday}"),
    in_last_week=(
        "letzte woche am? {weekday}", "am? {weekday} letzte woche", "am? {weekday} letzter woche",
        "am? {weekday} in der letzten woche", "am? {weekday} der letzten woche",
        "vergangene woche am? {weekday}", "am? {weekday} vergangene woche",
        "am? {weekday} vergangener woche", "am? {weekday} der vergangenen woche",
        "vorige woche am? {weekday}", "am? {weekday} vorige woche", "am? {weekday} voriger woche",
    ),
    in_this_week=(
        "diese woche am? {weekday}", "am? {weekday} diese woche", "am? {weekday} dieser woche",
        "am? {weekday} in dieser woche",
    ),
    in_next_week=(
        "nächste woche am? {weekday}", "am? {weekday} nächste woche", "am? {weekday} nächster woche",
        "am? {weekday} in der nächsten woche", "kommende woche am? {weekday}",
        "am? {weekday} der nächsten woche",
    ),
    last=(
        "am? letzten {weekday}", "letzter {weekday}", "am? vergangenen {weekday}", "am? vorigen {weekday}",
        "den? letzten {weekday}",
    ),
    in_last_month=("am? {ordinal} des? letzten monats", "am? {ordinal} des? vorigen monats",
        "am? {ordinal} des? vergangenen monats", "letzten monat am {ordinal}"),
    in_this_month=("am? {ordinal} dieses monats", "am? {ordinal} diesen monat", "diesen monat am {ordinal}",
        "am? {ordinal} in diesem monat"),
    in_next_month=("am? {ordinal} des? nächsten monats", "am? {ordinal} des? kommenden monats",
        "nächsten monat am {ordinal}"),
    clock={
        "um? {hour}": 0, "um? {hour} uhr": 0, "um? {hour} uhr {past}": 0, "um? punkt {hour} uhr?": 0,
        "um? {time} uhr?": 0, "um? viertel nach {hour}": 15, "um? {past} nach {hour}": 0,
        "um? viertel {hour}": -45, "um? dreiviertel {hour}": -15, "um? drei viertel {hour}": -15,
        "um? {past} nach halb {hour}": -30, "um? {past} minuten nach {hour}": 0, "um? {hour} {minute}": 0,
        "um? {named}": 0,
    },
    clock_before={
        "um? halb {hour}": 30, "um? viertel vor {hour}": 15, "um? {past} vor {hour}": 0,
        "um? {past} vor halb {hour}": 30, "um? {past} minuten vor {hour}": 0,
    },
    named_times={"mitternacht": 1440},
    parts=(
        DayPart(("morgens", "am morgen", "früh", "in der früh", "in der frühe", "frühmorgens"), 0, 12, 9),
        DayPart(("vormittags", "am vormittag", "vormittag"), 6, 12, 10),
        DayPart(("mittags", "am mittag", "mittag", "über mittag"), 11, 15, 12),
        DayPart(("nachmittags", "am nachmittag", "nachmittag"), 12, 19, 15),
        DayPart(("abends", "am abend", "abend"), 16, 24, 18),
        DayPart(("nachts", "in der nacht"), 20, 30),
        DayPart(("heute morgen", "heute früh"), 0, 12, 9, is_today=True),
    ),
    idle=(
        "am", "der", "den", "dem", "ich bin am", "geboren", "ich wurde am", "geboren am",
        "ich bin geboren am",
        "mein geburtstag ist", "mein geburtstag ist der", "geburtstag", "geburtsdatum",
        "mein geburtsdatum ist", "das datum ist", "datum", "rufen sie mich", "rufen sie", "an", "anrufen",
        "rufen sie mich bitte", "zurück", "zurückrufen", "sie können mich", "passt", "passt mir", "geht",
        "ginge", "wäre gut", "ist gut", "wäre schön", "sagen wir", "wie wäre es", "um", "für", "im jahr",
        "jahr",
        "vielleicht können sie", "bin ich", "da", "tag",
    ),
)

GROUPS = Groups(
    both=("beide", "beides", "alle beide", "beide bitte", "die beiden", "alles beides"),
    everything=(
        "alle", "alles", "alle davon", "alles davon", "alle {count}", "jeden", "jede", "jedes", "sämtliche",
        "alle genannten", "alles zusammen", "die {count}", "alle möglichkeiten",
    ),
    nothing=(
        "keine", "keins", "keines", "keiner", "keine davon", "keins davon", "keines davon",
        "keine von beiden",
        "keins von beiden", "keine von allen", "nichts", "nichts davon", "gar nichts", "gar keine",
        "gar keins", "weder noch", "überhaupt keine", "nein keine", "nein nichts", "null", "keine von denen",
    ),
    first=("ersten {count}", "{count} ersten"),
    last=("letzten {count}", "{count} letzten"),
    excepting=("außer", "bis auf", "ausgenommen", "mit ausnahme von", "nur nicht", "ohne", "abgesehen von"),
    denying=("aber nicht", "nicht", "und nicht", "statt", "anstatt", "anstelle von"),
    neither=("weder",),
    nor=("noch",),
    pairs=(("sowohl", "als"),),
    finished=("das ist alles", "das wars", "das war es", "das war alles", "mehr nicht", "sonst nichts",
              "nur", "lediglich", "ausschließlich", "fertig", "und das wars", "und sonst nichts"),
)

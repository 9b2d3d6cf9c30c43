"""The questions that the phrase lists and the properties ask."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.answers import Status
from app.domain.grammar import (
    Choices,
    Day,
    Digits,
    FreeText,
    Grammar,
    Moment,
    Number,
    Option,
    Several,
    Special,
    YesNo,
)

LOCALES = {"de": "de-DE", "en": "en-US", "es": "es-US"}

TODAY = date(2026, 11, 18)
"""A Wednesday."""

NOW = datetime(2026, 11, 18, 14, 30, 20, tzinfo=ZoneInfo("America/New_York"))

MENU_SPECIALS = (Special(Status.DONT_KNOW, "8"), Special(Status.REFUSED, "9"))
REFUSED_999 = (Special(Status.REFUSED, "999"),)

GENDER = {
    "en": (Option("f", "1", "female", ("woman", "lady")), Option("m", "2", "male", ("man", "gentleman"))),
    "es": (Option("f", "1", "mujer", ("femenino", "señora")), Option("m", "2", "hombre", ("masculino",))),
    "de": (Option("f", "1", "weiblich", ("frau", "dame")), Option("m", "2", "männlich", ("mann", "herr"))),
}
AGAIN = {
    "en": (Option("y", "1", "yes"), Option("n", "2", "no"), Option("p", None, "maybe", ("perhaps",))),
    "es": (Option("y", "1", "sí"), Option("n", "2", "no"), Option("p", None, "tal vez", ("quizás",))),
    "de": (Option("y", "1", "ja"), Option("n", "2", "nein"), Option("p", None, "vielleicht", ("eventuell",))),
}
VISIT = (
    Option("5", "5", "excellent"),
    Option("4", "4", "very good"),
    Option("3", "3", "good", ("good enough for me", "quite all right")),
    Option("2", "2", "fair", ("so so", "shared")),
    Option("1", "1", "bad", ("not at all satisfied", "shared")),
    Option("0", "0", "no opinion"),
    Option("19", "19", "other"),
    Option("c", None, "clinic on Main Street"),
)
YEARS = {"en": "How old are you?", "es": "¿Cuántos años tiene?", "de": "Wie alt sind Sie?"}
MONTHS = {
    "en": "For how many months have you come here?",
    "es": "¿Desde hace cuántos meses viene?",
    "de": "Seit wie vielen Monaten kommen Sie?",
}
AMOUNTS = (Option("a", "1", "one to three"), Option("b", "2", "four or more"))
USED = {
    "en": (
        Option("lab", "1", "laboratory", ("blood test",)),
        Option("pharmacy", "2", "pharmacy", ("drugstore",)),
        Option("er", "3", "emergency room"),
        Option("none", "0", "none of them"),
    ),
    "es": (
        Option("lab", "1", "laboratorio", ("análisis",)),
        Option("pharmacy", "2", "farmacia", ("botica",)),
        Option("er", "3", "sala de urgencias", ("urgencias",)),
        Option("none", "0", "ninguno"),
    ),
    "de": (
        Option("lab", "1", "Labor", ("blutabnahme",)),
        Option("pharmacy", "2", "Apotheke"),
        Option("er", "3", "Notaufnahme"),
        Option("none", "0", "keins davon"),
    ),
}


def question(name: str, key: str) -> Grammar:
    """Return the question of that name in a language."""
    bodies = {
        "yes_no": (YesNo(), ()),
        "yes_no_specials": (YesNo(), MENU_SPECIALS),
        "gender": (Choices(GENDER[key]), ()),
        "gender_specials": (Choices(GENDER[key]), MENU_SPECIALS),
        "visit": (Choices(VISIT), ()),
        "again": (Choices(AGAIN[key]), ()),
        "amounts": (Choices(AMOUNTS), ()),
        "age": (Number(0, 110), REFUSED_999),
        "years": (Number(0, 110, YEARS[key]), ()),
        "months": (Number(0, 110, MONTHS[key]), ()),
        "rating": (Number(1, 10), ()),
        "year": (Number(1900, 2030), ()),
        "amount": (Number(0, 10_000), ()),
        "code": (Digits(4, 4), ()),
        "open": (FreeText(), (Special(Status.REFUSED, None),)),
        "used": (Several(USED[key], frozenset({"none"})), MENU_SPECIALS),
        "pair": (Several((*USED[key][:2], USED[key][3]), frozenset({"none"})), ()),
        "any": (Several(USED[key][:3], minimum=0, maximum=2), ()),
        "appointment": (Day(TODAY, TODAY + timedelta(days=730), TODAY, "future"), MENU_SPECIALS),
        "birthday": (Day(date(1900, 1, 1), TODAY, TODAY, "past"), ()),
        "near": (Day(date(2020, 1, 1), date(2030, 12, 31), TODAY), ()),
        "call_back": (Moment(NOW, NOW + timedelta(days=30)), ()),
    }
    body, specials = bodies[name]
    return Grammar(body, key, LOCALES[key], specials)

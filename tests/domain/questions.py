"""The questions that the phrase lists and the properties ask."""

from app.domain.answers import Status
from app.domain.grammar import Choices, Digits, FreeText, Grammar, Number, Option, Special, YesNo

LOCALES = {"en": "en-US", "es": "es-US"}

MENU_SPECIALS = (Special(Status.DONT_KNOW, "8"), Special(Status.REFUSED, "9"))
REFUSED_999 = (Special(Status.REFUSED, "999"),)

GENDER = {
    "en": (Option("f", "1", "female", ("woman", "lady")), Option("m", "2", "male", ("man", "gentleman"))),
    "es": (Option("f", "1", "mujer", ("femenino", "señora")), Option("m", "2", "hombre", ("masculino",))),
}
AGAIN = {
    "en": (Option("y", "1", "yes"), Option("n", "2", "no"), Option("p", None, "maybe", ("perhaps",))),
    "es": (Option("y", "1", "sí"), Option("n", "2", "no"), Option("p", None, "tal vez", ("quizás",))),
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
AMOUNTS = (Option("a", "1", "one to three"), Option("b", "2", "four or more"))


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
        "rating": (Number(1, 10), ()),
        "year": (Number(1900, 2030), ()),
        "code": (Digits(4, 4), ()),
        "open": (FreeText(), (Special(Status.REFUSED, None),)),
    }
    body, specials = bodies[name]
    return Grammar(body, key, LOCALES[key], specials)

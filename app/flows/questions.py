"""From a question of the flow to what the engine waits for: its grammar, its kind, what it allows.

Knows the steps of the flow and the grammars; knows no attempts and says nothing.
"""

from typing import Final

from app.domain.answers import Status, Understood
from app.domain.grammar import (
    Choices,
    Digits,
    FreeText,
    Grammar,
    Number,
    Option,
    Special,
    YesNo,
)
from app.domain.languages import language as catalogue_of
from app.flows.model import (
    AskDigits,
    AskYesNo,
    ChooseLanguage,
    Consent,
    Flow,
    LanguageSpec,
    Numeric,
    Open,
    Question,
    SelectOne,
)
from app.flows.sprint import Universal

_KINDS: Final = {
    ChooseLanguage: "language",
    Consent: "consent",
    AskYesNo: "yes_no",
    SelectOne: "select_one",
    AskDigits: "digits",
    Open: "open",
}

Body = YesNo | Choices | Digits | Number | FreeText


def kind_of(step: Question) -> str:
    """Return the word that the author writes for this kind of question."""
    return step.kind if isinstance(step, Numeric) else _KINDS[type(step)]


def grammar_of(step: Question, flow: Flow, language: LanguageSpec) -> Grammar:
    """Return what the question accepts from a caller who speaks this language."""
    specials = tuple(Special(status=status, key=key or None) for status, key in step.special.items())
    return Grammar(body_of(step, flow, language.key), language.key, language.locale, specials)


def body_of(step: Question, flow: Flow, language: str) -> Body:
    """Return the question's grammar without the ways out of it."""
    match step:
        case ChooseLanguage():
            return Choices(tuple(_language_option(flow, key, value) for key, value in step.keys.items()))
        case SelectOne():
            return Choices(
                tuple(
                    Option(
                        value=choice.value,
                        key=choice.key,
                        label=choice.text[language],
                        phrases=tuple(
                            phrase.lower()
                            for phrase in (choice.text[language], *choice.synonyms.get(language, ()))
                        ),
                    )
                    for choice in step.choices
                )
            )
        case Numeric():
            return Number(step.minimum, step.maximum)
        case AskDigits():
            return Digits(step.min_length, step.max_length)
        case Open():
            return FreeText()
        case _:
            return YesNo()


def is_allowed(grammar: Grammar, understood: Understood) -> bool:
    """Whether the grammar could have given this: what a model or an operator sends is held to it too."""
    if understood.status is not Status.OK:
        return any(special.status is understood.status for special in grammar.specials)
    value = understood.value
    match grammar.body:
        case YesNo():
            return isinstance(value, bool)
        case Choices(options):
            return any(option.value == value for option in options)
        case Digits(shortest, longest):
            return (
                isinstance(value, str)
                and value.isascii()
                and value.isdecimal()
                and shortest <= len(value) <= longest
            )
        case Number(minimum, maximum):
            return isinstance(value, int) and not isinstance(value, bool) and minimum <= value <= maximum
        case FreeText():  # pragma: no branch - mypy proves it is the last
            pass
    return isinstance(value, str)


def keys_suffice(step: Question, grammar: Grammar) -> bool:
    """Whether a caller can give every answer on the keypad."""
    match grammar.body:
        case Choices(options):
            return step.policy.dtmf and all(option.key for option in options)
        case FreeText():
            return False
        case _:
            return step.policy.dtmf


def universal_keys(flow: Flow) -> dict[str, Universal]:
    """Return the key sequences of the requests that the flow leaves open at every question."""
    return {key: universal for universal, key in flow.universals.items() if key}


def universal_phrases(flow: Flow, language: LanguageSpec, grammar: Grammar) -> dict[str, Universal]:
    """Return the words of those requests in this language, without those that name a choice here.

    Where the author offers "talk to someone" as a choice, saying so chooses it.
    """
    options = grammar.body.options if isinstance(grammar.body, Choices) else ()
    taken = {phrase for option in options for phrase in option.phrases}
    words = catalogue_of(language.locale).universals
    said = {
        Universal.REPEAT: words.repeat,
        Universal.HELP: words.help,
        Universal.OPERATOR: words.operator,
        Universal.OPT_OUT: words.opt_out,
    }
    return {
        phrase: universal
        for universal, key in flow.universals.items()
        if key
        for phrase in said[universal]
        if phrase not in taken
    }


def _language_option(flow: Flow, key: str, language: str) -> Option:
    name = catalogue_of(flow.languages[language].locale).name
    return Option(value=language, key=key, label=name, phrases=(name.lower(),))

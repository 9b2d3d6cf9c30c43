"""From a question of the flow to what the engine waits for: its grammar, its kind, what it allows.

Knows the steps of the flow and the grammars; knows no attempts and says nothing.
"""

from datetime import date, datetime, timedelta
from typing import Final

from app.domain.answers import Status, Understood
from app.domain.call import Value
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
from app.domain.languages import language as catalogue_of
from app.flows.model import (
    AskDate,
    AskDigits,
    AskMoment,
    AskYesNo,
    Choice,
    ChooseLanguage,
    Consent,
    Flow,
    LanguageSpec,
    Numeric,
    Open,
    Question,
    SelectMany,
    SelectOne,
)
from app.flows.orders import choices_heard
from app.flows.speaking import Known
from app.flows.sprint import Universal

_KINDS: Final = {
    ChooseLanguage: "language",
    Consent: "consent",
    AskYesNo: "yes_no",
    SelectOne: "select_one",
    SelectMany: "select_many",
    AskDate: "date",
    AskMoment: "callback",
    AskDigits: "digits",
    Open: "open",
}

_NOTHING: Final = Known()

Body = YesNo | Choices | Several | Digits | Number | Day | Moment | FreeText


def kind_of(step: Question) -> str:
    """Return the word that the author writes for this kind of question."""
    return step.kind if isinstance(step, Numeric) else _KINDS[type(step)]


def grammar_of(step: Question, flow: Flow, language: LanguageSpec, known: Known = _NOTHING) -> Grammar:
    """Return what the question accepts from a caller who speaks this language, at a moment that is known."""
    specials = tuple(Special(status=status, key=key or None) for status, key in step.special.items())
    return Grammar(body_of(step, flow, language.key, known), language.key, language.locale, specials)


def body_of(  # noqa: PLR0911 - one for each kind
    step: Question, flow: Flow, language: str, known: Known = _NOTHING
) -> Body:
    """Return the question's grammar without the ways out of it."""
    match step:
        case ChooseLanguage():
            return Choices(tuple(_language_option(flow, key, value) for key, value in step.keys.items()))
        case SelectOne():
            return Choices(tuple(_option(choice, language) for choice in choices_heard(step, known.seed)))
        case SelectMany():
            # The values of an answer stand in the file's order, whichever the caller heard.
            options = tuple(_option(choice, language) for choice in step.choices)
            exclusive = frozenset(choice.value for choice in step.choices if choice.is_exclusive)
            return Several(options, exclusive, step.minimum, step.maximum)
        case AskDate():
            return _day_of(step, known.now.date())
        case AskMoment():
            return Moment(known.now, known.now + timedelta(days=step.most_days))
        case Numeric():
            return Number(step.minimum, step.maximum, _words_of(step, language))
        case AskDigits():
            return Digits(step.min_length, step.max_length)
        case Open():
            return FreeText()
        case _:
            return YesNo()


def _words_of(step: Numeric, language: str) -> str:
    """Return the words that ask for a number; nothing where some come from an expression."""
    parts = step.prompt[language].text.parts
    return parts[0] if len(parts) == 1 and isinstance(parts[0], str) else ""


def is_allowed(grammar: Grammar, understood: Understood) -> bool:
    """Whether the grammar could have given this: what a model or an operator sends is held to it too."""
    if understood.status is not Status.OK:
        return any(special.status is understood.status for special in grammar.specials)
    return _fits(grammar.body, understood.value)


def _option(choice: Choice, language: str) -> Option:
    own = choice.text[language]
    phrases = tuple(phrase.lower() for phrase in (own, *choice.synonyms.get(language, ())))
    return Option(value=choice.value, key=choice.key, label=own, phrases=phrases)


def _day_of(step: AskDate, today: date) -> Day:
    earliest, latest = step.earliest.seen_from(today), step.latest.seen_from(today)
    leans = "future" if earliest >= today else "past" if latest <= today else ""
    return Day(earliest, latest, today, leans)


def _fits(body: Body, value: Value) -> bool:
    match body:
        case YesNo():
            return isinstance(value, bool)
        case Choices(options):
            return any(option.value == value for option in options)
        case Several():
            return isinstance(value, tuple) and _go_together(body, value)
        case Digits(shortest, longest):
            is_digits = isinstance(value, str) and value.isascii() and value.isdecimal()
            return is_digits and shortest <= len(str(value)) <= longest
        case Number(minimum, maximum):
            return isinstance(value, int) and not isinstance(value, bool) and minimum <= value <= maximum
        case Day(earliest, latest):
            day = _day(value)
            return day is not None and earliest <= day <= latest
        case Moment(now, latest):
            moment = _moment(value)
            return moment is not None and now <= moment <= latest
        case FreeText():  # pragma: no branch - mypy proves it is the last
            return isinstance(value, str)


def _go_together(body: Several, values: tuple[str, ...]) -> bool:
    """Whether these can be taken together; each once, in the order of the options."""
    alone = len(values) == 1 or body.exclusive.isdisjoint(values)
    in_order = tuple(option.value for option in body.options if option.value in values) == values
    few = len(values) == 1 and not body.exclusive.isdisjoint(values)
    return in_order and alone and (few or body.minimum <= len(values) <= body.maximum)


def _day(value: Value) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _moment(value: Value) -> datetime | None:
    """Return the moment; one that says no time zone is none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None


def keys_suffice(step: Question, grammar: Grammar) -> bool:
    """Whether a caller can give every answer on the keypad."""
    match grammar.body:
        case Choices(options) | Several(options):
            return step.policy.dtmf and all(option.key for option in options)
        case FreeText():
            return False
        case _:
            return step.policy.dtmf


def language_name(flow: Flow, language: str) -> str:
    """Return what a language of the flow calls itself: the label of an answer and of a column."""
    return catalogue_of(flow.languages[language].locale).name


def universal_keys(flow: Flow) -> dict[str, Universal]:
    """Return the key sequences of the requests that the flow leaves open at every question."""
    return {key: universal for universal, key in flow.universals.items() if key}


def universal_phrases(flow: Flow, language: LanguageSpec, grammar: Grammar) -> dict[str, Universal]:
    """Return the words of those requests in this language, without those that name a choice here.

    Where the author offers "talk to someone" as a choice, saying so chooses it.
    """
    options = grammar.body.options if isinstance(grammar.body, Choices | Several) else ()
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
    name = language_name(flow, language)
    return Option(value=language, key=key, label=name, phrases=(name.lower(),))

"""What somebody else may find in words that no reading settled: the allowed values, and nothing else."""

from dataclasses import replace
from datetime import date, datetime
from typing import Final

from app.domain.answers import LOOSE, Understood
from app.domain.call import Value
from app.domain.conversation import (
    DayRange,
    Field,
    FieldKind,
    Inquiry,
    MomentRange,
    NumberRange,
    Together,
    accept,
)
from app.domain.grammar.keys import day_answer, language_of, moment_answer, several_of
from app.domain.grammar.shapes import Choices, Day, Grammar, Moment, Number, Several, YesNo
from app.domain.grammar.typed import goes_together, moment_on
from app.domain.languages import Language
from app.domain.redaction import redact

_NUMBER: Final = Field("number", FieldKind.NUMBER)
_DATE: Final = Field("date", FieldKind.DATE)


def inquiry_into(grammar: Grammar, question: str, said: str) -> Inquiry | None:
    """Return what to ask about these words; None where any words or any digits are an answer."""
    wanted = _wanted(grammar)
    options = tuple((name, meaning.label) for name, meaning in _listed(grammar).items())
    if wanted is None and not options:
        return None
    locale = grammar.locale or grammar.language
    return Inquiry(question, redact(said), locale, options + _specials(grammar), wanted)


def _wanted(grammar: Grammar) -> Together | NumberRange | DayRange | MomentRange | None:
    match grammar.body:
        case Several() as body:
            return Together(min(body.maximum, len(body.options)))
        case Number() as body:
            return NumberRange(body.minimum, body.maximum)
        case Day() as body:
            return DayRange(body.earliest, body.latest, body.today)
        case Moment() as body:
            return MomentRange(body.now, body.latest)
        case _:
            return None


def meant(grammar: Grammar, value: Value, confidence: float) -> Understood | None:
    """Return the allowed value that this is, or None when it is not allowed.

    A day that somebody else reckoned may be one off, so it is never certain.
    """
    sure = min(max(confidence, 0.0), 1.0)
    words = language_of(grammar)
    for special in grammar.specials:
        if value in {special.status.value, (special.status.value,)}:
            return Understood(None, words.special_labels[special.status], sure, special.status)
    if isinstance(grammar.body, Day | Moment):
        sure = min(sure, LOOSE)
    found = _found(grammar, value, words)
    return found and replace(found, confidence=sure)


def _found(grammar: Grammar, value: Value, words: Language) -> Understood | None:
    """Return a day or a moment by its ISO text, anything else by its value."""
    match grammar.body:
        case Number() as body:
            number = accept(_NUMBER, value)
            is_answer = isinstance(number, int) and body.minimum <= number <= body.maximum
            return Understood(number, str(number)) if is_answer else None
        case Several() as body:
            taken = (value,) if isinstance(value, str) else value
            known = isinstance(taken, tuple) and goes_together(body, taken)
            return several_of(body, taken, words) if known and isinstance(taken, tuple) else None
        case Day() as body:
            day = accept(_DATE, value)
            named = date.fromisoformat(day) if isinstance(day, str) else None
            return day_answer(named, words) if named and body.earliest <= named <= body.latest else None
        case Moment() as body:
            at = _moment(body, value)
            return moment_answer(at, body, words) if at is not None else None
        case _:
            return _listed(grammar).get(value) if isinstance(value, str) else None


def _moment(body: Moment, value: Value) -> datetime | None:
    """Return the moment in bounds that an ISO text names; one without an offset is the caller's time."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value.strip())
        here = at.astimezone(body.now.tzinfo) if at.tzinfo is not None else at
        return moment_on(body, here.date(), here.hour, here.minute)
    except (ValueError, OverflowError):  # no text of a moment, or one at an end of the calendar
        return None


def _listed(grammar: Grammar) -> dict[str, Understood]:
    words = language_of(grammar)
    match grammar.body:
        case YesNo():
            return {
                "yes": Understood(value=True, label=words.yes_label),
                "no": Understood(value=False, label=words.no_label),
            }
        case Choices(options) | Several(options):
            return {option.value: Understood(option.value, option.label) for option in options}
        case _:
            return {}


def _specials(grammar: Grammar) -> tuple[tuple[str, str], ...]:
    words = language_of(grammar)
    return tuple((special.status.value, words.special_labels[special.status]) for special in grammar.specials)

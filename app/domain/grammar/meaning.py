"""What somebody else may find in words that no reading settled: the allowed values, and nothing else."""

from datetime import date, datetime
from itertools import combinations
from typing import Final

from app.domain.answers import Understood
from app.domain.call import Value
from app.domain.conversation import Field, FieldKind, Inquiry, accept
from app.domain.grammar.keys import day_answer, language_of, moment_answer, several_of
from app.domain.grammar.shapes import Choices, Day, Grammar, Moment, Number, Several, YesNo
from app.domain.grammar.typed import goes_together, moment_on
from app.domain.redaction import redact

_NUMBER: Final = Field("number", FieldKind.NUMBER)
_DATE: Final = Field("date", FieldKind.DATE)

_AND: Final = "+"
"""Between the values of choices that are taken together, where somebody else names them."""

_MOST_COMBINED: Final = 5
"""More options than this have more combinations than a list of allowed values should hold."""


def inquiry_into(grammar: Grammar, question: str, said: str) -> Inquiry | None:
    """Return what to ask about these words; None where no list or range of values is asked for."""
    said = redact(said)
    locale = grammar.locale or grammar.language
    if isinstance(grammar.body, Number):
        bounds = (grammar.body.minimum, grammar.body.maximum)
        return Inquiry(question, said, locale, _specials(grammar), bounds)
    options = tuple((name, meaning.label) for name, meaning in _listed(grammar).items())
    return Inquiry(question, said, locale, options + _specials(grammar)) if options else None


def meant(grammar: Grammar, value: Value, confidence: float) -> Understood | None:
    """Return the allowed value that this is, or None when it is not allowed."""
    sure = min(max(confidence, 0.0), 1.0)
    words = language_of(grammar)
    for special in grammar.specials:
        if value == special.status.value:
            return Understood(None, words.special_labels[special.status], sure, special.status)
    if isinstance(grammar.body, Number):
        number = accept(_NUMBER, value)
        if isinstance(number, int) and grammar.body.minimum <= number <= grammar.body.maximum:
            return Understood(number, str(number), sure)
        return None
    found = _worked_out(grammar, value) or (_listed(grammar).get(value) if isinstance(value, str) else None)
    return found and Understood(found.value, found.label, sure)


def _worked_out(grammar: Grammar, value: Value) -> Understood | None:
    """Return a day or a moment by its ISO text, choices by their values or by the text of an inquiry."""
    words = language_of(grammar)
    match grammar.body:
        case Several() as body:
            taken = tuple(value.split(_AND)) if isinstance(value, str) else value
            is_answer = isinstance(taken, tuple) and goes_together(body, taken)
            return several_of(body, taken, words) if is_answer and isinstance(taken, tuple) else None
        case Day() as body:
            day = accept(_DATE, value)
            found = date.fromisoformat(day) if isinstance(day, str) else None
            is_answer = found is not None and body.earliest <= found <= body.latest
            return day_answer(found, words) if is_answer and found is not None else None
        case Moment() as body:
            at = _moment(body, value)
            return moment_answer(at, body, words) if at is not None else None
        case _:
            return None


def _moment(body: Moment, value: Value) -> datetime | None:
    """Return the moment in bounds that an ISO text names; one without an offset is the caller's time."""
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    here = at.astimezone(body.now.tzinfo) if at.tzinfo is not None else at
    return moment_on(body, here.date(), here.hour, here.minute)


def _listed(grammar: Grammar) -> dict[str, Understood]:
    words = language_of(grammar)
    match grammar.body:
        case YesNo():
            return {
                "yes": Understood(value=True, label=words.yes_label),
                "no": Understood(value=False, label=words.no_label),
            }
        case Several() as body if len(body.options) <= _MOST_COMBINED:
            values = [option.value for option in body.options]
            sets = [taken for size in range(1, len(values) + 1) for taken in combinations(values, size)]
            return {
                _AND.join(taken): several_of(body, taken, words)
                for taken in sets
                if goes_together(body, taken)
            }
        case Choices(options):
            return {option.value: Understood(option.value, option.label) for option in options}
        case _:
            return {}


def _specials(grammar: Grammar) -> tuple[tuple[str, str], ...]:
    words = language_of(grammar)
    return tuple((special.status.value, words.special_labels[special.status]) for special in grammar.specials)

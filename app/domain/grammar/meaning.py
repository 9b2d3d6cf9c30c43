"""What somebody else may find in words that no reading settled: the allowed values, and nothing else."""

from typing import Final

from app.domain.answers import Understood
from app.domain.call import Value
from app.domain.conversation import Field, FieldKind, Inquiry, accept
from app.domain.grammar.keys import language_of
from app.domain.grammar.shapes import Choices, Grammar, Number, YesNo
from app.domain.redaction import redact

_NUMBER: Final = Field("number", FieldKind.NUMBER)


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
    found = _listed(grammar).get(str(value)) if isinstance(value, str) else None
    return found and Understood(found.value, found.label, sure)


def _listed(grammar: Grammar) -> dict[str, Understood]:
    words = language_of(grammar)
    match grammar.body:
        case YesNo():
            return {
                "yes": Understood(value=True, label=words.yes_label),
                "no": Understood(value=False, label=words.no_label),
            }
        case Choices(options):
            return {option.value: Understood(option.value, option.label) for option in options}
        case _:
            return {}


def _specials(grammar: Grammar) -> tuple[tuple[str, str], ...]:
    words = language_of(grammar)
    return tuple((special.status.value, words.special_labels[special.status]) for special in grammar.specials)

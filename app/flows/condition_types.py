"""Conditions that can be neither true nor false, whatever callers answer: tried with answers of each kind.

Knows what values each question can have; what nobody can know before a call (variables, worked-out values)
is not judged.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import Final

from app.domain.call import Value
from app.domain.conversation import FieldKind
from app.flows.expressions import UNKNOWN, Unknown, evaluate
from app.flows.model import (
    AskDate,
    AskDigits,
    AskMoment,
    AskYesNo,
    ChooseLanguage,
    Consent,
    ConverseStep,
    Expression,
    Flow,
    Numeric,
    Open,
    SelectMany,
    SelectOne,
    SetValue,
    Step,
    WebhookStep,
)

MOST_TRIALS: Final = 300
"""Combinations of answers that are tried: enough for any condition that a person would write."""

_TEXTS: Final = ("", "x")
_BOTH: Final = (True, False)
_FIELDS: Final[Mapping[FieldKind, tuple[Value, ...]]] = {
    FieldKind.TEXT: _TEXTS,
    FieldKind.NUMBER: (0, 1, 100),
    FieldKind.BOOLEAN: _BOTH,
    FieldKind.DATE: ("2026-01-31",),
}


def samples_of(flow: Flow) -> Mapping[str, tuple[Value, ...]]:
    """Return a few values that each answer can have, by its name; answers of other kinds are missing."""
    found: dict[str, tuple[Value, ...]] = {}
    for step in flow.steps:
        found |= _samples(step)
    return found


def worked_out_in(flow: Flow) -> Mapping[str, tuple[Value, ...]]:
    """Return what comes of each `set` for some values of what it reads; nothing where none is known."""
    samples = dict(samples_of(flow))
    found: dict[str, tuple[Value, ...]] = {}
    for step in flow.steps:
        if isinstance(step, SetValue):
            results = _results(step.value, samples) if step.value.names <= samples.keys() else ()
            values = tuple(value for value in results if value is not UNKNOWN)
            found[step.name] = samples[step.name] = values
    return found


def complaint(condition: Expression, samples: Mapping[str, tuple[Value, ...]]) -> str:
    """Return why the condition decides nothing, as a clause, or an empty text when it does."""
    if not condition.names or not condition.names <= samples.keys():
        return ""
    mixed = _mixed_up(condition, samples)
    if mixed:
        return mixed
    results = list(_results(condition, samples))
    if any(isinstance(result, bool) for result in results):
        return ""
    values = [result for result in results if result is not UNKNOWN]
    if not values:
        return "it compares or joins values that do not go together, so it never holds"
    kind = "a text" if isinstance(values[0], str) else "a number"
    return f"it gives {kind}, not yes or no: compare it, as in `{sorted(condition.names)[0]} == ...`"


def _results(condition: Expression, samples: Mapping[str, tuple[Value, ...]]) -> Iterable[Value | Unknown]:
    names = sorted(condition.names)
    for values in islice(product(*(samples[name] for name in names)), MOST_TRIALS):
        yield evaluate(condition, dict(zip(names, values, strict=True)))


def _mixed_up(condition: Expression, samples: Mapping[str, tuple[Value, ...]]) -> str:
    """Find `n == "three"` where n is a number: it is false for every answer, and no error to CEL."""
    for name, literal in _compared(condition.source):
        values = samples.get(name, ())
        is_text = literal.startswith(("'", '"'))
        if values and all(isinstance(value, tuple) for value in values):
            return f"`{name}` is a list: write {literal} in {name}"
        if values and is_text and not any(isinstance(value, str) for value in values):
            return f"`{name}` is never a text, so it never equals {literal}"
        if values and not is_text and all(isinstance(value, str) for value in values):
            return f"`{name}` is a text, so it never equals the number {literal}"
    return ""


_LITERAL: Final = r"""("[^"]*"|'[^']*'|\d+(?:\.\d+)?)"""
_AFTER: Final = re.compile(rf"\b([A-Za-z_]\w*)\s*[!=]=\s*{_LITERAL}")
_BEFORE: Final = re.compile(rf"{_LITERAL}\s*[!=]=\s*([A-Za-z_]\w*)\b(?!\s*[.(\[])")


def _compared(source: str) -> Iterator[tuple[str, str]]:
    yield from _AFTER.findall(source)
    for literal, name in _BEFORE.findall(source):
        yield name, literal


def _samples(step: Step) -> dict[str, tuple[Value, ...]]:  # noqa: PLR0911 - one for each kind
    match step:
        case ChooseLanguage():
            return {step.name: tuple(dict.fromkeys(step.keys.values()))}
        case Consent() | AskYesNo():
            return {step.name: _BOTH}
        case SelectOne():
            return {step.name: tuple(choice.value for choice in step.choices)}
        case Numeric():
            middle = (step.minimum + step.maximum) // 2
            return {step.name: tuple(dict.fromkeys((step.minimum, middle, step.maximum)))}
        case SelectMany():
            values = tuple(choice.value for choice in step.choices)
            return {step.name: (*((value,) for value in values), values)}
        case AskDigits():
            return {step.name: ("1" * step.min_length,)}
        case AskDate() | AskMoment():
            return {step.name: ("2026-01-31",)}
        case Open():
            return {step.name: _TEXTS}
        case ConverseStep() | WebhookStep():
            return {wanted.name: wanted.choices or _FIELDS[wanted.kind] for wanted in step.wanted}
        case _:
            return {}

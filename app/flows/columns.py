"""Which columns a flow's answers fill: names, kinds, labels and values; knows no table and no format."""

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import Final

from app.domain.call import Value
from app.domain.conversation import FieldKind
from app.domain.results import Column, ColumnKind, Option, Seen
from app.flows.condition_types import worked_out_in
from app.flows.model import (
    AskDate,
    AskMoment,
    AskYesNo,
    Choice,
    ChooseLanguage,
    Consent,
    Flow,
    Numeric,
    Piped,
    Question,
    SelectMany,
    SelectOne,
    SetValue,
    Wanted,
    WebhookStep,
    wanted_of,
)
from app.flows.parts import prompts_of
from app.flows.questions import language_name
from app.flows.speaking import CHOICES

_FIELD_KINDS: Final = {
    FieldKind.TEXT: ColumnKind.TEXT,
    FieldKind.NUMBER: ColumnKind.NUMBER,
    FieldKind.BOOLEAN: ColumnKind.BOOLEAN,
    FieldKind.DATE: ColumnKind.DATE,
    FieldKind.CHOICE: ColumnKind.ONE,
}
_KINDS_OF_VALUES: Final = (
    (ColumnKind.BOOLEAN, {bool}),
    (ColumnKind.WHOLE, {int}),
    (ColumnKind.NUMBER, {int, float}),
    (ColumnKind.TEXT, {str}),
)
_NONE_SEEN: Final[Mapping[str, Seen]] = {}


def columns_of(flow: Flow) -> tuple[Column, ...]:
    """Return the flow's columns in the order of its steps, labelled in its first language."""
    language = flow.default_language
    worked_out = worked_out_in(flow)
    found: list[Column] = []
    for step in flow.steps:
        if isinstance(step, Question):
            found.append(_column(step, language, flow))
        elif isinstance(step, SetValue):
            found.append(_worked_out(step, worked_out[step.name]))
        is_sent = isinstance(step, WebhookStep)
        hidden = isinstance(step, WebhookStep) and step.sensitive
        found += [
            replace(_wanted(each, language), sensitive=hidden, is_asked=not is_sent)
            for each in wanted_of(step)
        ]
    return tuple(found)


def columns(
    flows: Sequence[Flow], slots: Mapping[str, Seen] = _NONE_SEEN, private: Set[str] = frozenset()
) -> tuple[Column, ...]:
    """Return the columns of all versions, those of the first before what only others have.

    `slots` are the answers that the log holds. Values that only one version knows are kept, and choices
    that none does; a column whose kind changed is text. The numbered answers of a question (`name_1`)
    stand where it does. An answer that no question explains is at the end, of the kind that the log
    shows, and what an expression gave is of that kind, too. Those named in `private` are sensitive
    whatever their flow says.
    """
    merged: dict[str, Column] = {}
    for flow in flows:
        for column in columns_of(flow):
            known = merged.get(column.name)
            merged[column.name] = column if known is None else _merged(known, column)
    found: list[Column] = []
    for column in merged.values():
        told = replace(column, sensitive=column.sensitive or column.name in private)
        rounds = _rounds(told, slots.keys() - merged.keys())
        if not rounds or told.name in slots:
            found.append(_seen(told, slots.get(told.name)))
        found += [_seen(each, slots[each.name]) for each in rounds]
    explained = {column.name for column in found}
    found += [
        Column(name, seen.kind or ColumnKind.TEXT, options=_unexplained(seen, ()), sensitive=name in private)
        for name, seen in slots.items()
        if name not in explained
    ]
    return tuple(found)


def _rounds(column: Column, names: Iterable[str]) -> list[Column]:
    """Return a column for each numbered answer to the question, in the order of the numbers."""
    numbered = [
        (tuple(int(part) for part in name.removeprefix(f"{column.name}_").split("_")), name)
        for name in names
        if re.fullmatch(rf"{re.escape(column.name)}(_[1-9][0-9]*)+", name)
    ]
    return [
        replace(column, name=name, label=f"{column.label} ({'.'.join(map(str, numbers))})")
        for numbers, name in sorted(numbered)
    ]


def _seen(column: Column, seen: Seen | None) -> Column:
    """Return the column as the log has it: what an expression gave, and choices that no flow explains."""
    if seen is None:
        return column
    if column.is_worked_out and seen.kind is not None:
        return replace(column, kind=seen.kind, options=_unexplained(seen, ()), is_kind_known=True)
    if column.kind is ColumnKind.MANY:
        return replace(column, options=column.options + _unexplained(seen, column.options))
    return column


def _unexplained(seen: Seen, options: Sequence[Option]) -> tuple[Option, ...]:
    known = {option.value for option in options}
    return tuple(Option(choice, choice) for choice in seen.choices if choice not in known)


def _merged(first: Column, other: Column) -> Column:
    sensitive = first.sensitive or other.sensitive
    is_asked = first.is_asked or other.is_asked
    if first.is_worked_out and other.is_worked_out and first.kind is not other.kind:
        return replace(first, kind=ColumnKind.TEXT, sensitive=sensitive, is_kind_known=False)
    if first.kind is not other.kind or first.is_worked_out is not other.is_worked_out:
        return Column(first.name, ColumnKind.TEXT, first.label, sensitive=sensitive, is_asked=is_asked)
    known = {option.value for option in first.options}
    more = tuple(option for option in other.options if option.value not in known)
    minimum = None if first.minimum is None else min(first.minimum, other.minimum or 0)
    return replace(
        first, options=first.options + more, minimum=minimum, sensitive=sensitive, is_asked=is_asked
    )


def _worked_out(step: SetValue, values: Sequence[Value]) -> Column:
    kind = _kind_of(values)
    return Column(
        step.name,
        kind or ColumnKind.TEXT,
        f"= {step.value.source}",
        sensitive=step.sensitive,
        is_asked=False,
        is_worked_out=True,
        is_kind_known=kind is not None,
    )


def _kind_of(values: Sequence[Value]) -> ColumnKind | None:
    """Return the kind that these values have in common, as the log would tell it."""
    types = {type(value) for value in values}
    return next((kind for kind, taken in _KINDS_OF_VALUES if types and types <= taken), None)


def _column(step: Question, language: str, flow: Flow) -> Column:
    label = _written(step.prompt[language].text) if language in step.prompt else ""
    if not label and isinstance(step, AskMoment):
        label = prompts_of(flow.languages[language]).call_back
    plain = Column(step.name, ColumnKind.TEXT, label, sensitive=step.sensitive)
    match step:
        case ChooseLanguage():
            options = tuple(Option(key, language_name(flow, key)) for key in flow.languages)
            return replace(plain, kind=ColumnKind.ONE, options=options)
        case Consent() | AskYesNo():
            return replace(plain, kind=ColumnKind.BOOLEAN)
        case SelectOne(choices=choices):
            return replace(plain, kind=ColumnKind.ONE, options=_options(choices, language))
        case SelectMany(choices=choices):
            return replace(plain, kind=ColumnKind.MANY, options=_options(choices, language))
        case Numeric(minimum=minimum):
            return replace(plain, kind=ColumnKind.WHOLE, minimum=minimum)
        case AskDate():
            return replace(plain, kind=ColumnKind.DATE)
        case AskMoment():
            return replace(plain, kind=ColumnKind.MOMENT)
        case _:
            return plain


def _options(choices: Iterable[Choice], language: str) -> tuple[Option, ...]:
    return tuple(Option(choice.value, choice.text.get(language, choice.value)) for choice in choices)


def _wanted(wanted: Wanted, language: str) -> Column:
    options = tuple(Option(choice, choice) for choice in wanted.choices)
    return Column(wanted.name, _FIELD_KINDS[wanted.kind], wanted.about.get(language, ""), options)


def _written(text: Piped) -> str:
    """Return the text as the file has it; the choices stand beside it in every table."""
    parts = (part if isinstance(part, str) else f"${{{part.source}}}" for part in text.parts)
    return " ".join("".join(parts).replace(f"${{{CHOICES}}}", " ").split())

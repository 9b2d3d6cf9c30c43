"""Which columns a flow's answers fill: names, kinds, labels and values; knows no table and no format."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from typing import Final

from app.domain.conversation import FieldKind
from app.domain.results import Column, ColumnKind, Option
from app.flows.model import (
    AskYesNo,
    Choice,
    ChooseLanguage,
    Consent,
    Flow,
    Numeric,
    Piped,
    Question,
    SelectOne,
    SetValue,
    Wanted,
    conversation_of,
)

_FIELD_KINDS: Final = {
    FieldKind.TEXT: ColumnKind.TEXT,
    FieldKind.NUMBER: ColumnKind.NUMBER,
    FieldKind.BOOLEAN: ColumnKind.BOOLEAN,
    FieldKind.DATE: ColumnKind.TEXT,
    FieldKind.CHOICE: ColumnKind.ONE,
}


def columns_of(flow: Flow) -> tuple[Column, ...]:
    """Return the flow's columns in the order of its steps, labelled in its first language."""
    language = flow.default_language
    found: list[Column] = []
    for step in flow.steps:
        if isinstance(step, Question):
            found.append(_column(step, language, flow))
        elif isinstance(step, SetValue):
            # What an expression gives is known only when it is worked out: text takes all of it.
            written = f"= {step.value.source}"
            found.append(Column(step.name, ColumnKind.TEXT, written, sensitive=step.sensitive))
        talk = conversation_of(step)
        if talk is not None:
            found.extend(_wanted(wanted, language) for wanted in talk.wanted)
    return tuple(found)


def columns(
    flows: Sequence[Flow], slots: Iterable[str], private: Set[str] = frozenset()
) -> tuple[Column, ...]:
    """Return the columns of all versions, those of the first before what only others have.

    Values that only one version knows are kept; a column whose kind changed is text. A slot that no
    question explains (its flow does not load any more) is text at the end. Those named in
    `private` are sensitive whatever their flow says.
    """
    merged: dict[str, Column] = {}
    for flow in flows:
        for column in columns_of(flow):
            known = merged.get(column.name)
            merged[column.name] = column if known is None else _merged(known, column)
    for slot in slots:
        merged.setdefault(slot, Column(slot, ColumnKind.TEXT))
    return tuple(
        replace(column, sensitive=True) if column.name in private else column for column in merged.values()
    )


def _merged(first: Column, other: Column) -> Column:
    sensitive = first.sensitive or other.sensitive
    if first.kind is not other.kind:
        return Column(first.name, ColumnKind.TEXT, first.label, sensitive=sensitive)
    known = {option.value for option in first.options}
    more = tuple(option for option in other.options if option.value not in known)
    minimum = None if first.minimum is None else min(first.minimum, other.minimum or 0)
    return replace(first, options=first.options + more, minimum=minimum, sensitive=sensitive)


def _column(step: Question, language: str, flow: Flow) -> Column:
    label = _written(step.prompt[language].text) if language in step.prompt else ""
    plain = Column(step.name, ColumnKind.TEXT, label, sensitive=step.sensitive)
    match step:
        case ChooseLanguage():
            options = tuple(Option(key, spec.locale) for key, spec in flow.languages.items())
            return replace(plain, kind=ColumnKind.ONE, options=options)
        case Consent() | AskYesNo():
            return replace(plain, kind=ColumnKind.BOOLEAN)
        case SelectOne(choices=choices):
            return replace(plain, kind=ColumnKind.ONE, options=_options(choices, language))
        case Numeric(minimum=minimum):
            return replace(plain, kind=ColumnKind.WHOLE, minimum=minimum)
        case _:
            # Of the other questions only those with choices take several of them.
            several: tuple[Choice, ...] = getattr(step, "choices", ())
            return (
                replace(plain, kind=ColumnKind.MANY, options=_options(several, language))
                if several
                else plain
            )


def _options(choices: Iterable[Choice], language: str) -> tuple[Option, ...]:
    return tuple(Option(choice.value, choice.text.get(language, choice.value)) for choice in choices)


def _wanted(wanted: Wanted, language: str) -> Column:
    options = tuple(Option(choice, choice) for choice in wanted.choices)
    return Column(wanted.name, _FIELD_KINDS[wanted.kind], wanted.about.get(language, ""), options)


def _written(text: Piped) -> str:
    parts = (part if isinstance(part, str) else f"${{{part.source}}}" for part in text.parts)
    return " ".join("".join(parts).split())

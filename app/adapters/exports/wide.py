"""A call as one row: which fields it has and what stands in them; knows no file format."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final

from app.domain.call import Value
from app.domain.results import AnswerResult, CallResult, Column, ColumnKind, Option

Cell = str | int | float | bool | date | datetime | None
"""What a table's cell can hold: a `datetime` is aware and in UTC, a `date` knows no time."""

_Read = Callable[[CallResult, dict[str, AnswerResult]], Cell]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a wide table.

    `question` is set where the field holds (part of) the answer to one; the status field has it as well. What
    is not asked no caller gives.
    """

    name: str
    kind: ColumnKind
    label: str
    read: _Read = field(compare=False, repr=False)
    options: tuple[Option, ...] = ()
    question: str = ""
    minimum: int | None = None
    is_asked: bool = True


_CALL: Final = (
    ("id", "The call's id"),
    ("flow", "Flow"),
    ("flow_version", "Version of the flow"),
    ("direction", "Who placed the call"),
    ("language", "Language of the call"),
    ("disposition", "How the call ended"),
)
_TIMES: Final = (
    ("started_at", "Start (UTC)"),
    ("answered_at", "Answered (UTC)"),
    ("ended_at", "End (UTC)"),
)


def fields_of(columns: Sequence[Column]) -> tuple[Field, ...]:
    """Return the call's own fields, then those of each question: its value and its status.

    A question with several choices has one field of 0 and 1 for each, a moment has its UTC time and the
    caller's offset from it; a sensitive question has a status alone.
    """
    fields = [_of_call(name, label, ColumnKind.TEXT) for name, label in _CALL]
    fields += [_of_call(name, label, ColumnKind.MOMENT) for name, label in _TIMES]
    for column in columns:
        fields += [] if column.sensitive else [replace(f, is_asked=column.is_asked) for f in _values(column)]
        fields.append(
            Field(
                f"{column.name}_status",
                ColumnKind.TEXT,
                f"{column.name}: ok, refused, dont_know, no_input, no_match, missing; empty: not asked",
                _status(column.name),
                question=column.name,
            )
        )
    return _unique(fields)


def row(fields: Iterable[Field], call: CallResult) -> list[Cell]:
    """Return the call's cells; None where the question was not asked or brought no value."""
    answers = call.current()
    return [each.read(call, answers) for each in fields]


def _of_call(name: str, label: str, kind: ColumnKind) -> Field:
    def read(call: CallResult, _: dict[str, AnswerResult]) -> Cell:
        found: Cell = getattr(call, name)
        return found.astimezone(UTC) if isinstance(found, datetime) else found

    return Field(f"call_{name}", kind, label, read)


def _values(column: Column) -> list[Field]:
    name, kind, label = column.name, column.kind, column.label
    match kind:
        case ColumnKind.MANY:
            return [
                Field(
                    f"{name}_{option.value}",
                    ColumnKind.BOOLEAN,
                    f"{option.label}: {label}",
                    _chosen(name, option.value),
                    question=name,
                )
                for option in column.options
            ]
        case ColumnKind.MOMENT:
            zone = Field(
                f"{name}_zone",
                ColumnKind.TEXT,
                f"{name}: the caller's offset from UTC",
                _zone(name),
                question=name,
            )
            return [Field(name, kind, f"{label} (UTC)", _value(name, kind), question=name), zone]
        case _:
            read = _value(name, kind)
            return [Field(name, kind, label, read, column.options, question=name, minimum=column.minimum)]


def _value(name: str, kind: ColumnKind) -> _Read:
    def read(_: CallResult, answers: dict[str, AnswerResult]) -> Cell:
        found = answers.get(name)
        return None if found is None else fitting(found.value, kind)

    return read


def _zone(name: str) -> _Read:
    def read(_: CallResult, answers: dict[str, AnswerResult]) -> Cell:
        found = answers.get(name)
        moment = None if found is None else _moment(found.value)
        return None if moment is None else moment.isoformat()[-6:]

    return read


def _chosen(name: str, option: str) -> _Read:
    def read(_: CallResult, answers: dict[str, AnswerResult]) -> Cell:
        found = answers.get(name)
        return option in found.value if found is not None and isinstance(found.value, tuple) else None

    return read


def _status(name: str) -> _Read:
    def read(_: CallResult, answers: dict[str, AnswerResult]) -> Cell:
        found = answers.get(name)
        return None if found is None else found.status

    return read


def fitting(value: Value, kind: ColumnKind) -> Cell:
    """Return the value when it is of its column's kind; text takes all of them, as JSON where needed."""
    match kind:
        case ColumnKind.TEXT | ColumnKind.ONE | ColumnKind.MANY:
            return plain_text(value)
        case ColumnKind.BOOLEAN:
            return value if isinstance(value, bool) else None
        case ColumnKind.WHOLE:
            return value if isinstance(value, int) and not isinstance(value, bool) else None
        case ColumnKind.NUMBER:
            return value if isinstance(value, int | float) and not isinstance(value, bool) else None
        case ColumnKind.DATE:
            return _date(value)
        case ColumnKind.MOMENT:
            moment = _moment(value)
            return None if moment is None else moment.astimezone(UTC)


def plain_text(value: Value) -> str | None:
    """Return words as they are and everything else as JSON, several choices too; None stays None."""
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _date(value: Value) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _moment(value: Value) -> datetime | None:
    """Return the moment, aware, with the offset it was told with."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None if moment.tzinfo is None else moment


def _unique(fields: list[Field]) -> tuple[Field, ...]:
    """Number the names that two fields would share."""
    taken: set[str] = set()
    result: list[Field] = []
    for each in fields:
        name, number = each.name, 2
        while name in taken:
            name, number = f"{each.name}_{number}", number + 1
        taken.add(name)
        result.append(replace(each, name=name))
    return tuple(result)

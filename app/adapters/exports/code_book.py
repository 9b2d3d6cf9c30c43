"""The code book of a flow's tables: every field, its question, what its values mean; no call and no file."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.adapters.exports.names import statistics_names
from app.adapters.exports.statistics import reason_codes, value_codes
from app.adapters.exports.wide import fields_of
from app.domain.results import Column, ColumnKind


@dataclass(frozen=True, slots=True)
class Meaning:
    """One value of a field: its code in SPSS and Stata, the value in the other tables, what it stands for."""

    code: str
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One field: its name in tables, in SPSS and Stata, its kind, its text and its values."""

    name: str
    statistics_name: str
    kind: str
    label: str
    values: tuple[Meaning, ...] = ()


AS_IN_LOG: Final = "as its values"
"""The kind of what an expression gives where the flow does not tell it."""

_KINDS: Final = {ColumnKind.BOOLEAN: "0/1", ColumnKind.MOMENT: "time"}


def code_book(columns: Sequence[Column]) -> tuple[Entry, ...]:
    """Return an entry for every field, in the tables' order."""
    open_kinds = {column.name for column in columns if not column.is_kind_known}
    fields = fields_of(columns)
    names = statistics_names([each.name for each in fields])
    entries = []
    for each, name in zip(fields, names, strict=True):
        values = [Meaning(f"{code:g}", value, label) for code, value, label in value_codes(each)]
        values += [
            Meaning(f"{code:.0f} (Stata .{letter})", "", label) for code, letter, label in reason_codes(each)
        ]
        is_open = each.name in open_kinds and each.question == each.name
        kind = AS_IN_LOG if is_open else _KINDS.get(each.kind, each.kind.value)
        entries.append(Entry(each.name, name, kind, each.label, tuple(values)))
    return tuple(entries)

"""SPSS and Stata: a row a call, numbers with labels, and a code for each reason that an answer is missing.

Calls go to disk first: how wide a text is and which codes there are stand at the head of these files. Then
ReadStat (through pyreadstat) writes a batch of rows at a time, so memory holds a batch, however many calls.
"""

import contextlib
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from app.adapters.exports.joining import Dta, Joint, Sav
from app.adapters.exports.libraries import library, refusals
from app.adapters.exports.names import statistics_names
from app.adapters.exports.spool import BATCH, Spool
from app.adapters.exports.wide import Cell, Field, fields_of, row
from app.domain.results import AnswerResult, CallResult, Column, ColumnKind

REASONS: Final = {"refused": "refused", "dont_know": "don't know", "no_answer": "no answer"}
"""Why an answer is missing, and what it is called; a question that was not asked has no code, nor has
what could not be worked out."""

_OF_STATUS: Final = {"refused": 0, "dont_know": 1, "no_input": 2, "no_match": 2}
_SMALL: Final = (-7.0, -8.0, -9.0)
_LARGE: Final = (-999_997.0, -999_998.0, -999_999.0)
_LETTERS: Final = "abc"
_LONGEST: Final = {"sav": (255, 120, 32_767), "dta": (80, 32_000, 2_045)}
"""Bytes of a column's label, of a value's label and of a cell."""

_MOST_BYTES: Final = 8_000_000
"""Of rows that ReadStat writes at once."""

_TEXTS: Final = {ColumnKind.TEXT, ColumnKind.MANY}
_TIMES: Final = {
    "sav": {ColumnKind.DATE: "DATE11", ColumnKind.MOMENT: "DATETIME23.2"},
    "dta": {ColumnKind.DATE: "%td", ColumnKind.MOMENT: "%tc"},
}
_EPOCH: Final = {"sav": datetime(1582, 10, 14, tzinfo=UTC), "dta": datetime(1960, 1, 1, tzinfo=UTC)}
_DAY: Final = {"sav": 86_400.0, "dta": 1.0}
"""What a day counts: SPSS keeps dates in seconds, Stata in days."""

_SECOND: Final = {"sav": 1.0, "dta": 1_000.0}
_MEASURES: Final = {
    ColumnKind.BOOLEAN: "nominal",
    ColumnKind.ONE: "nominal",
    ColumnKind.WHOLE: "scale",
    ColumnKind.NUMBER: "scale",
}


@dataclass(slots=True)
class _Coding:
    """How one field's cells become numbers or texts; grows while they come in.

    `reasons` stand for why an answer is missing, `labels` are those of its codes, `codes` those of its
    values, `widest` the bytes of its longest text.
    """

    of: Field
    form: str
    reasons: tuple[float, ...] | tuple[str, ...] = ()
    labels: dict[float, str] = field(default_factory=dict)
    codes: dict[str, float] = field(default_factory=dict)
    widest: int = 1

    @property
    def is_text(self) -> bool:
        return self.of.kind in _TEXTS


def write_statistics(
    calls: Iterable[CallResult], columns: Sequence[Column], path: Path, form: str, *, batch: int = BATCH
) -> int:
    """Write `path` in the form `sav` or `dta`; return how many calls.

    Choices are numbered from 1 in the flow's order, with their labels; yes is 1 and no is 0. A text that is
    longer than the form allows is cut. What is not finished yet lies in a hidden folder beside `path`.
    Raises MissingLibrary, RefusedTable, OSError.
    """
    readstat, pandas = library("pyreadstat", form), library("pandas", form)
    fields = fields_of(columns)
    codings = [_prepared(each, form) for each in fields]
    with (
        tempfile.TemporaryDirectory(prefix=".dialai-", dir=path.parent) as room,
        Spool(Path(room), batch) as spool,
    ):
        for call in calls:
            answers = call.current()
            cells = zip(codings, row(fields, call), strict=True)
            spool.add([_coded(each, cell, answers.get(each.of.question)) for each, cell in cells])
        table = _Table(readstat, pandas, codings, form, Path(room) / "table")
        if not spool.count:
            table.write([], path)
            return 0
        joint = table.joint(path)
        with contextlib.closing(joint):
            for rows in spool.batches():
                for at in range(0, len(rows), table.most_rows):
                    joint.add(table.of([table.pattern, *rows[at : at + table.most_rows]]))
        return spool.count


class _Table:
    """Has ReadStat write a few rows, always with the same head."""

    def __init__(self, readstat: Any, pandas: Any, codings: Sequence[_Coding], form: str, path: Path) -> None:  # noqa: ANN401 - without types
        self._pandas = pandas
        self._path = path
        self._form = form
        self._codings = dict(zip(statistics_names([each.of.name for each in codings]), codings, strict=True))
        self._write: Callable[..., None] = readstat.write_sav if form == "sav" else readstat.write_dta
        self._refusals = (readstat.ReadstatError, readstat.PyreadstatError)
        self._head = self._described()
        self.pattern = ["x" * each.widest if each.is_text else 0.0 for each in codings]
        """A row that makes every text as wide as its widest."""

        self.most_rows = max(1, _MOST_BYTES // sum(each.widest + 8 for each in codings))
        """Every row is as wide as the pattern, whatever it holds."""

    def joint(self, path: Path) -> Joint:
        """Return the file that the tables are joined to. Raises OSError."""
        once, twice = self.of([self.pattern]), self.of([self.pattern, self.pattern])
        return Sav(path, once, twice) if self._form == "sav" else Dta(path, once, twice)

    def of(self, rows: Sequence[Sequence[Any]]) -> bytes:
        """Return the rows as a whole file."""
        self.write(rows, self._path)
        return self._path.read_bytes()

    def write(self, rows: Sequence[Sequence[Any]], path: Path) -> None:
        """Write the rows as a whole file. Raises RefusedTable, OSError."""
        columns = zip(*rows, strict=True) if rows else ([] for _ in self._codings)
        series = {
            name: self._series(each, cells)
            for (name, each), cells in zip(self._codings.items(), columns, strict=True)
        }
        with refusals(*self._refusals):
            self._write(self._pandas.DataFrame(series), str(path), **self._head)

    def _series(self, each: _Coding, cells: Sequence[Any]) -> Any:  # noqa: ANN401 - without types
        if each.is_text:
            return self._pandas.Series(cells, dtype=object)
        is_lettered = any(isinstance(cell, str) for cell in cells)
        return self._pandas.Series(cells, dtype=object if is_lettered else "float64")

    def _described(self) -> dict[str, Any]:
        label_bytes, value_bytes, _ = _LONGEST[self._form]
        coded = {name: each for name, each in self._codings.items() if each.of.kind in _MEASURES}
        times = _TIMES[self._form]
        head: dict[str, Any] = {
            "column_labels": [_cut(each.of.label, label_bytes) or None for each in self._codings.values()],
            "variable_value_labels": {
                name: {code: _cut(text, value_bytes) for code, text in labels.items()}
                for name, each in coded.items()
                if (labels := _labels(each))
            },
            "variable_format": {
                name: times[each.of.kind] for name, each in self._codings.items() if each.of.kind in times
            },
        }
        if self._form == "dta":
            return head | {
                "missing_user_values": {name: list(_LETTERS) for name, each in coded.items() if each.reasons}
            }
        measures = {name: _MEASURES[each.of.kind] for name, each in coded.items()}
        ranges = {name: list(each.reasons) for name, each in coded.items() if each.reasons}
        return head | {"missing_ranges": ranges, "variable_measure": measures}


def value_codes(each: Field) -> tuple[tuple[float, str, str], ...]:
    """Return code, value and label of each value that a field knows by name."""
    if each.kind is ColumnKind.BOOLEAN:
        return (0.0, "0", "no"), (1.0, "1", "yes")
    return tuple((float(at), option.value, option.label) for at, option in enumerate(each.options, 1))


def reason_codes(each: Field) -> tuple[tuple[float, str, str], ...]:
    """Return SPSS's code, Stata's letter and the label of each reason for a missing number."""
    return tuple(zip(_missing(each), _LETTERS, REASONS.values(), strict=False))


def _missing(each: Field) -> tuple[float, ...]:
    if not each.is_asked:
        return ()
    match each.kind:
        case ColumnKind.TEXT | ColumnKind.MANY | ColumnKind.DATE | ColumnKind.MOMENT:
            return ()
        case ColumnKind.BOOLEAN | ColumnKind.ONE:
            return _SMALL
        case ColumnKind.WHOLE | ColumnKind.NUMBER:
            # A small negative number must not be taken for a reason where it can be an answer.
            return _SMALL if each.minimum is not None and each.minimum >= 0 else _LARGE


def _prepared(each: Field, form: str) -> _Coding:
    known = value_codes(each)
    return _Coding(
        each,
        form,
        _missing(each) if form == "sav" else tuple(letter for _, letter, _ in reason_codes(each)),
        labels={code: label for code, _, label in known},
        codes={value: code for code, value, _ in known},
    )


def _coded(each: _Coding, cell: Cell, answer: AnswerResult | None) -> str | float | None:
    if each.is_text:
        # Both forms end a text at a byte 0.
        text = _cut(str(cell or "").replace("\0", ""), _LONGEST[each.form][2])
        each.widest = max(each.widest, len(text.encode()))
        return text
    if cell is not None:
        return _number(each, cell)
    if each.reasons and answer is not None and answer.status in _OF_STATUS:
        return each.reasons[_OF_STATUS[answer.status]]
    return None


def _number(each: _Coding, cell: Cell) -> float:
    match cell:
        case datetime():
            return (cell - _EPOCH[each.form]).total_seconds() * _SECOND[each.form]
        case date():
            return (cell - _EPOCH[each.form].date()).days * _DAY[each.form]
        case int() | float():
            return float(cell)
        case _:
            return _choice(each, str(cell))


def _choice(each: _Coding, value: str) -> float:
    # A value that none of the flows explains is numbered after theirs: nothing is lost.
    if value not in each.codes:
        each.codes[value] = len(each.codes) + 1.0
        each.labels[each.codes[value]] = value
    return each.codes[value]


def _labels(each: _Coding) -> dict[float | str, str]:
    reasons = dict[float | str, str](zip(each.reasons, REASONS.values(), strict=False))
    return reasons | dict[float | str, str](each.labels.items())


def _cut(text: str, longest: int) -> str:
    """Return as much of the text as its bytes allow, never half a letter."""
    return text.encode()[:longest].decode(errors="ignore")

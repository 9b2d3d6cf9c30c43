"""SPSS and Stata: a row a call, numbers with labels, and a code for each reason that an answer is missing.

Their writer (ReadStat, through pyreadstat) takes a whole table, so this is the one format that is in memory
at once: a column of numbers or codes takes eight bytes a call, words take their own length.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from app.adapters.exports.libraries import library
from app.adapters.exports.names import statistics_names
from app.adapters.exports.wide import Cell, Field, fields_of, row
from app.domain.results import AnswerResult, CallResult, Column, ColumnKind

REASONS: Final = {"refused": "refused", "dont_know": "don't know", "no_answer": "no answer"}
"""Why an answer is missing, and what it is called; a question that was not asked has no code."""

_OF_STATUS: Final = {"refused": 0, "dont_know": 1, "no_input": 2, "no_match": 2}
_SMALL: Final = (-7.0, -8.0, -9.0)
_LARGE: Final = (-999_997.0, -999_998.0, -999_999.0)
_LETTERS: Final = "abc"
_LONGEST: Final = {"sav": (255, 120, 32_767), "dta": (80, 32_000, 2_045)}
"""Bytes of a column's label, of a value's label and of a cell."""


@dataclass(slots=True)
class _Gathered:
    """One column while its cells come in; `labels` are those of its codes, `codes` those of its values."""

    of: Field
    missing: tuple[float, ...] = ()
    labels: dict[float, str] = field(default_factory=dict)
    codes: dict[str, float] = field(default_factory=dict)
    numbers: "array[float]" = field(default_factory=lambda: array("d"))
    words: list[Any] = field(default_factory=list)

    @property
    def is_number(self) -> bool:
        return bool(self.missing)


def write_statistics(calls: Iterable[CallResult], columns: Sequence[Column], path: Path, form: str) -> int:
    """Write `path` in the form `sav` or `dta`; return how many calls. Raises MissingLibrary, OSError.

    Choices are numbered from 1 in the flow's order, with their labels; yes is 1 and no is 0. A text that is
    longer than the form allows is cut.
    """
    readstat, pandas = library("pyreadstat", form), library("pandas", form)
    label_bytes, value_bytes, cell_bytes = _LONGEST[form]
    fields = fields_of(columns)
    gathered = [_prepared(each) for each in fields]
    count = 0
    for call in calls:
        answers = call.current()
        for each, cell in zip(gathered, row(fields, call), strict=True):
            _take(each, cell, answers.get(each.of.question), cell_bytes)
        count += 1
    names = statistics_names([each.name for each in fields])
    named = dict(zip(names, gathered, strict=True))
    frame = pandas.DataFrame({name: _series(pandas, each, form) for name, each in named.items()})
    labels = {
        name: {_code(each, code, form): _cut(text, value_bytes) for code, text in _labels(each).items()}
        for name, each in named.items()
        if each.is_number
    }
    common = {
        "column_labels": [_cut(each.of.label, label_bytes) or None for each in gathered],
        "variable_value_labels": labels,
    }
    numbers = {name: each for name, each in named.items() if each.is_number}
    # Opened here first: what the system refuses is told by its own name.
    path.open("wb").close()
    if form == "sav":
        ranges = {name: list(each.missing) for name, each in numbers.items()}
        readstat.write_sav(frame, str(path), missing_ranges=ranges, row_compress=True, **common)
    else:
        letters = {name: list(_LETTERS) for name in numbers}
        readstat.write_dta(frame, str(path), missing_user_values=letters, **common)
    return count


def value_codes(each: Field) -> tuple[tuple[float, str, str], ...]:
    """Return code, value and label of each value that a field knows by name."""
    if each.kind is ColumnKind.BOOLEAN:
        return (0.0, "0", "no"), (1.0, "1", "yes")
    return tuple((float(at), option.value, option.label) for at, option in enumerate(each.options, 1))


def reason_codes(each: Field) -> tuple[tuple[float, str, str], ...]:
    """Return SPSS's code, Stata's letter and the label of each reason for a missing number."""
    return tuple(zip(_missing(each), _LETTERS, REASONS.values(), strict=False))


def _missing(each: Field) -> tuple[float, ...]:
    match each.kind:
        case ColumnKind.TEXT | ColumnKind.MANY:
            return ()
        case ColumnKind.BOOLEAN | ColumnKind.ONE:
            return _SMALL
        case ColumnKind.WHOLE | ColumnKind.NUMBER:
            # A small negative number must not be taken for a reason where it can be an answer.
            return _SMALL if each.minimum is not None and each.minimum >= 0 else _LARGE


def _prepared(each: Field) -> _Gathered:
    known = value_codes(each)
    return _Gathered(
        each,
        _missing(each),
        labels={code: label for code, _, label in known},
        codes={value: code for code, value, _ in known},
    )


def _take(each: _Gathered, cell: Cell, answer: AnswerResult | None, longest: int) -> None:
    if not each.is_number:
        each.words.append(_moment(cell) if each.of.is_time else _cut(str(cell or ""), longest))
    elif cell is not None:
        each.numbers.append(_number(each, cell))
    elif answer is not None and answer.status in _OF_STATUS:
        each.numbers.append(each.missing[_OF_STATUS[answer.status]])
    else:
        each.numbers.append(float("nan"))


def _number(each: _Gathered, cell: Cell) -> float:
    if isinstance(cell, int | float):
        return float(cell)
    # A value that none of the flows explains is numbered after theirs: nothing is lost.
    value = str(cell)
    if value not in each.codes:
        each.codes[value] = len(each.codes) + 1.0
        each.labels[each.codes[value]] = value
    return each.codes[value]


def _moment(cell: Cell) -> datetime | None:
    return cell.astimezone(UTC).replace(tzinfo=None) if isinstance(cell, datetime) else None


def _labels(each: _Gathered) -> dict[float, str]:
    return each.labels | dict(zip(each.missing, REASONS.values(), strict=True))


def _code(each: _Gathered, code: float, form: str) -> float | str:
    return _LETTERS[each.missing.index(code)] if form == "dta" and code in each.missing else code


def _series(pandas: Any, each: _Gathered, form: str) -> Any:  # noqa: ANN401 - pandas has no types
    if each.of.is_time:
        return pandas.Series(each.words, dtype="datetime64[ms]")
    if not each.is_number:
        return pandas.Series(each.words, dtype=object)
    if form == "sav":
        return pandas.Series(each.numbers, dtype="float64")
    return pandas.Series([_code(each, number, form) for number in each.numbers], dtype=object)


def _cut(text: str, longest: int) -> str:
    """Return as much of the text as its bytes allow, never half a letter."""
    return text.encode()[:longest].decode(errors="ignore")

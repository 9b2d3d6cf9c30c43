"""CSV as pandas, R and spreadsheets read it: a row a call or a row an answer, one call at a time.

A spreadsheet takes a cell that begins with = + - or @ for a formula, and callers and models choose words:
so such a text gets an apostrophe before it, and one that already has apostrophes there gets one more.
Taking one away where `GUARDED` matches gives the text back; `exact` leaves every text as it is.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Final, TextIO

from app.adapters.exports.wide import Cell, fields_of, plain_text, row
from app.domain.call import Value
from app.domain.results import CallResult, Column

GUARDED: Final = re.compile(r"'+[=+\-@\t\r]")
"""How a cell begins that was guarded."""

_FORMULA: Final = re.compile(r"(?![+-][0-9.:]+$)'*[=+\-@\t\r]")
"""A number, a phone number and an offset from UTC do no harm."""

LONG: Final = (
    "call_id",
    "call_flow",
    "call_flow_version",
    "call_disposition",
    "question",
    "value",
    "label",
    "status",
    "source",
    "raw",
    "confidence",
    "asks",
    "no_inputs",
    "no_matches",
    "language",
    "answered_ms",
    "latency_ms",
)


def write_wide(
    calls: Iterable[CallResult], columns: Sequence[Column], out: TextIO, *, exact: bool = False
) -> int:
    """Write a heading and a row a call; return how many calls. Booleans are 1 and 0, missing is empty."""
    fields = fields_of(columns)
    writer = _Writer(out)
    writer.writerow([each.name for each in fields])
    count = 0
    for call in calls:
        writer.writerow([_written(cell, exact=exact) for cell in row(fields, call)])
        count += 1
    return count


def write_long(calls: Iterable[CallResult], out: TextIO, *, exact: bool = False) -> int:
    """Write a heading and a row an answer, also those that later ones replaced; return how many calls.

    Words stand as they are, every other value as JSON: several choices are `["lab", "pharmacy"]`.
    """
    writer = _Writer(out)
    writer.writerow(LONG)
    count = 0
    for call in calls:
        for answer in call.answers:
            writer.writerow(
                (
                    call.id,
                    call.flow,
                    call.flow_version,
                    call.disposition,
                    answer.slot,
                    _long_value(answer.value, exact=exact),
                    _written(answer.label, exact=exact),
                    answer.status,
                    answer.source,
                    _written(answer.raw, exact=exact),
                    answer.confidence,
                    answer.asks,
                    answer.no_inputs,
                    answer.no_matches,
                    answer.language,
                    answer.answered_ms,
                    answer.latency_ms,
                )
            )
        count += 1
    return count


def utc(moment: datetime) -> str:
    """Return a time as ISO 8601 in UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


class _Writer:
    """Writes rows that end in a line feed, and quotes a carriage return, too: the csv module would not."""

    def __init__(self, out: TextIO) -> None:
        self._plain = csv.writer(out, lineterminator="\n")
        self._quoted = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def writerow(self, cells: Sequence[Cell]) -> None:
        """Write one row."""
        has_return = any(isinstance(cell, str) and "\r" in cell for cell in cells)
        (self._quoted if has_return else self._plain).writerow(cells)


def _long_value(value: Value, *, exact: bool) -> Cell:
    """Guard words alone: the JSON of a negative number is no formula."""
    return _written(value, exact=exact) if isinstance(value, str) else plain_text(value)


def _written(cell: Cell, *, exact: bool) -> Cell:
    match cell:
        case bool():
            return int(cell)
        case str():
            return cell if exact or not _FORMULA.match(cell) else f"'{cell}"
        case datetime():
            return utc(cell)
        case date():
            return cell.isoformat()
        case _:
            return cell

"""CSV as pandas, R and spreadsheets read it: a row a call or a row an answer, one call at a time."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, TextIO

from app.adapters.exports.wide import Cell, fields_of, plain_text, row
from app.domain.results import CallResult, Column

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


def write_wide(calls: Iterable[CallResult], columns: Sequence[Column], out: TextIO) -> int:
    """Write a heading and a row a call; return how many calls. Booleans are 1 and 0, missing is empty."""
    fields = fields_of(columns)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([each.name for each in fields])
    count = 0
    for call in calls:
        writer.writerow([_written(cell) for cell in row(fields, call)])
        count += 1
    return count


def write_long(calls: Iterable[CallResult], out: TextIO) -> int:
    """Write a heading and a row an answer, also those that later ones replaced; return how many calls."""
    writer = csv.writer(out, lineterminator="\n")
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
                    plain_text(answer.value),
                    answer.label,
                    answer.status,
                    answer.source,
                    answer.raw,
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


def _written(cell: Cell) -> Cell:
    match cell:
        case bool():
            return int(cell)
        case datetime():
            return utc(cell)
        case _:
            return cell

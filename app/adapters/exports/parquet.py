"""Parquet: a row a call, typed, a batch of calls in memory at a time."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any, Final

from app.adapters.exports.libraries import library, refusals
from app.adapters.exports.wide import Field, fields_of, row
from app.domain.results import CallResult, Column, ColumnKind

BATCH: Final = 5_000
"""Calls of one row group: few enough for memory, many enough to compress well."""


def write_parquet(
    calls: Iterable[CallResult], columns: Sequence[Column], out: IO[bytes], *, batch: int = BATCH
) -> int:
    """Write a row a call; return how many calls. Raises MissingLibrary, RefusedTable, OSError.

    A field's metadata holds its `label`; times are UTC to the millisecond, dates are dates.
    """
    arrow, files = library("pyarrow", "parquet"), library("pyarrow.parquet", "parquet")
    fields = fields_of(columns)
    schema = arrow.schema([_arrow_field(arrow, each) for each in fields])
    count = 0
    with files.ParquetWriter(out, schema) as writer:
        for some in _batches(calls, batch):
            cells = zip(*(row(fields, call) for call in some), strict=True)
            with refusals(arrow.ArrowException, OverflowError):
                typed = zip(cells, schema.types, strict=True)
                arrays = [arrow.array(each, type=kind) for each, kind in typed]
                writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
            count += len(some)
    return count


def _batches(calls: Iterable[CallResult], batch: int) -> Iterator[list[CallResult]]:
    remaining = iter(calls)
    while some := list(islice(remaining, batch)):
        yield some


def _arrow_field(arrow: Any, each: Field) -> Any:  # noqa: ANN401 - pyarrow has no types
    types = {
        ColumnKind.WHOLE: arrow.int64(),
        ColumnKind.NUMBER: arrow.float64(),
        ColumnKind.BOOLEAN: arrow.bool_(),
        ColumnKind.DATE: arrow.date32(),
        ColumnKind.MOMENT: arrow.timestamp("ms", tz="UTC"),
    }
    kind = types.get(each.kind, arrow.string())
    return arrow.field(each.name, kind, metadata={"label": each.label})

"""Stored calls as files, filtered and written as they are read, as `dialai calls export` writes them."""

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, TextIO, TypeAlias

from app.adapters.exports import csv_files
from app.adapters.store.archive import CallArchive
from app.adapters.store.async_reader import AsyncCallReader
from app.adapters.store.codec import to_json
from app.adapters.store.selection import Filter
from app.domain.results import Column
from app.flows.columns import columns
from app.flows.loader import FlowErrors, load_flow
from app.web.requests import Refused

FORMATS: Final = {
    "jsonl": ("application/x-ndjson", "jsonl"),
    "csv-long": ("text/csv; charset=utf-8", "csv"),
    "csv-wide": ("text/csv; charset=utf-8", "csv"),
}
"""What each format is told to be, and how its file's name ends."""

_Write: TypeAlias = Callable[[CallArchive, TextIO], object]


async def exported(shelf: AsyncCallReader, form: str, wanted: Filter) -> AsyncIterator[bytes]:
    """Return the file's bytes as they come. Raises Refused (400) when these calls make no such file."""
    return shelf.written(await _writer(shelf, form, wanted))


async def _writer(shelf: AsyncCallReader, form: str, wanted: Filter) -> _Write:
    if form == "jsonl":
        return lambda archive, out: _write_lines(archive, wanted, out)
    if form == "csv-long":
        return lambda archive, out: csv_files.write_long(archive.results.calls(wanted), out)
    found = await shelf.do(lambda archive: _columns(archive, wanted))
    if isinstance(found, Refused):
        raise found
    return lambda archive, out: csv_files.write_wide(archive.results.calls(wanted), found, out)


def _write_lines(archive: CallArchive, wanted: Filter, out: TextIO) -> None:
    for call in archive.reader.export(wanted):
        out.write(to_json(call) + "\n")


def _columns(archive: CallArchive, wanted: Filter) -> Sequence[Column] | Refused:
    used = archive.results.flows(wanted)
    names = sorted({each.name for each in used})
    if len(names) > 1:
        return Refused(400, f"a row a call needs calls of one flow: choose `flow`, one of {', '.join(names)}")
    flows = []
    for each in used:
        # A flow that does not load any more: the names of its answers are known all the same.
        with contextlib.suppress(FlowErrors):
            flows.append(load_flow(each.source, path=f"flow {each.name}", audio_exists=lambda _: True))
    private = frozenset[str]().union(*(each.private for each in used))
    return columns(flows, archive.results.slots(wanted), private)

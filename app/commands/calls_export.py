"""Writes tables of the call log: finds the columns first, then sends every call through, oldest first.

The columns of a wide table are known before its first row: they come from the flows that the calls were
held by, as the log keeps them, and from the names of all answers. So the log is read twice, the first
time without a call in it, and no export holds more than some thousand calls at once.
"""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, TextIO, TypeVar
from uuid import uuid4

from rich.console import Console
from rich.progress import track

from app.adapters.exports import csv_files
from app.adapters.exports.floip import write_package
from app.adapters.exports.libraries import MissingLibrary, RefusedTable
from app.adapters.exports.parquet import write_parquet
from app.adapters.exports.statistics import write_statistics
from app.adapters.store.database import Database
from app.adapters.store.results import ResultReader, UsedFlow
from app.adapters.store.selection import Filter
from app.commands.call_log import UNUSABLE, cannot_write, fail
from app.domain.results import CallResult, Column
from app.flows.columns import columns
from app.flows.loader import FlowErrors, load_flow
from app.flows.model import Flow
from app.session.clock import utc_now

_Call = TypeVar("_Call")

FORMATS: Final = ("csv-wide", "csv-long", "parquet", "sav", "dta", "floip")


def export_table(
    database: Database, form: str, wanted: Filter, output: Path | None, *, exact: bool = False
) -> int:
    """Write one of FORMATS; return how many calls it holds. What is masked in the log stays so.

    `exact` leaves texts of a CSV as they are, also those that a spreadsheet would take for a formula.
    """
    reader = ResultReader(database)
    if form == "csv-long":
        with _text(output) as out:
            return csv_files.write_long(_calls(reader, wanted, shown=output is not None), out, exact=exact)
    found = table_columns(reader, wanted)
    if form == "csv-wide":
        with _text(output) as out:
            return csv_files.write_wide(
                _calls(reader, wanted, shown=output is not None), found, out, exact=exact
            )
    if output is None:
        kind = "DIR, which is made" if form == "floip" else "FILE"
        fail(f"--format {form} is not for the screen: say --output {kind}", UNUSABLE)
    try:
        calls = _calls(reader, wanted, shown=True)
        if form == "floip":
            name = next((each.name for each in reader.flows(wanted)), "results")
            return write_package(calls, found, output, name=name, package_id=uuid4(), now=utc_now())
        return _write_file(form, calls, found, output)
    except MissingLibrary as error:
        fail(str(error), UNUSABLE)
    except RefusedTable as error:
        fail(f"{output} cannot be written: {error}", UNUSABLE)
    except OSError as error:
        cannot_write(output, error)


def _write_file(form: str, calls: Iterator[CallResult], found: Sequence[Column], output: Path) -> int:
    if form == "parquet":
        with output.open("wb") as file:
            return write_parquet(calls, found, file)
    return write_statistics(calls, found, output, form)


def table_columns(reader: ResultReader, wanted: Filter) -> tuple[Column, ...]:
    """Return the columns that the calls' answers fill; calls of several flows make no table."""
    used = reader.flows(wanted)
    names = sorted({each.name for each in used})
    if len(names) > 1:
        fail(f"a table holds the calls of one flow: say --flow, one of {', '.join(names)}", UNUSABLE)
    private = frozenset[str]().union(*(each.private for each in used))
    return columns(loaded(used), reader.slots(wanted), private)


def loaded(used: Sequence[UsedFlow]) -> list[Flow]:
    """Return the flows that still load: of another the names of its answers are known all the same."""
    flows = []
    for each in used:
        # What it takes to run a flow was checked when it ran.
        with contextlib.suppress(FlowErrors):
            flows.append(load_flow(each.source, path=f"flow {each.name}", audio_exists=lambda _: True))
    return flows


def _calls(reader: ResultReader, wanted: Filter, *, shown: bool) -> Iterator[CallResult]:
    return watched(reader.calls(wanted), lambda: reader.count(wanted), shown=shown)


def watched(calls: Iterable[_Call], count: Callable[[], int], *, shown: bool) -> Iterator[_Call]:
    """Yield the calls, with a bar of how far it is: on a terminal, and only on the error stream."""
    console = Console(stderr=True)
    if not (shown and console.is_terminal):
        # Beside a table in the same terminal a bar would be in the way.
        yield from calls
        return
    yield from track(
        calls,
        "Exporting",
        total=count(),
        console=console,
        transient=True,
    )


@contextlib.contextmanager
def _text(output: Path | None) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        # Without newline="" Windows would write two line ends for one inside a quoted cell.
        with output.open("w", encoding="utf-8", newline="") as file:
            yield file
    except OSError as error:
        cannot_write(output, error)

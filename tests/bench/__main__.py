"""`python -m tests.bench [--part PART] [--quick] [--json FILE]`: measures, prints a table, writes a file."""

import argparse
import asyncio
import contextlib
import gc
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from uvicorn.loops.auto import auto_loop_factory

from tests.bench.aws_phases import AWS_FULL, AWS_QUICK, AwsSize, run_aws
from tests.bench.aws_table import aws_json, aws_rows
from tests.bench.console import (
    CONSOLE_FULL,
    CONSOLE_QUICK,
    ConsoleSize,
    console_json,
    console_rows,
    run_console,
)
from tests.bench.flow_phases import FLOWS_FULL, FLOWS_QUICK, FlowSize, run_flows
from tests.bench.flow_table import flow_rows
from tests.bench.live import live_rows, run_live
from tests.bench.phases import FULL, QUICK, Size, run_all
from tests.bench.table import Row, as_json, as_table, machine, rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="10 calls and a few seconds: shows that all works"
    )
    parser.add_argument(
        "--part",
        choices=("all", "calls", "aws", "flows", "console"),
        default="all",
        help="calls: with the engines `timed`; aws: conversations through the AWS clients and a local "
        "double; flows: loading, walking, understanding and exporting; console: pages at "
        "100,000 stored calls",
    )
    parser.add_argument(
        "--json", type=Path, help="where the figures are written (bench.json, or bench-PART.json)"
    )
    given = parser.parse_args()
    path = given.json or Path("bench.json" if given.part == "all" else f"bench-{given.part}.json")
    console = Console(width=None if sys.stdout.isatty() else 150)
    if (os.cpu_count() or 1) > 1 and hasattr(os, "sched_setaffinity"):
        # The server has core 0 for itself. Its helpers' threads are its own cost and stay there, too.
        os.sched_setaffinity(0, {1})
    gc.freeze()
    with (
        tempfile.TemporaryDirectory(prefix="dialai-bench-") as room,
        asyncio.Runner(loop_factory=auto_loop_factory()) as runner,
    ):
        measured = _Measured(runner, Path(room), console)
        if given.part in {"all", "calls"}:
            measured.calls(QUICK if given.quick else FULL)
        if given.part in {"all", "flows"}:
            measured.flows(FLOWS_QUICK if given.quick else FLOWS_FULL)
        if given.part in {"all", "aws"}:
            measured.conversations(AWS_QUICK if given.quick else AWS_FULL)
        if given.part in {"all", "console"}:
            measured.console(CONSOLE_QUICK if given.quick else CONSOLE_FULL)
    console.print(as_table(measured.rows))
    head = {"quick": given.quick, "machine": machine(), "rows": [asdict(row) for row in measured.rows]}
    path.write_text(json.dumps({**head, **measured.details}, indent=2) + "\n")
    console.print(f"written to {path}", style="dim")


class _Measured:
    """Runs the parts one after the other and keeps what they showed."""

    def __init__(self, runner: asyncio.Runner, room: Path, console: Console) -> None:
        self.rows: list[Row] = []
        self.details: dict[str, Any] = {}
        self._runner = runner
        self._room = room
        self._console = console

    def calls(self, size: Size) -> None:
        findings = self._runner.run(run_all(size, self._room, self._tell))
        self.rows += rows(findings)
        self.details |= as_json(findings)

    def flows(self, size: FlowSize) -> None:
        findings = run_flows(size, self._room, self._tell)
        self.rows += flow_rows(findings)
        self.details["flows"] = asdict(findings)

    def conversations(self, size: AwsSize) -> None:
        findings = self._runner.run(run_aws(size, self._room, self._tell))
        self.rows += aws_rows(findings)
        self.details["aws"] = aws_json(findings)

    def console(self, size: ConsoleSize) -> None:
        findings = run_console(size, self._room, self._tell)
        self.rows += console_rows(findings, size)
        self.details["console"] = console_json(findings)
        live = self._runner.run(run_live(size.times, self._room, self._tell))
        self.rows += live_rows(live, size.times)
        self.details["live"] = asdict(live)

    def _tell(self, line: str) -> None:
        self._console.print(f"  {line}", style="dim")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()

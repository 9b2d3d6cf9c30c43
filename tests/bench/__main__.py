"""`python -m tests.bench [--quick] [--json FILE]`: measures, prints one table, writes one file."""

import argparse
import asyncio
import contextlib
import gc
import json
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from uvicorn.loops.auto import auto_loop_factory

from tests.bench.phases import FULL, QUICK, run_all
from tests.bench.table import as_json, as_table


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="10 calls and a few seconds: shows that all works"
    )
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where the figures are written")
    given = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 150)
    if (os.cpu_count() or 1) > 1 and hasattr(os, "sched_setaffinity"):
        # The server has core 0 for itself. Its helpers' threads are its own cost and stay there, too.
        os.sched_setaffinity(0, {1})
    gc.freeze()
    size = QUICK if given.quick else FULL
    with (
        tempfile.TemporaryDirectory(prefix="dialai-bench-") as room,
        asyncio.Runner(loop_factory=auto_loop_factory()) as runner,
    ):
        findings = runner.run(run_all(size, Path(room), lambda line: console.print(f"  {line}", style="dim")))
    console.print(as_table(findings))
    given.json.write_text(json.dumps(as_json(findings, quick=given.quick), indent=2) + "\n")
    console.print(f"written to {given.json}", style="dim")


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()

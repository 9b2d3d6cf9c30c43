"""The folder of flows as an author's page shows it: every file, usable or not, with all that is wrong.

Reads a file once for each time it is saved, off the loop. Plays scenarios in a process of their own, which
the calls do not feel.
"""

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.adapters.flow_folder import CheckedFile, check_file
from app.flows.length import estimate_seconds
from app.flows.model import ConverseStep, Flow, Question
from app.flows.problems import Severity

_PATIENCE_S: Final = 120.0
_SCENARIOS: Final = "tests"


@dataclass(frozen=True, slots=True)
class FlowFile:
    """One file. `name` is the flow's, or the file's own where it holds no usable flow."""

    checked: CheckedFile
    questions: int
    """How many of its steps wait for the caller."""
    seconds: tuple[int, int] | None
    """The shortest and the longest call."""

    @classmethod
    def of(cls, checked: CheckedFile) -> "FlowFile":
        """Return the file with what takes a while to reckon."""
        flow = checked.flow
        waits = sum(isinstance(step, Question | ConverseStep) for step in flow.steps) if flow else 0
        return cls(checked, waits, estimate_seconds(flow) if flow else None)

    @property
    def name(self) -> str:
        """What the page calls it."""
        return self.checked.flow.name if self.checked.flow else self.checked.path.stem

    @property
    def flow(self) -> Flow | None:
        """The flow, when it can be used."""
        return self.checked.flow

    @property
    def file(self) -> str:
        """The file's name without its folder."""
        return self.checked.path.name

    @property
    def errors(self) -> int:
        """How many problems keep it from being used."""
        return sum(problem.severity is Severity.ERROR for problem in self.checked.problems)

    @property
    def warnings(self) -> int:
        """How many do not."""
        return len(self.checked.problems) - self.errors


class FlowFiles:
    """Looks at the files that `files` names. One object serves the process."""

    def __init__(self, files: Callable[[], Sequence[Path]], threads: Executor) -> None:
        self._files = files
        self._threads = threads
        self._read: dict[Path, tuple[tuple[int, int], FlowFile]] = {}

    async def all(self) -> list[FlowFile]:
        """Return every file, in order of their names."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._look)

    async def named(self, name: str) -> FlowFile | None:
        """Return the file of the flow of this name, or the broken file that is called so."""
        found = [file for file in await self.all() if file.name == name]
        return max(found, key=lambda file: file.flow is not None, default=None)

    def _look(self) -> list[FlowFile]:
        fresh: dict[Path, tuple[tuple[int, int], FlowFile]] = {}
        for path in self._files():
            stamp = _stamp(path)
            known = self._read.get(path)
            fresh[path] = known if known and known[0] == stamp else (stamp, FlowFile.of(check_file(path)))
        self._read = fresh
        return [file for _, file in fresh.values()]


class ScenarioRuns:
    """Holds flows to their scenarios by `dialai flows test`, one at a time; remembers what came of it.

    What was found stands until the flow's file or a scenario is saved.
    """

    def __init__(self, threads: Executor) -> None:
        self._threads = threads
        self._known: dict[Path, tuple[str, dict[str, Any]]] = {}
        self._turn = asyncio.Lock()

    async def known(self, path: Path) -> dict[str, Any] | None:
        """Return what the last run found, if nothing was saved since."""
        if path not in self._known:
            return None
        digest, found = self._known[path]
        return found if digest == await self._digest(path) else None

    async def of(self, path: Path) -> dict[str, Any]:
        """Return what `dialai flows test --json` says of this file: see Tested.as_json; or `error`."""
        async with self._turn:
            digest = await self._digest(path)
            known = self._known.get(path)
            if known is None or known[0] != digest:
                self._known[path] = known = (digest, await _run(path))
            return known[1]

    async def _digest(self, path: Path) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _digest, path)


async def _run(path: Path) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app.cli", "flows", "test", str(path), "--json",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    try:
        async with asyncio.timeout(_PATIENCE_S):
            out, said = await process.communicate()
    except TimeoutError:
        return {"error": f"the scenarios did not end within {_PATIENCE_S:.0f} s"}
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        found: dict[str, Any] = json.loads(out)["flows"][0]
    except (ValueError, LookupError):
        lines = said.decode(errors="replace").strip().splitlines()
        return {"error": lines[-1] if lines else "the scenarios could not be played"}
    return found


def _digest(path: Path) -> str:
    """Return a hash of the flow's file and of all scenarios beside it."""
    digest = hashlib.sha256()
    for each in (path, *sorted((path.parent / _SCENARIOS).glob("*.yaml"))):
        try:
            digest.update(each.read_bytes())
        except OSError:
            digest.update(b"gone")
    return digest.hexdigest()


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size

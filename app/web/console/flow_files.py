"""The folder of flows as an author's page shows it: every file, usable or not, with all that is wrong.

Reads a file once for each time it, or another that it needs, is saved, off the loop. Plays scenarios in a
process of their own, which the calls do not feel.
"""

import asyncio
import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from app.adapters.bounded_files import read_bounded
from app.adapters.flow_folder import CheckedFile, check_file
from app.adapters.flow_names import unique
from app.flows.length import estimate_seconds
from app.flows.model import ConverseStep, Flow, Question
from app.flows.problems import Severity

_PATIENCE_S: Final = 120.0
_SCENARIOS: Final = "tests"
_WORDS: Final = "languages"

Stamps = tuple[tuple[str, int, int], ...]
"""What changes when one of several files is saved."""


@dataclass(frozen=True, slots=True)
class FlowFile:
    """One file. `name` is the flow's, or the file's own where it holds no usable flow."""

    checked: CheckedFile
    questions: int
    """How many of its steps wait for the caller."""
    seconds: tuple[int, int] | None
    """The shortest and the longest call."""
    is_owner: bool = True
    """Whether the name means this file; false where another file's flow has it."""

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
    def address(self) -> str:
        """What its page is called: the name, or the file where the name means another."""
        return self.name if self.is_owner else self.file

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
        self._read: dict[Path, tuple[Stamps, FlowFile]] = {}

    async def all(self) -> list[FlowFile]:
        """Return every file, in order of their names, each with an address of its own."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._look)

    async def at(self, address: str) -> FlowFile | None:
        """Return the file whose page has this address."""
        return next((file for file in await self.all() if file.address == address), None)

    def _look(self) -> list[FlowFile]:
        paths = self._files()
        everything = _stamps([*paths, *_words_beside(paths)])
        fresh: dict[Path, tuple[Stamps, FlowFile]] = {}
        for path in paths:
            own = _stamps([path, *_words_beside([path])])
            known = self._read.get(path)
            if known is None or known[0] not in (own, everything):
                file = FlowFile.of(check_file(path))
                known = everything if _needs_others(file.flow) else own, file
            fresh[path] = known
        self._read = fresh
        return _addressed([file for _, file in fresh.values()])


def _needs_others(flow: Flow | None) -> bool:
    """Whether other files have to do with what is found of a flow; of a broken one that cannot be told."""
    return flow is None or bool(flow.runs)


def _addressed(files: list[FlowFile]) -> list[FlowFile]:
    """Hold the files against each other: a name is one flow's, and else that of one file."""
    found = [
        file if checked.flow is file.flow else replace(file, checked=checked, questions=0, seconds=None)
        for file, checked in zip(files, unique(file.checked for file in files), strict=True)
    ]
    owners: dict[str, FlowFile] = {}
    for file in sorted(found, key=lambda file: file.flow is None):
        owners.setdefault(file.name, file)
    return [replace(file, is_owner=owners[file.name] is file) for file in found]


class ScenarioRuns:
    """Holds flows to their scenarios by `dialai flows test`, one at a time; remembers what came of it.

    What was found stands until the flow's file, another that it needs, or a scenario is saved.
    """

    def __init__(self, threads: Executor) -> None:
        self._threads = threads
        self._known: dict[Path, tuple[str, dict[str, Any]]] = {}
        self._turn = asyncio.Lock()

    async def known(self, file: FlowFile) -> dict[str, Any] | None:
        """Return what the last run found, if nothing was saved since."""
        known = self._known.get(file.checked.path)
        return known[1] if known and known[0] == await self._digest(file) else None

    async def of(self, file: FlowFile) -> dict[str, Any]:
        """Return what `dialai flows test --json` says of this file: see Tested.as_json; or `error`."""
        path = file.checked.path
        async with self._turn:
            digest = await self._digest(file)
            known = self._known.get(path)
            if known is None or known[0] != digest:
                self._known[path] = known = (digest, await _run(path))
            return known[1]

    async def _digest(self, file: FlowFile) -> str:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _digest, file)


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


def _digest(file: FlowFile) -> str:
    """Return a hash of the flow's file, of those that it needs and of all scenarios beside it."""
    path = file.checked.path
    flows = sorted(path.parent.glob("*.y*ml")) if _needs_others(file.flow) else [path]
    digest = hashlib.sha256()
    for each in (*flows, *_words_beside([path]), *sorted((path.parent / _SCENARIOS).glob("*.yaml"))):
        try:
            digest.update(read_bounded(each))
        except OSError:
            digest.update(b"gone")
    return digest.hexdigest()


def _words_beside(paths: Sequence[Path]) -> list[Path]:
    """Return the files of the project's own words, which every flow of a folder is spoken with."""
    folders = dict.fromkeys(path.parent / _WORDS for path in paths)
    return [each for folder in folders for each in sorted(folder.glob("*.y*ml"))]


def _stamps(paths: Sequence[Path]) -> Stamps:
    return tuple(_stamp(path) for path in paths)


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), found.st_mtime_ns, found.st_size

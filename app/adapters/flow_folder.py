"""The folder that flows are read from: files in, checked flows out, and again when a file is saved.

Knows paths and files; what a flow means is the loader's.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.adapters.bounded_files import read_bounded
from app.domain.languages import LANGUAGES, EnginePrompts, is_known, language
from app.flows.house_words import load_prompts, with_words
from app.flows.library import OtherFlow
from app.flows.loader import FlowErrors, load_flow, load_with_warnings
from app.flows.model import Flow
from app.flows.problems import Problem, listed, nearest


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One file: its flow when it can be used, and every error and warning."""

    path: Path
    flow: Flow | None
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What a look at the folder found: flows that were read, names that are gone, complaints, a line each."""

    read: tuple[Flow, ...] = ()
    gone: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()


@dataclass(slots=True)
class _Seen:
    """A file as it was when it was last read: `flow` is the last good one, `complaint` what is wrong now.

    `is_taken` says that only another file's flow of the same name is in its way.
    """

    stamp: tuple[int, int, int]
    flow: Flow | None = None
    complaint: str = ""
    is_taken: bool = False


@dataclass(slots=True)
class _Contents:
    """The folder at one moment; replaced as a whole, so that other threads see one or the other."""

    flows: dict[str, Flow] = field(default_factory=dict)
    files: dict[Path, _Seen] = field(default_factory=dict)
    words: tuple[tuple[int, ...], ...] = ()
    saved: Mapping[Path, tuple[int, int, int]] = field(default_factory=dict)


class FlowFolder:
    """The flows of one folder, as they were last read; recordings lie in the same folder or below it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._now: _Contents | None = None
        self._folder_complaint = ""

    def files(self) -> list[Path]:
        """Return the flow files in order of their names; none when the folder is missing or closed to us."""
        try:
            return _flow_files(self.root)
        except OSError:
            return []

    def load_all(self) -> tuple[dict[str, Flow], list[FlowErrors]]:
        """Read every file; return the usable flows by name, and the errors of each file that is not."""
        saved = {path: _stamp(path) for path in self.files()}
        contents = _Contents(words=_stamps(self.root), saved=saved)
        failures: list[FlowErrors] = []
        for path in self.files():
            seen, errors = _read(path, contents.flows, None)
            contents.files[path] = seen
            if errors is not None:
                failures.append(errors)
            elif seen.flow is not None:  # pragma: no branch - what has no errors has a flow
                contents.flows[seen.flow.name] = seen.flow
        self._now = contents
        return contents.flows, failures

    def refresh(self) -> Changes:
        """Read the files that were saved since; a broken one keeps its last good flow, and says so once.

        Blocks; for a thread of its own, one at a time. A file that is gone takes its flow with it.
        """
        before = self._contents
        try:
            paths = _flow_files(self.root)
        except OSError as error:
            line = f"{self.root}: cannot be read: {error.strerror}; its flows stay as they were"
            is_told, self._folder_complaint = line == self._folder_complaint, line
            return Changes() if is_told else Changes(complaints=(line,))
        self._folder_complaint = ""
        after = _Contents(words=_stamps(self.root), saved={path: _stamp(path) for path in paths})
        complaints: list[str] = []
        for path in paths:
            seen = self._look(path, before, after)
            after.files[path] = seen
            if seen.flow is not None:
                after.flows.setdefault(seen.flow.name, seen.flow)
            known = before.files.get(path)
            if seen.complaint and (known is None or known.complaint != seen.complaint):
                complaints.append(seen.complaint)
        self._now = after
        read = tuple(flow for name, flow in after.flows.items() if before.flows.get(name) is not flow)
        return Changes(read, tuple(sorted(before.flows.keys() - after.flows.keys())), tuple(complaints))

    def broken(self) -> tuple[str, ...]:
        """Return what is wrong with the folder now, a line for each broken file."""
        files = (seen.complaint for seen in self._contents.files.values())
        return tuple(line for line in (self._folder_complaint, *files) if line)

    @property
    def _contents(self) -> _Contents:
        if self._now is None:
            self.load_all()
        return self._now or _Contents()

    def _look(self, path: Path, before: _Contents, after: _Contents) -> _Seen:
        """Return the file as it is now; read it only if it, or a file that it needs, was saved since."""
        known = before.files.get(path)
        is_same = known is not None and known.stamp == _stamp(path) and before.words == after.words
        if known is not None and is_same and not known.is_taken:
            runs_others = known.complaint or (known.flow is not None and known.flow.runs)
            if not runs_others or before.saved == after.saved:
                return known
        return _read(path, after.flows, known.flow if known is not None else None)[0]

    def complaints(self, default_flow: str) -> list[str]:
        """Read every file again; return what an operator must know of them, a line each."""
        flows, failures = self.load_all()
        lines = [line for failure in failures for line in str(failure).splitlines()]
        if not flows:
            lines.append(f"no usable flow in {self.root}: no call can be taken; see DIALAI_FLOWS_DIR")
        elif default_flow not in flows:
            lines.append(
                f"DIALAI_DEFAULT_FLOW={default_flow}: there is no such flow, so calls that name none are "
                f"turned away; there are: {', '.join(sorted(flows))}"
            )
        return lines

    def get(self, name: str) -> Flow | None:
        """Return the flow of this name as it was last read; the first time, read the folder."""
        return self._contents.flows.get(name)

    def names(self) -> list[str]:
        """Return the names of the usable flows, sorted."""
        return sorted(self._contents.flows)

    def compile(self, source: str) -> Flow:
        """Return the flow that a stored call began with, from its text. Raises FlowErrors."""
        return self.by_source(source, "the stored flow")

    def nearest(self, name: str) -> str:
        """Return the name of the flow that is spelled most like this; empty when none is near."""
        return nearest(name, self._contents.flows)

    def by_source(self, source: str, path: str) -> Flow:
        """Return the flow that a call began with, from its stored text. Raises FlowErrors.

        Recordings are not looked for: one that is gone is replaced by its text.
        """
        flow = load_flow(source, path=path, audio_exists=lambda _audio: True)
        return with_words(flow, words_beside(self.root)[0])

    def audio_file(self, audio: str) -> Path | None:
        """Return a recording's file; None when there is none, or when the path leads out of the folder."""
        return _inside(self.root, audio)


def _flow_files(root: Path) -> list[Path]:
    return sorted(path for path in root.iterdir() if path.suffix in {".yaml", ".yml"} and path.is_file())


def _stamp(path: Path) -> tuple[int, int, int]:
    """Return what changes when a file is saved; taken before it is read, so that no save is missed."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path, taken: Mapping[str, Flow], last: Flow | None) -> tuple[_Seen, FlowErrors | None]:
    """Read a file whose flow was `last`; `taken` are the flows of other files."""
    stamp = _stamp(path)
    checked = check_file(path)
    if checked.flow is not None and checked.flow.name not in taken:
        return _Seen(stamp, checked.flow), None
    problems = checked.problems
    if checked.flow is not None:
        message = f"another file in this folder holds a flow `{checked.flow.name}` already"
        problems = (Problem(str(path), 1, 1, "flow", message),)
    errors = FlowErrors(problems)
    return _Seen(stamp, last, _complaint(errors, last), is_taken=checked.flow is not None), errors


def _complaint(errors: FlowErrors, last: Flow | None) -> str:
    """Return the one line that an operator reads of a broken file."""
    first, more = errors.problems[0], len(errors.problems) - 1
    also = f" (and {more} more)" if more else ""
    serves = f"; calls are held by its last good version, {last.name} {last.version}" if last else ""
    return f"{first}{also}{serves}"


def check_file(path: Path) -> CheckedFile:
    """Read and check one file; a file that cannot be read is a problem like any other."""
    shown = str(path)
    try:
        data = read_bounded(path)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return CheckedFile(path, None, (Problem(shown, 1, 1, "", f"cannot be read: {reason}"),))
    try:
        flow, warnings = load_with_warnings(
            data,
            path=shown,
            audio_exists=lambda audio: _inside(path.parent, audio) is not None,
            others=lambda name: _other(path.parent, name),
        )
    except FlowErrors as errors:
        return CheckedFile(path, None, errors.problems)
    words, problems = words_beside(path.parent)
    if problems:
        return CheckedFile(path, None, problems)
    return CheckedFile(path, with_words(flow, words), warnings)


def words_beside(folder: Path) -> tuple[Mapping[str, EnginePrompts], tuple[Problem, ...]]:
    """Return the project's own words, by the names of their files, and what is wrong with these."""
    words: dict[str, EnginePrompts] = {}
    problems: list[Problem] = []
    for path in _word_files(folder):
        shown = str(path)
        if not is_known(path.stem):
            message = f"no words are known for `{path.stem}`; this version speaks {listed(LANGUAGES)}"
            problems.append(Problem(shown, 1, 1, "", message))
            continue
        try:
            words[path.stem] = load_prompts(read_bounded(path), path=shown, language=language(path.stem))
        except FlowErrors as errors:
            problems += errors.problems
        except OSError as error:
            reason = error.strerror or type(error).__name__
            problems.append(Problem(shown, 1, 1, "", f"cannot be read: {reason}"))
    return words, tuple(problems)


def _word_files(folder: Path) -> list[Path]:
    own = folder / "languages"
    try:
        return sorted(path for path in own.iterdir() if path.suffix in {".yaml", ".yml"} and path.is_file())
    except OSError:
        return []


def _stamps(folder: Path) -> tuple[tuple[int, ...], ...]:
    """Return what changes when one of the project's words is saved."""
    return tuple(_stamp(path) for path in _word_files(folder))


def _other(folder: Path, name: str) -> OtherFlow | None:
    """Return the file of the folder that holds the flow of this name; the one so called comes first."""
    header = re.compile(rf"^flow:[ \t]*(['\"]?){re.escape(name)}\1[ \t]*(#.*)?\r?$", re.MULTILINE)
    try:
        for path in sorted(_flow_files(folder), key=lambda path: path.stem != name):
            data = read_bounded(path)
            if header.search(data.decode("utf-8", "replace")):
                return OtherFlow(str(path), data)
    except OSError:
        pass
    return None


def _inside(root: Path, audio: str) -> Path | None:
    """Return the file when it lies below `root`, links followed; else None."""
    try:
        found = (root / audio).resolve()
        is_safe = found.is_relative_to(root.resolve()) and found.is_file()
    except (OSError, ValueError):
        return None
    return found if is_safe else None

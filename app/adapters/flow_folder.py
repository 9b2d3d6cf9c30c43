"""The folder that flows are read from: files in, checked flows out.

Knows paths and files; what a flow means is the loader's.
"""

from dataclasses import dataclass
from pathlib import Path

from app.flows.loader import FlowErrors, load_flow, load_with_warnings
from app.flows.model import Flow
from app.flows.problems import Problem, nearest


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One file: its flow when it can be used, and every error and warning."""

    path: Path
    flow: Flow | None
    problems: tuple[Problem, ...]


class FlowFolder:
    """The flows of one folder, read once; recordings lie in the same folder or below it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._flows: dict[str, Flow] | None = None

    def files(self) -> list[Path]:
        """Return the flow files in order of their names; none when the folder is missing or closed to us."""
        try:
            return sorted(
                path for path in self.root.iterdir() if path.suffix in {".yaml", ".yml"} and path.is_file()
            )
        except OSError:
            return []

    def load_all(self) -> tuple[dict[str, Flow], list[FlowErrors]]:
        """Read every file; return the usable flows by name, and the errors of each file that is not."""
        flows: dict[str, Flow] = {}
        failures: list[FlowErrors] = []
        for path in self.files():
            checked = check_file(path)
            if checked.flow is None:
                failures.append(FlowErrors(checked.problems))
            elif checked.flow.name in flows:
                message = f"another file in this folder holds a flow `{checked.flow.name}` already"
                failures.append(FlowErrors([Problem(str(path), 1, 1, "flow", message)]))
            else:
                flows[checked.flow.name] = checked.flow
        self._flows = flows
        return flows, failures

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
        if self._flows is None:
            self.load_all()
        return (self._flows or {}).get(name)

    def names(self) -> list[str]:
        """Return the names of the usable flows, sorted."""
        if self._flows is None:
            self.load_all()
        return sorted(self._flows or {})

    def compile(self, source: str) -> Flow:
        """Return the flow that a stored call began with, from its text. Raises FlowErrors."""
        return self.by_source(source, "the stored flow")

    def nearest(self, name: str) -> str:
        """Return the name of the flow that is spelled most like this; empty when none is near."""
        if self._flows is None:
            self.load_all()
        return nearest(name, self._flows or {})

    def by_source(self, source: str, path: str) -> Flow:
        """Return the flow that a call began with, from its stored text. Raises FlowErrors.

        Recordings are not looked for: one that is gone is replaced by its text.
        """
        return load_flow(source, path=path, audio_exists=lambda _audio: True)

    def audio_file(self, audio: str) -> Path | None:
        """Return a recording's file; None when there is none, or when the path leads out of the folder."""
        return _inside(self.root, audio)


def check_file(path: Path) -> CheckedFile:
    """Read and check one file; a file that cannot be read is a problem like any other."""
    shown = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return CheckedFile(path, None, (Problem(shown, 1, 1, "", f"cannot be read: {reason}"),))
    try:
        flow, warnings = load_with_warnings(
            data, path=shown, audio_exists=lambda audio: _inside(path.parent, audio) is not None
        )
    except FlowErrors as errors:
        return CheckedFile(path, None, errors.problems)
    return CheckedFile(path, flow, warnings)


def _inside(root: Path, audio: str) -> Path | None:
    """Return the file when it lies below `root`, links followed; else None."""
    try:
        found = (root / audio).resolve()
        is_safe = found.is_relative_to(root.resolve()) and found.is_file()
    except (OSError, ValueError):
        return None
    return found if is_safe else None

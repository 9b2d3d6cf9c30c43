"""What is wrong with a flow, where, and what to write instead; one line each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

_SHORT = 3
"""Letters up to which half of them may differ: `se` for `es`."""


class Severity(StrEnum):
    """An error keeps a flow from being used; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. Line and column count from 1; `path` reads `steps.age.range[1]`."""

    file: str
    line: int
    column: int
    path: str
    message: str
    suggestion: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        """Give the one line that an author reads."""
        where = f"{self.path}: " if self.path else ""
        hint = f" (did you mean {self.suggestion}?)" if self.suggestion else ""
        return f"{self.file}:{self.line}:{self.column}: {where}{self.message}{hint}"


class FlowErrors(ValueError):  # noqa: N818 - it holds several
    """A flow cannot be used. Holds every problem found, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(problems, key=lambda p: (p.line, p.column)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, valid: Iterable[str]) -> str:
    """Return the valid spelling closest to `word`, or nothing when none is near."""
    candidates: Sequence[str] = sorted(valid)
    cutoff = 0.5 if len(word) <= _SHORT else 0.6
    found = get_close_matches(word.lower(), candidates, n=1, cutoff=cutoff)
    return found[0] if found else ""


def listed(words: Iterable[str]) -> str:
    """Return `a, b or c`."""
    *most, last = list(words)
    return f"{', '.join(most)} or {last}" if most else last

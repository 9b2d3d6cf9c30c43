"""The flows that a flow runs within itself: their texts, each read and checked once, and all as one text.

Opens no file: where another flow's text comes from it is told. Compiles nothing.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from app.flows import schema
from app.flows.checking import Reporter, check_form, check_step, known_names, known_values, walk
from app.flows.container_forms import RepeatForm
from app.flows.problems import Problem
from app.flows.step_forms import StepForm
from app.flows.yaml_tree import Document, Path, read_yaml

MOST_STEPS: Final = 500
"""Steps of one flow, those of its rounds and of flows within it included: what the lint can look through
within a second."""

MOST_OTHERS: Final = 20
"""Flows that one flow may run within itself."""

_PART: Final = re.compile(r"^\.\.\.\n--- # flow: ([A-Za-z0-9_-]{1,60})\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OtherFlow:
    """A flow's text, and the file it stands in."""

    file: str
    text: str | bytes


Others: TypeAlias = Callable[[str], OtherFlow | None]
"""Finds another flow by its name."""


@dataclass(slots=True)
class CheckedFlow:
    """A flow's file, each of its steps held against its form: None where a step has mistakes.

    `names` are all steps and labels, `values` what conversations and web services bring, each with its path;
    `homes` says of names inside a repeat which one is around them, by its path.
    """

    reporter: Reporter
    header: schema.FlowHeader
    forms: Mapping[Path, StepForm | None]
    names: Mapping[str, Path]
    values: Mapping[str, Path]
    homes: Mapping[str, Path]
    inside: Mapping[Path, list[Path]] = field(default_factory=dict)


def checked(document: Document, reporter: Reporter) -> CheckedFlow | None:
    """Return the flow in this document, or None after reporting why it is none."""
    tree: Any = document.tree
    raw_steps = tree.get("steps")
    header = check_form(
        schema.FlowHeader, {key: value for key, value in tree.items() if key != "steps"}, (), reporter
    )
    if "steps" not in tree:
        reporter.add((), "`steps` is missing")
        return None
    if not isinstance(raw_steps, list) or not raw_steps:
        reporter.add(("steps",), "a list of steps is expected here")
        return None
    if len(raw_steps) > MOST_STEPS:
        reporter.add(("steps",), f"there are {len(raw_steps)} steps; {MOST_STEPS} at most")
        return None
    forms = {path: check_step(raw, path, reporter) for path, raw in walk(raw_steps)}
    if header is None:
        return None
    names, values = known_names(raw_steps), known_values(raw_steps)
    inside: dict[Path, list[Path]] = {}
    for path in forms:
        inside.setdefault(path[:-2], []).append(path)
    repeats = [path for path, form in forms.items() if isinstance(form, RepeatForm)]
    return CheckedFlow(reporter, header, forms, names, values, _homes([names, values], repeats), inside)


def _homes(named: Iterable[Mapping[str, Path]], around: Iterable[Path]) -> dict[str, Path]:
    """Return for each name inside a repeat the innermost one around it; a repeat is not inside itself."""
    homes: dict[str, Path] = {}
    for repeat in sorted(around, key=len):
        for names in named:
            for name, path in names.items():
                if len(path) > len(repeat) and path[: len(repeat)] == repeat:
                    homes[name] = repeat
    return homes


class Library:
    """What flows a flow runs: found by their names, read once, and remembered in the order of their use."""

    def __init__(self, others: Others | None, bundled: Mapping[str, OtherFlow]) -> None:
        self._others = others
        self._bundled = bundled
        self._checked: dict[str, CheckedFlow | None] = {}
        self._reporters: list[Reporter] = []
        self.used: dict[str, OtherFlow] = {}

    def flow(self, name: str) -> CheckedFlow | None:
        """Return the flow of this name, or None when there is none. Raises FlowErrors when it is no YAML."""
        if name not in self._checked:
            other = self._bundled.get(name) or (self._others(name) if self._others is not None else None)
            self._checked[name] = None
            if other is not None and len(self.used) < MOST_OTHERS:
                document = read_yaml(other.text, file=other.file)
                self._checked[name] = checked(document, reporter := Reporter(other.file, document))
                self.used[name] = other
                self._reporters.append(reporter)
        return self._checked[name]

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with those flows."""
        return [problem for reporter in self._reporters for problem in reporter.problems]


def parted(text: str, file: str) -> tuple[str, dict[str, OtherFlow]]:
    """Return a text's own flow, and the flows that stand behind it; lines keep their numbers."""
    found = list(_PART.finditer(text))
    if not found:
        return text, {}
    ends = [part.start() for part in found[1:]] + [len(text)]
    others = {
        part[1]: OtherFlow(file, "\n" * text.count("\n", 0, part.end()) + text[part.end() : end])
        for part, end in zip(found, ends, strict=True)
    }
    return text[: found[0].start()], others


def joined(text: str, used: Mapping[str, OtherFlow]) -> str:
    """Return the text with those it runs behind it: all that a call has to keep of its flow."""
    parts = [text]
    for name, other in used.items():
        own = other.text if isinstance(other.text, str) else other.text.decode("utf-8")
        parts.append(f"...\n--- # flow: {name}\n{own.removeprefix(chr(0xFEFF)).lstrip(chr(10))}")
    if len(parts) == 1:
        return text
    return "".join(part if part.endswith("\n") else f"{part}\n" for part in parts)

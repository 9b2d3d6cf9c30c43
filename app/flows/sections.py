"""The steps inside sections: where each stands among the flow's steps, and in which order a call hears them.

All steps of a flow are numbered in the order of the file, those inside a section behind it. An order drawn
by lot depends on the call's seed alone. Takes no step itself.
"""

from collections.abc import Iterator, Sequence

from app.flows.model import Section, Step
from app.flows.orders import drawn


class Layout:
    """Which step is a part of which section, by number. A part is a step with all that is inside it."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._parts: dict[int, tuple[int, ...]] = {}
        self._home: dict[int, int] = {}
        self._end: dict[int, int] = {}
        for index, step in enumerate(steps):
            at, parts = index + 1, []
            for size in step.parts if isinstance(step, Section) else ():
                parts.append(at)
                at += size
            self._parts[index], self._end[index] = tuple(parts), at
            self._home |= dict.fromkeys(parts, index)

    def parts(self, section: int) -> tuple[int, ...]:
        """Return the first step of each part of a section."""
        return self._parts[section]

    def home(self, index: int) -> int | None:
        """Return the section that a step is a part of, the innermost one."""
        return self._home.get(index)

    def end(self, index: int) -> int:
        """Return the first number behind a step and all that is inside it."""
        return self._end[index]

    def around(self, index: int) -> Iterator[tuple[int, int]]:
        """Yield each section around a step, the innermost first, with the part that the step stands in."""
        at = index
        while (home := self._home.get(at)) is not None:
            yield home, at
            at = home


def telling_seeds(steps: Sequence[Step]) -> tuple[str, ...]:
    """Return seeds, few of them, with which some call takes each part of each section."""
    layout = Layout(steps)
    sections = [(step, layout.parts(i)) for i, step in enumerate(steps) if isinstance(step, Section)]
    wanted = {part for _, parts in sections for part in parts}
    seeds: list[str] = []
    while wanted or not seeds:
        seed = str(len(seeds))
        wanted -= {
            part
            for section, parts in sections
            for part in drawn(section.name, parts, section.order, seed, section.pick)
        }
        seeds.append(seed)
    return tuple(seeds)

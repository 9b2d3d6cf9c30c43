"""Where a flow's names and branches lead; takes no step itself."""

from collections.abc import Iterator, Mapping

from app.domain.call import Value
from app.flows.expressions import holds
from app.flows.model import Flow, Section, answers_of
from app.flows.orders import drawn
from app.flows.sections import Layout


class Route:
    """The numbers of a flow's steps, by name and label, and which follows which.

    `seed` decides the order of sections whose parts come by lot.
    """

    def __init__(self, flow: Flow, seed: str = "") -> None:
        self._steps = flow.steps
        self._where = {
            name: i for i, step in enumerate(flow.steps) for name in (step.label, step.name) if name
        }
        self._layout = Layout(flow.steps)
        self._orders = {
            index: drawn(step.name, self._layout.parts(index), step.order, seed, step.pick)
            for index, step in enumerate(flow.steps)
            if isinstance(step, Section)
        }

    def __contains__(self, name: str) -> bool:
        """Whether a step has this name or label."""
        return name in self._where

    def __getitem__(self, name: str) -> int:
        """Return the step of this name or label."""
        return self._where[name]

    def into(self, section: int) -> int:
        """Return the section's first step in this call."""
        return self._orders[section][0]

    def left_out(self, section: int, known: Mapping[str, Value]) -> Iterator[str]:
        """Yield the answers of a repeat's rounds that are not taken, as far as is known now."""
        for part in self._layout.parts(section):
            step = self._steps[part]
            is_round = isinstance(step, Section) and step.is_round
            if is_round and step.when is not None and not holds(step.when, known):
                for inner in self._steps[part : self._layout.end(part)]:
                    yield from answers_of(inner)

    def after(self, index: int, known: Mapping[str, Value]) -> int:
        """Return where a step leads when it is over: along its first branch that holds, else past it."""
        for branch in self._steps[index].then:
            if branch.when is None or holds(branch.when, known):
                return self._where[branch.goto]
        return self.past(index, known)

    def past(self, index: int, known: Mapping[str, Value]) -> int:
        """Return the step that follows when the one at `index` is left out, with all that is inside it."""
        home = self._layout.home(index)
        if home is None:
            return self._layout.end(index)
        order = self._orders[home]
        following = order[order.index(index) + 1 :] if index in order else ()
        return following[0] if following else self.after(home, known)

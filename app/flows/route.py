"""Where a flow's names and branches lead; takes no step itself."""

from collections.abc import Mapping

from app.domain.call import Value
from app.flows.expressions import holds
from app.flows.model import Flow


class Route:
    """The numbers of a flow's steps, by name and label, and which follows which."""

    def __init__(self, flow: Flow) -> None:
        self._steps = flow.steps
        self._where = {
            name: i for i, step in enumerate(flow.steps) for name in (step.label, step.name) if name
        }

    def __contains__(self, name: str) -> bool:
        """Whether a step has this name or label."""
        return name in self._where

    def __getitem__(self, name: str) -> int:
        """Return the step of this name or label."""
        return self._where[name]

    def after(self, index: int, known: Mapping[str, Value]) -> int:
        """Return where the step at `index` leads: its first branch that holds, else the step below."""
        for branch in self._steps[index].then:
            if branch.when is None or holds(branch.when, known):
                return self._where[branch.goto]
        return index + 1

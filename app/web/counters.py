"""Counts of what the doors saw, as plain numbers; knows no meaning and no history."""

from collections.abc import Mapping


class Counters:
    """Named numbers that only grow."""

    __slots__ = ("_counts",)

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def add(self, name: str, amount: int = 1) -> int:
        """Count `amount` more and return the sum; a name may carry labels: `refused_total{why="key"}`."""
        self._counts[name] = total = self._counts.get(name, 0) + amount
        return total

    def count(self, name: str) -> int:
        """Return how many were counted under this name."""
        return self._counts.get(name, 0)

    def render(self, gauges: Mapping[str, float]) -> str:
        """Return all counts and the gauges of this moment in Prometheus' text form."""
        lines: list[str] = []
        typed: set[str] = set()
        for kind, values in (("counter", self._counts), ("gauge", gauges)):
            for name in sorted(values):
                family = f"dialai_{name.partition('{')[0]}"
                if family not in typed:
                    typed.add(family)
                    lines.append(f"# TYPE {family} {kind}")
                lines.append(f"dialai_{name} {values[name]:g}")
        return "\n".join(lines) + "\n"

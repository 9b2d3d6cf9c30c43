"""What a load run is to do and what its callers saw; sends nothing and measures nothing itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.simulator.load_line import LoadAction

LATENESS_LIMIT_MS = 5.0
"""A run whose generator was later than this (p99) does not count (performance.md, bench)."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How a measure is distributed, in milliseconds; all zero when there is none."""

    count: int
    p50: float
    p95: float
    p99: float
    worst: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """The nearest-rank percentiles."""
        if not values:
            return cls(0, 0.0, 0.0, 0.0, 0.0)
        ranked = sorted(values)

        def rank(share: float) -> float:
            return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 2)

        return cls(len(ranked), rank(0.5), rank(0.95), rank(0.99), round(ranked[-1], 2))


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """`callers` at once, for `seconds` after the last has dialled; those whose call ends dial again."""

    callers: int
    seconds: float
    actions: tuple[LoadAction, ...]
    flow: str = ""
    ramp_per_second: float = 20.0


@dataclass(slots=True)
class LoadReport:
    """What the callers saw. `steady_s` is the time that all were on the line."""

    callers: int = 0
    calls: int = 0
    ended_by_server: int = 0
    failed: list[str] = field(default_factory=list)
    steady_s: float = 0.0
    frames: int = 0
    messages: int = 0
    lateness: Spread = field(default_factory=lambda: Spread.of(()))
    key_to_audio: Spread = field(default_factory=lambda: Spread.of(()))
    key_to_clear: Spread = field(default_factory=lambda: Spread.of(()))
    voice_to_clear: Spread = field(default_factory=lambda: Spread.of(()))
    speech_end_to_audio: Spread = field(default_factory=lambda: Spread.of(()))
    underruns: Spread = field(default_factory=lambda: Spread.of(()))
    violations: list[str] = field(default_factory=list)

    @property
    def is_valid(self) -> bool:
        """Whether the generator itself kept time."""
        return self.lateness.p99 <= LATENESS_LIMIT_MS

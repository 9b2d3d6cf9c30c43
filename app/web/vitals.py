"""What an operator wants to know of the process itself, as plain values; knows nobody who measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.adapters.resilience.health import ProviderHealth


@dataclass(frozen=True, slots=True)
class Engine:
    """What hears, thinks or speaks, and why it is that."""

    does: str
    kind: str
    why: str


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable: its value as it may be shown, and whether somebody set it."""

    name: str
    value: str
    about: str
    is_set: bool


@dataclass(frozen=True, slots=True)
class Vitals:
    """The process at one moment. `gauges` are those of /metrics."""

    gauges: Mapping[str, float]
    most_calls: int
    engines: Sequence[Engine]
    providers: Sequence[ProviderHealth]
    settings: Sequence[Setting]
    versions: Mapping[str, str]
    problems: Sequence[str] = ()

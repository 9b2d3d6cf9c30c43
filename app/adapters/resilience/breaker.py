"""When a provider that keeps failing is left alone, and when it is tried again. Pure: time is an argument."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.call import Millis


class State(StrEnum):
    """Closed lets everything through, open nothing, half-open one request that finds out."""

    CLOSED = "closed"
    HALF_OPEN = "half_open"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """After `failures` in a row a provider rests for `rest_ms`, twice as long each time a probe fails.

    It never rests longer than `longest_ms`. Three failures are what nine seconds of callers' waiting cost.
    """

    failures: int = 3
    rest_ms: Millis = 10_000
    longest_ms: Millis = 60_000


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave for one request; `is_probe` when it decides whether the breaker closes."""

    is_probe: bool


class Breaker:
    """One provider's breaker. Each permit is settled once."""

    def __init__(self, rules: BreakerRules | None = None) -> None:
        self._rules = rules or BreakerRules()
        self._failures = 0
        self._opened_at: Millis | None = None
        self._rest_ms = self._rules.rest_ms
        self._is_probing = False

    def state(self, now: Millis) -> State:
        """Return the state at this time."""
        if self._opened_at is None:
            return State.CLOSED
        return State.HALF_OPEN if now >= self._opened_at + self._rest_ms else State.OPEN

    def ask(self, now: Millis) -> Permit | None:
        """Return leave for one request, or None while the provider rests or is being probed."""
        match self.state(now):
            case State.CLOSED:
                return Permit(is_probe=False)
            case State.HALF_OPEN if not self._is_probing:
                self._is_probing = True
                return Permit(is_probe=True)
            case _:
                return None

    def settle(self, permit: Permit, now: Millis, *, answered: bool | None) -> None:
        """Say whether the provider answered; None when the request was given up before one could tell."""
        if permit.is_probe:
            self._is_probing = False
        if answered:
            self._answered(permit)
        elif answered is False:
            self._failed(permit, now)

    def _answered(self, permit: Permit) -> None:
        # A late answer from before the breaker opened proves nothing about now.
        if permit.is_probe or self._opened_at is None:
            self._failures = 0
            self._opened_at = None
            self._rest_ms = self._rules.rest_ms

    def _failed(self, permit: Permit, now: Millis) -> None:
        if permit.is_probe:
            self._opened_at = now
            self._rest_ms = min(2 * self._rest_ms, self._rules.longest_ms)
        elif self._opened_at is None:
            self._failures += 1
            if self._failures >= self._rules.failures:
                self._opened_at = now

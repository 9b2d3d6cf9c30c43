"""How promptly this process works: the last values of a measure, and the event loop's own lateness.

Knows numbers only; nothing of calls.
"""

import asyncio
from collections import deque

KEPT = 1_000
"""Values remembered: the loop's lateness of the last 50 s."""

BEAT_S = 0.05
"""Twenty looks a second cost less than one frame of one call."""


class Recent:
    """The last values of one measure, oldest forgotten first."""

    __slots__ = ("_values",)

    def __init__(self, kept: int = KEPT) -> None:
        self._values: deque[float] = deque(maxlen=kept)

    def add(self, value: float) -> None:
        """Take one more value."""
        self._values.append(value)

    def percentile(self, share: float) -> float:
        """Return the nearest-rank percentile; 0 when there is no value. Costs a sort: for operators' eyes."""
        ranked = sorted(self._values)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else 0.0


class LoopPulse:
    """Measures, in milliseconds, how late the running loop calls what is due. `stop` it at the end."""

    def __init__(self) -> None:
        self.lag_ms = Recent()
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time() + BEAT_S
        self._timer = self._loop.call_at(self._due, self._beat)

    def _beat(self) -> None:
        now = self._loop.time()
        self.lag_ms.add(max(0.0, now - self._due) * 1_000)
        self._due = now + BEAT_S
        self._timer = self._loop.call_at(self._due, self._beat)

    def stop(self) -> None:
        """Measure no more."""
        self._timer.cancel()

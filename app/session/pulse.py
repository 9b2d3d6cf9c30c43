"""How promptly this process works: the last values of a measure, and the event loop's own lateness.

Knows numbers only; nothing of calls.
"""

import asyncio
from collections import deque

from app.session.clock import thread_seconds

KEPT = 1_000
"""Values remembered: the loop's lateness of the last 50 s."""

BEAT_S = 0.01
"""So close together that no hold of 20 ms falls between; a second of looks costs less than ten frames."""

BEATS_KEPT = 5
"""The worst of so many beats is one value."""


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
    """Measures, in milliseconds, how late the running loop calls what is due. `stop` it at the end.

    `lag_ms` has the worst of each twentieth of a second, `own_ms` how much of that the loop's thread worked
    itself at most: the rest it waited for the processor, or for another thread's hold of the interpreter.
    """

    def __init__(self) -> None:
        self.lag_ms = Recent()
        self.own_ms = Recent()
        self._loop = asyncio.get_running_loop()
        self._worst = self._worst_own = 0.0
        self._beats = 0
        self._worked = thread_seconds()
        self._due = self._loop.time() + BEAT_S
        self._timer = self._loop.call_at(self._due, self._beat)

    def _beat(self) -> None:
        now, worked = self._loop.time(), thread_seconds()
        late = max(0.0, now - self._due)
        self._worst = max(self._worst, late)
        self._worst_own = max(self._worst_own, min(late, worked - self._worked))
        self._beats += 1
        if self._beats % BEATS_KEPT == 0:
            self.lag_ms.add(self._worst * 1_000)
            self.own_ms.add(self._worst_own * 1_000)
            self._worst = self._worst_own = 0.0
        self._worked = worked
        self._due = now + BEAT_S
        self._timer = self._loop.call_at(self._due, self._beat)

    def stop(self) -> None:
        """Measure no more."""
        self._timer.cancel()

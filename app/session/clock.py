"""The one place that reads the system's clocks; everybody else is handed a time."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime

from app.domain.call import Millis


def utc_now() -> datetime:
    """Return the wall's time in UTC, for humans and for the log; never for durations."""
    return datetime.now(UTC)  # noqa: TID251 - the clock adapter


def _monotonic() -> float:
    return time.monotonic()  # noqa: TID251 - the clock adapter


def seconds() -> float:
    """Return monotonic seconds from an arbitrary start, finer than a Clock's; from any thread."""
    return _monotonic()


def thread_seconds() -> float:
    """Return the processor time that the calling thread has used: what others do does not count."""
    return time.thread_time()


def _nothing() -> None:
    return


class _Timer:
    """A callback that runs no earlier than asked: loops round to their own grain and may fire early."""

    __slots__ = ("_at", "_callback", "_handle")

    def __init__(self, at: Millis, callback: Callable[[], None]) -> None:
        self._at = at
        self._callback = callback
        self._handle: asyncio.TimerHandle | None = self._arm()

    def _arm(self) -> asyncio.TimerHandle:
        delay = max(0.0, self._at / 1000 - _monotonic())
        return asyncio.get_running_loop().call_later(delay, self._fire)

    def _fire(self) -> None:
        if _monotonic() * 1000 < self._at:
            self._handle = self._arm()
        else:
            self._handle = None  # it holds this timer: neither shall wait for the garbage collector
            self._callback()

    def cancel(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        self._callback = _nothing


class SystemClock:
    """The process's monotonic clock in whole milliseconds, with timers on the running loop."""

    def now(self) -> Millis:
        """Milliseconds since an arbitrary start; never goes back."""
        return int(_monotonic() * 1000)

    def call_at(self, at: Millis, callback: Callable[[], None]) -> _Timer:
        """Run `callback` on the running loop once `now() >= at`."""
        return _Timer(at, callback)

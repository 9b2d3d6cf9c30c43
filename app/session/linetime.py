"""The call's clock: line audio time on the process's clock. Knows offsets; knows no audio and no timers."""

from app.domain.call import Millis

WINDOW_MS = 30_000
"""Two windows of this length are searched for the smallest offset, so that slow drift is followed."""


class CallTime:
    """Counts a call's milliseconds from where its last leg left off; never goes back."""

    __slots__ = ("_last", "_zero")

    def __init__(self, now: Millis, begins_at: Millis = 0) -> None:
        self._zero = now - begins_at
        self._last = begins_at

    def at(self, now: Millis) -> Millis:
        """Return the call's time at the process's time `now`, never before a time returned earlier."""
        self._last = max(self._last, now - self._zero)
        return self._last

    def of(self, process_time: Millis) -> Millis:
        """Return the call's time of any moment, past or future, without moving the clock."""
        return process_time - self._zero

    def process_time(self, at: Millis) -> Millis:
        """Return the process's time at the call's time `at`."""
        return at + self._zero


class LineTime:
    """Maps media timestamps to the process's clock by the smallest offset seen (a minimum filter).

    The frame that travelled fastest shows the true offset; later frames only show jitter. A hole in the
    media moves the timestamps with it, so it does not bend time either.
    """

    __slots__ = ("_best", "_previous", "_window_ends")

    def __init__(self) -> None:
        self._best: Millis | None = None
        self._previous: Millis | None = None
        self._window_ends: Millis = 0

    def map(self, line_ms: Millis, now: Millis) -> Millis:
        """Return when the audio that ends at `line_ms` of the stream, here at `now`, was due; <= `now`."""
        offset = now - line_ms
        best = self._best
        if now >= self._window_ends:
            self._previous = best
            self._window_ends = now + WINDOW_MS
            best = self._best = offset
        elif best is None or offset < best:
            best = self._best = offset
        previous = self._previous
        return line_ms + (best if previous is None or best < previous else previous)

"""A call's one timer: strikes when the call's next deadline is due; knows nothing of what is then done."""

from collections.abc import Callable

from app.domain.call import Millis
from app.session.linetime import CallTime
from app.session.ports import Clock, Timer


class DeadlineTimer:
    """Armed anew after every fact. `due_at` tells the next deadline, `strike` is told the time then."""

    def __init__(
        self,
        due_at: Callable[[], Millis | None],
        clock: Clock,
        time: CallTime,
        strike: Callable[[Millis], None],
    ) -> None:
        self._due_at = due_at
        self._clock = clock
        self._time = time
        self._strike = strike
        self._timer: Timer | None = None
        self._armed_for: Millis = 0

    def arm(self) -> None:
        """Strike at the next deadline; without one, not at all."""
        due = self._due_at()
        if due is None:
            self.disarm()
        elif self._timer is None or due < self._armed_for:
            self.disarm()
            # A timer that is early enough is left alone: it looks again when it fires.
            self._armed_for = due
            self._timer = self._clock.call_at(self._time.process_time(due), self._on_timer)

    def disarm(self) -> None:
        """Strike no more until armed again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _on_timer(self) -> None:
        self._timer = None
        due = self._due_at()
        now = self._time.at(self._clock.now())
        if due is not None and due <= now:
            self._strike(now)
        else:
            self.arm()

import asyncio
import threading
import time
from collections.abc import Callable

from app.session.pulse import LoopPulse, Recent


def test_percentiles_are_of_the_last_values_only():
    recent = Recent(kept=100)
    assert recent.percentile(0.5) == 0.0
    for value in range(1_000):
        recent.add(value)
    assert (recent.percentile(0.0), recent.percentile(0.5), recent.percentile(1.0)) == (900, 950, 999)


class Told(Recent):
    """Says when a value came."""

    def __init__(self) -> None:
        super().__init__()
        self.event = asyncio.Event()

    def add(self, value: float) -> None:
        super().add(value)
        self.event.set()


def held_by(hold: Callable[[], object]) -> LoopPulse:
    """Measure a loop that is held up once; return when that is among the values."""

    async def main() -> LoopPulse:
        pulse = LoopPulse()
        hold()
        pulse.own_ms = told = Told()
        await told.event.wait()
        pulse.stop()
        return pulse

    return asyncio.run(main())


def work_for_80_ms() -> None:
    until = time.thread_time() + 0.08
    while time.thread_time() < until:
        pass


def test_a_loop_that_is_held_up_by_work_shows_it_as_its_own():
    pulse = held_by(work_for_80_ms)
    assert pulse.lag_ms.percentile(1.0) > 60
    assert pulse.own_ms.percentile(1.0) > 60


def test_a_loop_that_waits_for_the_processor_is_late_without_having_worked():
    pulse = held_by(lambda: threading.Event().wait(0.08))
    assert pulse.lag_ms.percentile(1.0) > 60
    assert pulse.own_ms.percentile(1.0) < 20

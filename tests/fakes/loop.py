"""An event loop whose time jumps to the next timer instead of waiting: session tests take no time."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any


class DeadlockError(Exception):
    """Nothing is ready and no timer is set: the test would wait for ever."""


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self.waits_for_threads = False

    def select(self, timeout=None):
        events = super().select(0)
        if events or timeout == 0:
            return events
        if timeout is None:
            if self.waits_for_threads:
                return super().select(None)
            raise DeadlockError
        self.seconds += timeout
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self.jumping = _JumpingSelector()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.seconds


class VirtualClock:
    """The Clock port on the running virtual loop, with `wait` for the test's own timeline."""

    def now(self) -> int:
        return round(asyncio.get_running_loop().time() * 1000)

    def call_at(self, at: int, callback: Callable[[], None]) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        return loop.call_at(at / 1000, callback)

    async def wait(self, ms: int) -> None:
        """Let `ms` of the loop's time pass; with 0, let what is ready run."""
        if ms == 0:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        due = loop.create_future()
        timer = loop.call_later(ms / 1000, due.set_result, None)
        try:
            await due
        finally:
            timer.cancel()


def run_virtual(main: Callable[[VirtualClock], Coroutine[Any, Any, Any]]) -> Any:
    """Run `main(clock)` to its end under virtual time; fail when it leaves a task behind."""

    async def guarded() -> Any:
        result = await main(VirtualClock())
        await asyncio.sleep(0)
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"tasks left behind: {left}"
        return result

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(guarded())

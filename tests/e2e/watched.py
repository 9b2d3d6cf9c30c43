"""`python -m tests.e2e.watched serve ...`: dialai, with each callback of its loop timed once it runs.

Counted is the processor time of the loop's own thread: what else the machine does makes no callback longer.
Those that took more than a few milliseconds are written to the file that WATCHED names, a line each: the
milliseconds and who it was.
"""

import asyncio
import os
import threading
import time
from asyncio.events import Handle
from pathlib import Path

import uvicorn.loops.auto

from app.cli import main
from app.session import pulse

WORTH_TELLING_MS = 5.0

_run_plainly = Handle._run


class Watch:
    """Writes down what held the loop."""

    def __init__(self, path: Path) -> None:
        self.is_on = False
        self._file = path.open("a", buffering=1)

    def run(self, handle: Handle) -> None:
        """Do as Handle does, and time it."""
        counts = self.is_on and threading.current_thread() is threading.main_thread()
        who = _who(handle) if counts else ""
        began = time.thread_time()
        _run_plainly(handle)
        took_ms = (time.thread_time() - began) * 1_000
        if counts and self.is_on and took_ms > WORTH_TELLING_MS:
            self._file.write(f"{took_ms:.1f} {who}\n")


def _who(handle: Handle) -> str:
    """Return whose callback it is; of a task, where it goes on."""
    task = getattr(handle._callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return repr(handle)
    frames = task.get_stack()
    return f"{task.get_coro()} at {frames[-1]}" if frames else repr(task)


class Pulse(pulse.LoopPulse):
    """The server's own: from its beginning to its end others wait for the loop."""

    def __init__(self) -> None:
        super().__init__()
        watch.is_on = True

    def stop(self) -> None:
        super().stop()
        watch.is_on = False


if __name__ == "__main__":
    watch = Watch(Path(os.environ["WATCHED"]))
    Handle._run = lambda handle: watch.run(handle)  # type: ignore[method-assign]  # noqa: PLW0108 - `self` is the handle
    pulse.LoopPulse = Pulse  # type: ignore[misc]
    # The loop of plain Python runs the same callbacks, and lets one look at each.
    uvicorn.loops.auto.auto_loop_factory = lambda: asyncio.SelectorEventLoop  # type: ignore[assignment]
    main()

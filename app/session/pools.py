"""Threads for what blocks: named, bounded in number and in queue, and measured; knows no work.

A pool is an ordinary executor, so `loop.run_in_executor(pool, work)` and `pool.submit(work)` both do.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import ParamSpec, TypeVar

from app.session.clock import seconds
from app.session.pulse import KEPT, Recent

P = ParamSpec("P")
T = TypeVar("T")

WINDOW_S = 60.0
"""The busy share is that of the last minute."""

QUEUE = 1_000
"""Work that may wait; what is behind a thousand others comes too late for any call."""


class PoolFullError(RuntimeError):
    """More work waits than the pool takes; the message names the pool."""


class Pool(ThreadPoolExecutor):
    """`size` threads named `name-0`, `name-1`, ..., started when first needed; `queue` more works may wait.

    `now` gives monotonic seconds. Safe to use and to read from any thread.
    """

    def __init__(
        self, name: str, size: int, *, queue: int = QUEUE, now: Callable[[], float] = seconds
    ) -> None:
        super().__init__(size, thread_name_prefix=name)
        self.name = name
        self.size = size
        self.wait_ms = Recent()
        self._room = size + queue
        self._now = now
        self._lock = Lock()
        self._waiting = 0
        self._running: dict[int, float] = {}
        self._worked: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self._began = now()
        self._count = 0

    @property
    def waiting(self) -> int:
        """How many works wait for a thread."""
        return self._waiting

    def submit(self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "Future[T]":
        """Queue the work. Raises PoolFullError, or RuntimeError once the pool is shut down."""
        with self._lock:
            if self._waiting + len(self._running) >= self._room:
                raise PoolFullError(f"too much work waits for the pool {self.name}")
            self._waiting += 1
            self._count += 1
            ticket = self._count
        queued_at = self._now()

        def measured() -> T:
            self._start(ticket, queued_at)
            try:
                return work(*args, **kwargs)
            finally:
                self._finish(ticket)

        try:
            future = super().submit(measured)
        except RuntimeError:
            self._leave_queue()
            raise
        future.add_done_callback(self._uncount_cancelled)
        return future

    def busy_share(self) -> float:
        """Return which part of the threads' last minute was work, from 0 to 1."""
        now = self._now()
        with self._lock:
            spans = [*self._worked, *((began, now) for began in self._running.values())]
            since = max(now - WINDOW_S, self._began)
            if len(self._worked) == KEPT:  # what was before the oldest that is remembered is not known
                since = max(since, self._worked[0][0])
        worked = sum(max(0.0, ended - max(began, since)) for began, ended in spans)
        return min(1.0, worked / ((now - since) * self.size)) if now > since else 0.0

    def gauges(self) -> dict[str, float]:
        """Return what /metrics shows of this pool, labelled with its name."""
        label = f'{{pool="{self.name}"}}'
        return {
            f"pool_threads{label}": float(self.size),
            f"pool_waiting{label}": float(self._waiting),
            f"pool_busy_share{label}": self.busy_share(),
            f"pool_wait_p50_ms{label}": self.wait_ms.percentile(0.5),
            f"pool_wait_p99_ms{label}": self.wait_ms.percentile(0.99),
        }

    def _start(self, ticket: int, queued_at: float) -> None:
        now = self._now()
        with self._lock:
            self._waiting -= 1
            self._running[ticket] = now
            self.wait_ms.add((now - queued_at) * 1_000)

    def _finish(self, ticket: int) -> None:
        now = self._now()
        with self._lock:
            self._worked.append((self._running.pop(ticket), now))

    def _uncount_cancelled(self, future: "Future[T]") -> None:
        if future.cancelled():
            self._leave_queue()

    def _leave_queue(self) -> None:
        with self._lock:
            self._waiting -= 1

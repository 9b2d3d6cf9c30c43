"""Work that may block or wait for long, in a loop of its own on a pool's thread; knows nothing of it."""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


async def run_apart(pool: Executor, work: Callable[[], Awaitable[T]], *, limit_s: float) -> T:
    """Return what the work gives. Raises TimeoutError `limit_s` after it began, and what the work raises.

    Cancelled, it cancels the work, so that the thread is free again: at its next await.
    """
    apart = _Work(work, limit_s)
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, apart.run)
    except asyncio.CancelledError:
        apart.stop()
        raise


class _Work(Generic[T]):
    """One piece of work, which its own thread runs and any thread may stop."""

    def __init__(self, work: Callable[[], Awaitable[T]], limit_s: float) -> None:
        self._work = work
        self._limit_s = limit_s
        self._lock = Lock()
        self._is_stopped = False
        self._cancel: Callable[[], object] | None = None

    def run(self) -> T:
        return asyncio.run(self._within_limit())

    def stop(self) -> None:
        with self._lock:
            self._is_stopped = True
            if self._cancel is not None:
                self._cancel()

    async def _within_limit(self) -> T:
        async with asyncio.timeout(self._limit_s):
            self._begin()
            try:
                return await self._work()
            finally:
                with self._lock:
                    self._cancel = None

    def _begin(self) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - a coroutine that runs is some task's
        with self._lock:
            if self._is_stopped:
                raise asyncio.CancelledError
            self._cancel = functools.partial(task.get_loop().call_soon_threadsafe, task.cancel)

"""The call log read from an event loop, in a small pool of its own; knows no query."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TextIO, TypeVar

import sqlalchemy as sa

from app.adapters.store.archive import CallArchive
from app.adapters.store.codec import Json
from app.adapters.store.errors import StoreError, one_line
from app.adapters.store.reader import CallPage, CallReader
from app.adapters.store.selection import Filter
from app.session.piped import piped
from app.session.pools import Pool, PoolFullError

_T = TypeVar("_T")


class AsyncCallReader:
    """The web's view of `CallReader`. Every method may raise StoreError; nothing sensitive is shown."""

    def __init__(self, reader: CallReader, archive: CallArchive | None = None, *, threads: int = 2) -> None:
        self._reader = reader
        self._archive = archive
        self.pool = Pool("call-log-reader", threads)
        # One more than one person may hold (app/web/downloads.py).
        self.export_pool = Pool("call-log-export", threads + 1)

    async def page(
        self, *, after: str | None, limit: int, flow: str | None, disposition: str | None
    ) -> CallPage:
        """Return up to `limit` calls behind the key `after`. Raises KeyError when no page has that key."""
        wanted = Filter(flow=flow, disposition=disposition)
        return await self._run(lambda: self._reader.page(wanted, after=after, limit=limit))

    async def call(self, call_id: str) -> Json | None:
        """Return one call with its answers and turns, or None."""
        return await self._run(lambda: self._reader.call(call_id))

    async def events(self, call_id: str) -> list[Json] | None:
        """Return the call's journal in order, or None when there is no such call."""
        return await self._run(lambda: self._reader.events(call_id))

    async def audio(self, call_id: str) -> Path | None:
        """Return the call's recording, or None when there is none."""
        return await self._run(lambda: self._reader.audio(call_id))

    async def do(self, work: Callable[[CallArchive], _T]) -> _T:
        """Return what `work` returns. Raises StoreError without an archive."""
        archive = self._archive
        if archive is None:
            raise StoreError("this call log is only read")
        return await self._run(lambda: work(archive))

    def written(self, write: Callable[[CallArchive, TextIO], object]) -> AsyncIterator[bytes]:
        """Yield what `write` writes, as it writes it; a thread is held until the stream is closed."""
        archive = self._archive
        if archive is None:
            raise StoreError("this call log is only read")
        return piped(self.export_pool, lambda out: write(archive, out))

    def close(self) -> None:
        """End the pools' threads and close the database."""
        self.pool.shutdown()
        self.export_pool.shutdown()
        self._reader.close()

    async def _run(self, work: Callable[[], _T]) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, work)
        except PoolFullError:
            raise StoreError("too many want to read the call log at once: try again in a moment") from None
        except sa.exc.DBAPIError as error:
            raise StoreError(one_line(error)) from None

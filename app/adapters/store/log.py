"""The call log that a live call writes to: the port `CallLog` on one writing and a few reading threads.

Knows the event loop's side (queues, timers, futures); the rows are the journal's business.
"""

import asyncio
import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from app.adapters.store import calls
from app.adapters.store.calls import OpenCall
from app.adapters.store.codec import JournalLine
from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError, one_line
from app.adapters.store.journal import Journal, QueuedLine, StreamKey
from app.adapters.store.rows import RowMaker
from app.adapters.store.sealing import Vault
from app.adapters.store.writer import Lines, Task, Writer
from app.domain.call import CallId, CallInfo, Disposition, Millis
from app.engine.actions import Order
from app.engine.events import Fact
from app.flows.model import Flow
from app.session.pools import Pool, PoolFullError
from app.session.ports import LogError, StoredCall
from app.session.pulse import Recent

FLUSH_AFTER_S = 0.2
"""How long a line that nobody waits for may stay off the disk."""

PATIENCE_S = 10.0
"""Who waits so long waits for a database that does not answer: SQLite gives up after half of it."""

RESUME_WINDOW = timedelta(seconds=60)
"""How long after its maximum duration an open call may still come back."""

_MAX_STREAMS = 50_000
"""Calls remembered by their last line; far more than live at once, since ended calls are among them."""

_T = TypeVar("_T")


class SqlCallLog:
    """The call log on SQLite or PostgreSQL. All methods belong to one event loop's thread.

    `wall` gives the present moment, aware. Takes the database over: `close` closes it.
    """

    def __init__(
        self, database: Database, vault: Vault, *, wall: Callable[[], datetime], owner: str = ""
    ) -> None:
        self._database = database
        self._maker = RowMaker(vault)
        self._wall = wall
        self._owner = owner
        self._writer = Writer(database, Journal(self._maker))
        self.pool = Pool("call-log-loader", 2)
        self._waiting: list[QueuedLine] = []
        self._last_stream: dict[CallId, StreamKey] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._waited_for: dict[Future[Any], float] = {}
        self.commit_ms = Recent()
        """How long the last commits took, as their callers saw it."""

    @property
    def is_stuck(self) -> bool:
        """Whether what was appended cannot be made durable just now; it is tried again until it can."""
        oldest = next(iter(self._waited_for.values()), math.inf)
        return bool(self._writer.trouble) or asyncio.get_running_loop().time() - oldest > PATIENCE_S

    async def open(self, info: CallInfo, flow: Flow) -> None:
        """Create the call with epoch 0 and freeze its flow. Raises LogError."""
        now = self._wall()
        await self.do(lambda connection: calls.create(connection, info, flow, now, self._owner))

    def append(
        self,
        call: CallId,
        *,
        epoch: int,
        seq: int,
        at: Millis,
        fact: Fact,
        orders: Sequence[Order],
        sensitive: bool,
    ) -> None:
        """Queue one journal line; on disk at the latest after 200 ms, or with the next commit of any call."""
        stream = StreamKey(call, epoch)
        self._last_stream.pop(call, None)
        self._last_stream[call] = stream
        if len(self._last_stream) > _MAX_STREAMS:
            del self._last_stream[next(iter(self._last_stream))]
        line = JournalLine(seq, at, epoch, fact, tuple(orders))
        self._waiting.append(QueuedLine(stream, line, sensitive, self._wall()))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_AFTER_S, self._flush)

    async def commit(self, call: CallId) -> None:
        """Return once every line appended so far for this call is durable. Raises LogError or StaleEpoch.

        The owner that is meant is the one whose line came last. Lines that could not be written are
        kept and tried again with the next ones; after StaleEpoch they are dropped.
        """
        stream = self._last_stream.get(call)
        if stream is not None:
            loop = asyncio.get_running_loop()
            began = loop.time()
            ack: Future[None] = _running()
            self._flush((stream, ack))
            await self._durable(ack)
            self.commit_ms.add((loop.time() - began) * 1_000)

    async def claim(self, carrier_sid: str, epoch: int) -> bool:
        """Compare-and-set the owner's epoch; False when somebody else was first or the call has ended."""
        return await self.do(lambda connection: calls.claim(connection, carrier_sid, epoch, self._owner))

    async def load(self, carrier_sid: str) -> StoredCall | None:
        """Return the call with its whole journal, or None. Raises LogError."""
        # What this process has queued is part of the journal.
        await self.do(lambda _: None)
        return await self._read(lambda connection: calls.load(connection, self._maker, carrier_sid))

    async def unfinished(self) -> tuple[str, ...]:
        """Return the carrier's names of all calls that have no disposition yet. Raises LogError."""
        return await self._read(calls.unfinished)

    async def finish(self, call: CallId, epoch: int, disposition: Disposition, cause: str) -> None:
        """Write the call's end, once; a second finish changes nothing. Raises LogError or StaleEpoch."""
        now = self._wall()
        await self.do(lambda connection: calls.finish(connection, call, epoch, disposition, cause, now))
        self._last_stream.pop(call, None)

    async def add_recording(self, call: CallId, path: str, *, kind: str = "call", slot: str = "") -> None:
        """Note where audio of this call lies, from the data directory; `kind` is `call` or `answer`."""
        now = self._wall()
        await self.do(lambda connection: calls.add_recording(connection, call, path, kind, slot, now))

    async def recover(self, *, window: timedelta = RESUME_WINDOW) -> tuple[OpenCall, ...]:
        """Return the calls without an end that may still come back; end the others as `interrupted`."""
        now = self._wall()
        return await self.do(lambda connection: calls.recover(connection, now, window))

    async def close(self) -> None:
        """Make everything durable, close the database and let the next server in."""
        self._flush()
        await asyncio.get_running_loop().run_in_executor(self.pool, self._writer.close)
        self.pool.shutdown()
        self._database.close()

    def _flush(self, *acks: tuple[StreamKey, "Future[None]"]) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting or acks:
            self._writer.put(Lines(self._waiting, acks))
            self._waiting = []

    async def do(self, work: Callable[[sa.Connection], _T]) -> _T:
        """Run `work` in the writer's thread behind all lines queued so far; return when it is durable.

        Raises LogError, and whatever of it `work` raises.
        """
        self._flush()
        done: Future[_T] = _running()
        self._writer.put(Task(work, done))
        return await self._durable(done)

    async def _durable(self, done: "Future[_T]") -> _T:
        """Return what the writer gives; how long it is waited for shows that the database answers."""
        self._waited_for[done] = asyncio.get_running_loop().time()
        try:
            return await asyncio.wrap_future(done)
        finally:
            del self._waited_for[done]

    async def _read(self, work: Callable[[sa.Connection], _T]) -> _T:
        def read() -> _T:
            with self._database.reading.connect() as connection, connection.begin():
                return work(connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, read)
        except (sa.exc.SQLAlchemyError, StoreError, PoolFullError, ValueError) as error:
            raise LogError(f"the call log could not be read: {one_line(error)}") from None


def _running() -> "Future[Any]":
    # A running future cannot be cancelled: who stops waiting must not trip the writer.
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


def open_call_log(url: str, data_dir: Path, *, wall: Callable[[], datetime], owner: str = "") -> SqlCallLog:
    """Lock, migrate and open the database; the key of sealed values lies in `data_dir`. Raises StoreError."""
    return SqlCallLog(Database.serve(url), Vault(data_dir / "secret.key"), wall=wall, owner=owner)

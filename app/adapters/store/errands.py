"""Keeps what flows ask for: the port `ErrandStore` on the call log's writing thread."""

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.adapters.store import callbacks, do_not_call, outbox, quotas
from app.adapters.store.log import SqlCallLog
from app.adapters.store.sealing import Vault
from app.domain.call import CallInfo
from app.domain.errands import ErrandResult, KeepCallback, OptOut, Post, ReserveQuota
from app.session.errand_ports import Letter
from app.session.ports import DialError, LogError


class SqlErrands:
    """On SQLite or PostgreSQL. Everything is durable when a method returns; all may raise LogError."""

    def __init__(self, log: SqlCallLog, vault: Vault, wall: Callable[[], datetime]) -> None:
        self._log = log
        self._vault = vault
        self._wall = wall

    async def keep(
        self, call: CallInfo, number: int, errand: ReserveQuota | OptOut | KeepCallback
    ) -> ErrandResult:
        """Keep it; the same number of a call is kept once."""
        now = self._wall()
        return await self._log.do(lambda connection: self._kept(connection, call, number, errand, now))

    async def put(self, call: CallInfo, number: int, post: Post) -> Letter | ErrandResult:
        """Keep a message and take it for sending, or return what came of it before."""
        now = self._wall()
        return await self._log.do(
            lambda connection: outbox.put(connection, self._vault, call.id, number, post, now)
        )

    async def take_due(self, most: int) -> list[Letter]:
        """Take up to `most` messages that are to be sent (again) now."""
        now = self._wall()
        return await self._log.do(lambda connection: outbox.take_due(connection, self._vault, now, most))

    async def settle(self, letter: Letter, result: ErrandResult, *, again_in_s: float | None) -> None:
        """Keep what came of a try; without `again_in_s` it was the last."""
        again_at = None if again_in_s is None else self._wall() + timedelta(seconds=again_in_s)
        await self._log.do(
            lambda connection: outbox.settle(connection, self._vault, letter, result, again_at)
        )

    async def is_barred(self, number: str) -> bool:
        """Whether this number must not be called. Raises DialError when nobody can tell."""
        party = do_not_call.plain(number) or number
        try:
            return await self._log.do(lambda connection: do_not_call.has(connection, self._vault, party))
        except LogError as error:
            raise DialError(f"the do-not-call list cannot be read: {error}") from None

    def _kept(
        self,
        connection: sa.Connection,
        call: CallInfo,
        number: int,
        errand: ReserveQuota | OptOut | KeepCallback,
        now: datetime,
    ) -> ErrandResult:
        match errand:
            case ReserveQuota():
                full = quotas.reserve(connection, call.id, errand, now)
                return ErrandResult(ok=not full, reason="full" if full else "")
            case OptOut():
                if (party := do_not_call.plain(call.party)) is not None:
                    do_not_call.add(connection, self._vault, party, source="caller", call=call.id, now=now)
                return ErrandResult(ok=True, reason="" if party else "unknown")
            case KeepCallback():  # pragma: no branch - mypy proves it is the last
                callbacks.keep(connection, self._vault, call, number, errand, now)
                return ErrandResult(ok=True)

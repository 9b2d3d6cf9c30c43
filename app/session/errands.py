"""Runs the errands of live calls, and sends what is to be sent again; knows no flow, no table and no wire."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from app.domain.call import CallInfo
from app.domain.errands import Errand, ErrandResult
from app.domain.errands import Post as Outgoing
from app.engine.events import ErrandDone
from app.session.errand_ports import ErrandStore, Letter, Poster
from app.session.ports import LogError, Post

MOST_TRIES: Final = 6
"""A message that was sent so often in vain is given up: the last try is a good hour after the first."""

FIRST_PAUSE_S: Final = 15.0
PAUSE_GROWS: Final = 3.0
"""Pauses between tries: 15 s, 45 s, 2 min, 7 min, 20 min and so on."""

MOST_AT_ONCE: Final = 20
"""Messages sent at once besides those that callers wait for."""

_UNAVAILABLE: Final = ErrandResult(ok=False, reason="unavailable")
_log = structlog.get_logger(__name__)


class NoErrands:
    """Stands where nothing can be run: no place is free, nothing is sent, nothing is kept."""

    def begin(self, call: CallInfo, number: int, errand: Errand, post: Post) -> None:  # noqa: ARG002
        """Say that it cannot be done."""
        post(ErrandDone(number, ok=False, reason="unavailable"))


class ErrandRunner:
    """Runs errands beside the calls: what a caller no longer waits for is done to its end all the same."""

    def __init__(self, store: ErrandStore, poster: Poster) -> None:
        self._store = store
        self._poster = poster
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def running(self) -> int:
        """How many errands are under way."""
        return len(self._tasks)

    def begin(self, call: CallInfo, number: int, errand: Errand, post: Post) -> None:
        """Run this errand of the call; posts one ErrandDone. Returns at once; never raises."""
        self._start(self._run(call, number, errand, post))

    async def send_due(self) -> None:
        """Send what is due again. Never raises."""
        try:
            due = await self._store.take_due(max(0, MOST_AT_ONCE - len(self._tasks)))
        except LogError as error:
            _log.error("outbox_not_read", reason=str(error))
            return
        for letter in due:
            self._start(self._again(letter))

    async def aclose(self) -> None:
        """Let go of what is under way; what was not taken yet is sent by the next process."""
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, call: CallInfo, number: int, errand: Errand, post: Post) -> None:
        result = _UNAVAILABLE
        try:
            if isinstance(errand, Outgoing):
                result = await self._post(call, number, errand)
            else:
                result = await self._store.keep(call, number, errand)
        except LogError as error:
            _log.error("errand_not_kept", call_id=call.id, errand=type(errand).__name__, reason=str(error))
        except Exception:  # noqa: BLE001 - the errand's task is the border: any fault of it is one fact
            _log.exception("errand_broke", call_id=call.id, errand=type(errand).__name__)
        post(ErrandDone(number, result.ok, result.reason, dict(result.values)))

    async def _post(self, call: CallInfo, number: int, outgoing: Outgoing) -> ErrandResult:
        kept = await self._store.put(call, number, outgoing)
        if isinstance(kept, ErrandResult):
            return kept
        if not outgoing.waits:
            self._start(self._again(kept))
            return ErrandResult(ok=True)
        return await self._sent(kept)

    async def _again(self, letter: Letter) -> None:
        try:
            await self._sent(letter)
        except LogError as error:
            _log.error("outbox_not_written", call_id=letter.call, reason=str(error))

    async def _sent(self, letter: Letter) -> ErrandResult:
        """Send it once and keep what came of it, before anybody is told."""
        result, may_help = await self._poster.send(letter)
        is_last = result.ok or not may_help or letter.tries >= MOST_TRIES
        pause = None if is_last else FIRST_PAUSE_S * PAUSE_GROWS ** (letter.tries - 1)
        await self._store.settle(letter, result, again_in_s=pause)
        if not result.ok:
            _log.warning(
                "webhook_failed" if is_last else "webhook_sent_again_later",
                call_id=letter.call,
                errand=letter.number,
                reason=result.reason,
                tries=letter.tries,
            )
        return result

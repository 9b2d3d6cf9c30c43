"""How patiently a stream of Transcribe is asked for: deadlines, attempts and the pauses between them.

Knows a transport and a clock; what a stream is for is its call's business.
"""

import asyncio
from dataclasses import dataclass

import structlog

from app.adapters.aws.transcribe_wire import Setup, Stream, TranscribeError, Transport
from app.domain.call import Millis
from app.session.ports import Clock

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """Times and counts of a call's stream.

    `keep_alive_ms`: AWS ends a stream that got no audio for 15 s, so after a third of that it gets
    silence. `attempts` to connect are made in a row, `pause_ms` and then twice as long between them; a
    call's stream is reopened `reopenings` times at most.
    """

    connect_ms: Millis = 3_000
    keep_alive_ms: Millis = 5_000
    replay_ms: Millis = 1_000
    backlog_ms: Millis = 5_000
    attempts: int = 3
    pause_ms: Millis = 200
    reopenings: int = 6


class Opener:
    """Opens one call's streams."""

    def __init__(self, transport: Transport, clock: Clock, limits: Limits) -> None:
        self._transport = transport
        self._clock = clock
        self._limits = limits

    async def open(self, setup: Setup, *, hold_ms: Millis = 0) -> Stream:
        """Return a stream, after `hold_ms` and as many attempts as are worth it. Raises TranscribeError."""
        if hold_ms:
            await self._pause(hold_ms)
        pause = self._limits.pause_ms
        for attempt in range(1, self._limits.attempts):
            try:
                return await self._attempt(setup)
            except TranscribeError as error:
                _log.warning("transcriber_not_reached", cause=error.cause, attempt=attempt)
                if not error.is_passing:
                    raise
                await self._pause(pause)
                pause *= 2
        return await self._attempt(setup)

    async def _attempt(self, setup: Setup) -> Stream:
        try:
            async with asyncio.timeout(None) as limit:
                now = asyncio.get_running_loop().time
                due = self._clock.now() + self._limits.connect_ms
                timer = self._clock.call_at(due, lambda: limit.reschedule(now()))
                try:
                    return await self._transport.open(setup)
                finally:
                    timer.cancel()
        except TimeoutError:
            # The caller has waited long enough: whether a further attempt helps, the next turn shows.
            raise TranscribeError("no answer in time", reason="timeout", is_passing=False) from None

    async def _pause(self, ms: Millis) -> None:
        over = asyncio.Event()
        timer = self._clock.call_at(self._clock.now() + ms, over.set)
        try:
            await over.wait()
        finally:
            timer.cancel()

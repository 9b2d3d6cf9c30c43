"""How patiently a stream of Transcribe is asked for: deadlines, attempts and the pauses between them.

Knows a transport and a clock; what a stream is for is its call's business.
"""

import asyncio
from dataclasses import dataclass
from typing import Protocol

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


class Attempt(Protocol):
    """One opening under way; it is settled by exactly one of `answered`, `failed` and `given_up`."""

    def first(self) -> None:
        """Take that the stream is open."""
        ...

    def answered(self) -> None:
        """Take that all is well."""
        ...

    def failed(self, reason: str) -> None:
        """Take how it failed: timeout, error, denied (us), refused, busy (all our streams are in use)."""
        ...

    def given_up(self) -> None:
        """Take that nobody wants the stream any more."""
        ...


class Guard(Protocol):
    """What all calls together know of Transcribe, so that none waits for what the one before found dead."""

    def begin(self) -> Attempt | None:
        """Begin an opening, or return None: Transcribe is to be left alone for a while."""
        ...

    def note(self, event: str) -> None:
        """Count something else that happened, by its word; it decides nothing."""
        ...


class Opener:
    """Opens one call's streams; without a `guard` it always tries."""

    def __init__(
        self, transport: Transport, clock: Clock, limits: Limits, guard: Guard | None = None
    ) -> None:
        self._transport = transport
        self._guard = guard
        self._clock = clock
        self._limits = limits

    async def open(self, setup: Setup, *, hold_ms: Millis = 0) -> Stream:
        """Return a stream, after `hold_ms` and as many attempts as are worth it. Raises TranscribeError.

        While Transcribe is to be left alone, that is at once.
        """
        if hold_ms:
            await self._pause(hold_ms)
        if self._guard is None:
            return await self._open(setup)
        attempt = self._guard.begin()
        if attempt is None:
            raise TranscribeError("left alone for a while: it kept failing", reason="unavailable")
        try:
            stream = await self._open(setup)
        except TranscribeError as error:
            attempt.failed(_word(error))
            raise
        except BaseException:
            attempt.given_up()
            raise
        attempt.first()
        attempt.answered()
        return stream

    async def _open(self, setup: Setup) -> Stream:
        pause = self._limits.pause_ms
        for attempt in range(1, self._limits.attempts):
            try:
                return await self._attempt(setup)
            except TranscribeError as error:
                _log.warning("transcriber_not_reached", cause=error.cause, attempt=attempt)
                if not error.is_passing:
                    raise
                self._note("retried")
                await self._pause(pause)
                pause *= 2
        return await self._attempt(setup)

    def _note(self, event: str) -> None:
        if self._guard is not None:
            self._guard.note(event)

    async def _attempt(self, setup: Setup) -> Stream:
        try:
            async with asyncio.timeout(None) as limit:
                now = asyncio.get_running_loop().time
                due = self._clock.now() + self._limits.connect_ms
                timer = self._clock.call_at(due, lambda: limit.reschedule(now()))
                try:
                    return await self._transport.open(setup)
                except (TranscribeError, TimeoutError):
                    raise
                except Exception as error:  # noqa: BLE001 - a client's library may raise anything; it counts
                    # Its words may hold a signed address.
                    _log.error("transcriber_broke", error=type(error).__name__)
                    raise TranscribeError(f"it broke: {type(error).__name__}") from None
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


def _word(error: TranscribeError) -> str:
    if error.is_quota:
        return "busy"
    if error.is_denied:
        return "denied"
    return "error" if error.is_passing else error.reason if error.reason == "timeout" else "refused"

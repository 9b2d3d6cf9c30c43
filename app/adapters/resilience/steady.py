"""One request over several providers: deadlines, one retry, the next candidate; knows no service's words.

Nothing is asked twice once something of the answer was handed on: what the caller heard is not taken back.
An empty piece hands nothing on; it tells that an answer has begun, and the next piece has its own time.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import structlog

from app.adapters.resilience.health import Attempt, Health, Provider
from app.domain.call import Millis
from app.engine.events import ProviderReported
from app.session.ports import Clock, Report, ResponderError, SynthesisError

C = TypeVar("C")
T = TypeVar("T")

_AT_ONCE: Final = frozenset(("unavailable", "error"))
"""Failures that a second request of the same provider often does not meet: a connection had gone stale."""

_log = structlog.get_logger(__name__)

_LATER: Final = frozenset(("throttled", "garbled"))
"""Failures for which another provider is the better second try, if there is one."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a caller is let wait.

    `first_ms`: for the first of one answer; `patience_ms`: for the first of any, all tries together, and
    `whole_ms` for what can be handed on, where an answer told that it has begun. Of either, each later
    candidate is left `least_ms` and the last one `last_ms`, all of them half at most. `idle_ms`: between two
    pieces; `total_ms`: for all pieces. A throttled provider is asked again after `backoff_ms`.
    """

    first_ms: Millis = 3_000
    patience_ms: Millis = 6_000
    whole_ms: Millis = 6_000
    least_ms: Millis = 1_000
    last_ms: Millis = 1_000
    idle_ms: Millis = 4_000
    total_ms: Millis = 20_000
    backoff_ms: Millis = 250


class FailedError(Exception):
    """No provider brought the answer, or the one that began it broke off; the reason is that of the last."""

    def __init__(self, reason: str, cause: str) -> None:
        super().__init__(cause)
        self.reason = reason


class Steady(Generic[C]):
    """Asks candidates, each with its name, in their order of preference."""

    def __init__(
        self, service: str, candidates: Sequence[tuple[str, C]], clock: Clock, health: Health, limits: Limits
    ) -> None:
        if not candidates:
            raise ValueError(f"no candidate for {service}")
        self._service = service
        self._candidates = [(health.provider(service, name), candidate) for name, candidate in candidates]
        self._clock = clock
        self._limits = limits

    async def stream(self, begin: Callable[[C], AsyncIterator[T]], report: Report) -> AsyncGenerator[T, None]:
        """Yield the first answer of which something is handed on, and of each that one has begun.

        Raises FailedError; left early, it closes the answer.
        """
        tries = self._tries("stream", report, self._limits.patience_ms)
        while (one := await tries.next()) is not None:
            has_begun = handed_on = False
            try:
                async with contextlib.aclosing(self._pieces(begin, one, tries)) as pieces:
                    async for piece in pieces:
                        tries.served(one)
                        handed_on = handed_on or bool(piece)
                        if piece or not has_begun:
                            yield piece
                        has_begun = True
            except FailedError as error:
                tries.failed(one, error, is_over=handed_on)
            except BaseException:
                one.attempt.given_up()
                raise
            else:
                one.attempt.answered()
                return
        raise tries.failure()

    async def once(
        self,
        ask: Callable[[C], Awaitable[T]],
        report: Report,
        patience_ms: Millis,
        *,
        is_beside: bool = False,
    ) -> T:
        """Return the first answer, within this time for all tries together. Raises FailedError.

        `is_beside`: another request serves the caller meanwhile, and the log is to name whom that one names.
        """
        tries = self._tries("once", report, patience_ms)
        while (one := await tries.next()) is not None:
            try:
                answer = await _within(one.limit_ms, ask(one.candidate))
            except FailedError as error:
                tries.failed(one, error, is_over=False)
            except BaseException:
                one.attempt.given_up()
                raise
            else:
                one.attempt.first()
                one.attempt.answered()
                if not is_beside:
                    tries.served(one)
                return answer
        raise tries.failure()

    def _tries(self, operation: str, report: Report, patience_ms: Millis) -> "_Tries[C]":
        told = _Telling(self._service, operation, report)
        return _Tries(self._candidates, self._clock, told, patience_ms, self._limits)

    async def _pieces(
        self, begin: Callable[[C], AsyncIterator[T]], one: "_Try[C]", tries: "_Tries[C]"
    ) -> AsyncGenerator[T, None]:
        """Yield the pieces, each in its time; how long the taker takes over them does not count."""
        limits, waited = self._limits, 0
        limit = min(one.limit_ms, limits.first_ms)
        pieces = begin(one.candidate)
        try:
            while True:
                asked = self._clock.now()
                piece = await _within(limit, anext(pieces, None))
                if piece is None:
                    return
                waited += self._clock.now() - asked
                one.attempt.first()
                if not piece:
                    tries.has_begun(limits.whole_ms)
                yield piece
                limit = min(limits.idle_ms if piece else tries.share(), limits.total_ms - waited)
        finally:
            await _close(pieces)


@dataclass(frozen=True, slots=True)
class _Try(Generic[C]):
    provider: Provider
    candidate: C
    attempt: Attempt
    limit_ms: Millis


@dataclass(frozen=True, slots=True)
class _Telling:
    """Tells a call's log what happened to its request; `operation` is what is asked of the service."""

    service: str
    operation: str
    report: Report

    def say(self, event: str, detail: str) -> None:
        self.report(ProviderReported(self.service, event, detail))


class _Tries(Generic[C]):
    """Which provider is asked next, and why."""

    def __init__(
        self,
        candidates: Sequence[tuple[Provider, C]],
        clock: Clock,
        told: _Telling,
        patience_ms: Millis,
        limits: Limits,
    ) -> None:
        self._candidates = candidates
        self._clock = clock
        self._told = told
        self._asked_at = clock.now()
        self._until = self._asked_at + patience_ms
        self._limits = limits
        self._index = 0
        self._is_retry = False
        self._because = ""
        self._failure: FailedError | None = None
        self._serving = ""

    async def next(self) -> _Try[C] | None:
        """Return the next try, after a pause where one is due; None when there is none."""
        if self._is_retry and self._failure is not None and self._failure.reason == "throttled":
            await _pause(self._clock, min(self._clock.now() + self._limits.backoff_ms, self._until))
        while self._index < len(self._candidates):
            if self._until <= self._clock.now():
                break
            provider, candidate = self._candidates[self._index]
            attempt = provider.begin(self._told.operation)
            if attempt is not None:
                self._tell(provider)
                return _Try(provider, candidate, attempt, self.share())
            self._because = self._because or f"{provider.name}: resting"
            self._index += 1
            self._is_retry = False
        return None

    def share(self) -> Millis:
        """Return how much of the time left this try may take: those after it must not come too late."""
        left = max(0, self._until - self._clock.now())
        later = len(self._candidates) - self._index - 1
        if not later:
            return left
        return left - min((later - 1) * self._limits.least_ms + self._limits.last_ms, left // 2)

    def has_begun(self, whole_ms: Millis) -> None:
        """Take that an answer has begun: whoever waits for it waits until there is something of it."""
        self._until = max(self._until, self._asked_at + whole_ms)

    def failed(self, one: _Try[C], error: FailedError, *, is_over: bool) -> None:
        """Take that a try failed; `is_over` when something of its answer was handed on already."""
        one.attempt.failed(error.reason)
        self._failure = error
        self._because = f"{one.provider.name}: {error.reason}"
        is_last = self._index == len(self._candidates) - 1
        again = error.reason in _AT_ONCE or (is_last and error.reason in _LATER)
        if is_over:
            self._index = len(self._candidates)
        elif again and not self._is_retry:
            self._is_retry = True
        else:
            self._index += 1
            self._is_retry = False

    def served(self, one: _Try[C]) -> None:
        """Tell whose answer this is, where that was not told yet."""
        if one.provider.name != self._serving:
            self._serving = one.provider.name
            self._told.say("served", self._serving)

    def failure(self) -> FailedError:
        """Return, and tell, why there is no answer."""
        failure = self._failure or FailedError("unavailable", "every provider is left alone for a while")
        self._told.say("refused" if failure.reason in {"refused", "denied"} else "failed", self._because)
        return failure

    def _tell(self, provider: Provider) -> None:
        if self._is_retry:
            provider.counts["retried"] += 1
            self._told.say("retried", self._because)
        elif self._because:
            provider.counts["stood_in"] += 1
            self._told.say("fell_back", f"{provider.name} for {self._because}")


async def _within(ms: Millis, work: Awaitable[T]) -> T:
    """Return what the work brings in this time. Raises FailedError for whatever a provider's port raises."""
    try:
        async with asyncio.timeout(ms / 1_000):
            return await work
    except TimeoutError:
        raise FailedError("timeout", f"no answer within {ms} ms") from None
    except ResponderError as error:
        raise FailedError(str(error), str(error)) from error
    except SynthesisError as error:
        raise FailedError(error.reason, str(error)) from error
    except FailedError:
        raise
    except Exception as error:  # noqa: BLE001 - a provider's library may raise anything; the next one is asked
        # Its words may hold what a caller said, or how a request was signed.
        _log.error("provider_broke", error=type(error).__name__)
        raise FailedError("error", f"it broke: {type(error).__name__}") from None


async def _close(pieces: AsyncIterator[T]) -> None:
    if isinstance(pieces, AsyncGenerator):
        await pieces.aclose()


async def _pause(clock: Clock, until: Millis) -> None:
    reached = asyncio.get_running_loop().create_future()
    timer = clock.call_at(until, lambda: None if reached.done() else reached.set_result(None))
    try:
        await reached
    finally:
        timer.cancel()

"""How fast a provider may be asked: so many requests a second and at once, calls' before all others'.

Knows what an account allows and who waits; knows no request.
"""

import asyncio
import contextlib
import math
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Hashable
from dataclasses import dataclass

from app.domain.call import Millis
from app.session.ports import Clock, Timer


@dataclass(frozen=True, slots=True)
class PaceRules:
    """`per_second` requests begin on the average, `burst` at once after a rest; `at_once` run together.

    A call's request waits `patience_ms` at most. The defaults are what AWS allows an account for Polly's
    neural voices: 8 SynthesizeSpeech requests a second, ten in a burst, so two beyond the second's eight
    (docs.aws.amazon.com/polly/latest/dg/limits.html).
    """

    per_second: float = 8.0
    burst: int = 2
    at_once: int = 8
    patience_ms: Millis = 1_000


class OutOfTurnError(Exception):
    """A call's request waited too long for its turn; the provider was not asked."""


class Pace:
    """Gives turns. Those for calls go first, in the order they came; what is made ahead takes the rest."""

    def __init__(self, clock: Clock, rules: PaceRules | None = None) -> None:
        self._clock = clock
        self._rules = rules or PaceRules()
        self._calls: deque[asyncio.Future[None]] = deque()
        self._ahead: OrderedDict[Hashable, asyncio.Future[None]] = OrderedDict()
        self._running = 0
        self._tokens = float(self._rules.burst)
        self._counted_at = clock.now()
        self._timer: Timer | None = None

    @contextlib.asynccontextmanager
    async def turn(self, *, ahead: Hashable | None = None) -> AsyncIterator[None]:
        """Wait for a turn and hold it; `ahead` names what is made ahead of calls, each a name of its own.

        Raises OutOfTurnError, but not for what is made ahead unless it is hurried.
        """
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if ahead is None:
            self._queue(turn)
        else:
            self._ahead[ahead] = turn
            self._serve()
        await self._taken(turn, ahead)
        try:
            yield
        finally:
            self._leave()

    def hurry(self, ahead: Hashable) -> None:
        """Let who waits under this name go as calls do, behind those that wait already."""
        if (turn := self._ahead.pop(ahead, None)) is not None:
            self._queue(turn)

    def owe(self) -> None:
        """Count one more request within a turn: a second try waits for nobody, those after it do."""
        self._count()
        self._tokens -= 1

    def _queue(self, turn: asyncio.Future[None]) -> None:
        """Queue up with the calls, for as long as a call waits."""
        self._calls.append(turn)
        self._serve()
        if not turn.done():
            patience_ms = self._rules.patience_ms
            timer = self._clock.call_at(self._clock.now() + patience_ms, lambda: _refuse(turn, patience_ms))
            turn.add_done_callback(lambda _: timer.cancel())

    async def _taken(self, turn: asyncio.Future[None], ahead: Hashable | None) -> None:
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._tokens += 1  # nobody was asked
                self._leave()
            raise
        finally:
            if turn in self._calls:
                self._calls.remove(turn)
            elif self._ahead.get(ahead) is turn:
                del self._ahead[ahead]

    def _leave(self) -> None:
        self._running -= 1
        self._serve()

    def _serve(self) -> None:
        """Give all turns that are due, and come back when the next one is."""
        self._count()
        while self._running < self._rules.at_once and (self._calls or self._ahead):
            if self._tokens < 1:
                self._come_back()
                return
            turn = self._calls.popleft() if self._calls else self._ahead.popitem(last=False)[1]
            if not turn.done():
                self._tokens -= 1
                self._running += 1
                turn.set_result(None)

    def _count(self) -> None:
        now = self._clock.now()
        earned = (now - self._counted_at) * self._rules.per_second / 1_000
        self._tokens = min(float(self._rules.burst), self._tokens + earned)
        self._counted_at = now

    def _come_back(self) -> None:
        if self._timer is None:
            wait_ms = math.ceil((1 - self._tokens) * 1_000 / self._rules.per_second)
            self._timer = self._clock.call_at(self._clock.now() + wait_ms, self._due)

    def _due(self) -> None:
        self._timer = None
        self._serve()


def _refuse(turn: asyncio.Future[None], waited_ms: Millis) -> None:
    if not turn.done():
        turn.set_exception(OutOfTurnError(f"too many requests at once: no turn within {waited_ms} ms"))

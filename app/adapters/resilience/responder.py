"""Models that answer in time or say that they do not: several behind one Responder."""

import contextlib
from collections.abc import AsyncIterator, Sequence

from app.adapters.resilience.health import Health
from app.adapters.resilience.steady import FailedError, Limits, Steady
from app.domain.call import Millis
from app.domain.conversation import Conversation, Extraction, Guess, Inquiry
from app.session.ports import Clock, Report, Responder, ResponderError


class SteadyResponder:
    """Implements Responder over named candidates in their order of preference.

    An extraction has `extract_ms` and an interpretation `interpret_ms`, all tries together.
    """

    def __init__(
        self,
        candidates: Sequence[tuple[str, Responder]],
        clock: Clock,
        *,
        health: Health | None = None,
        limits: Limits | None = None,
        extract_ms: Millis = 8_000,
        interpret_ms: Millis = 2_000,
    ) -> None:
        self.health = health or Health(clock)
        self._steady = Steady("llm", candidates, clock, self.health, limits or Limits())
        self._extract_ms = extract_ms
        self._interpret_ms = interpret_ms

    async def reply(self, conversation: Conversation, report: Report) -> AsyncIterator[str]:
        """Yield one model's words. Raises ResponderError, also in the middle: words are not taken back."""
        pieces = self._steady.stream(lambda model: model.reply(conversation, report), report)
        try:
            async with contextlib.aclosing(pieces):
                async for piece in pieces:
                    yield piece
        except FailedError as error:
            raise ResponderError(error.reason) from error

    async def extract(self, conversation: Conversation, report: Report) -> Extraction:
        """Return the first model's findings that come in time."""
        try:
            return await self._steady.once(
                lambda model: model.extract(conversation, report), report, self._extract_ms
            )
        except FailedError as error:
            raise ResponderError(error.reason) from error

    async def interpret(self, inquiry: Inquiry, report: Report) -> Guess:
        """Return the first model's guess that comes in time."""
        try:
            return await self._steady.once(
                lambda model: model.interpret(inquiry, report), report, self._interpret_ms
            )
        except FailedError as error:
            raise ResponderError(error.reason) from error

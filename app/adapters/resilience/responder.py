"""Models that answer in time or say that they do not: several behind one Responder."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from app.adapters.resilience.health import Health
from app.adapters.resilience.steady import FailedError, Limits, Steady
from app.domain.call import Millis
from app.domain.conversation import Conversation, Extraction, Guess, Inquiry
from app.flows.sentences import take_sentences
from app.session.ports import Clock, Report, Responder, ResponderError


class SteadyResponder:
    """Implements Responder over named candidates in their order of preference.

    A reply's text is held back until its first sentence is whole, since nothing is spoken before: until then
    another model can take its place. An extraction has `extract_ms` and an interpretation `interpret_ms`, all
    tries together.
    """

    def __init__(
        self,
        candidates: Sequence[tuple[str, Responder]],
        clock: Clock,
        *,
        health: Health | None = None,
        limits: Limits | None = None,
        extract_ms: Millis = 2_800,
        interpret_ms: Millis = 1_800,
    ) -> None:
        self.health = health or Health(clock)
        self._steady = Steady("llm", candidates, clock, self.health, limits or Limits())
        self._extract_ms = extract_ms
        self._interpret_ms = interpret_ms

    async def reply(self, conversation: Conversation, report: Report) -> AsyncIterator[str]:
        """Yield nothing at each model's first word, then one's words from its first whole sentence on.

        Raises ResponderError, also in the middle: words are not taken back.
        """
        pieces = self._steady.stream(lambda model: _held(model.reply(conversation, report)), report)
        try:
            async with contextlib.aclosing(pieces):
                async for piece in pieces:
                    yield piece
        except FailedError as error:
            raise ResponderError(error.reason) from error

    async def extract(self, conversation: Conversation, report: Report) -> Extraction:
        """Return the first model's findings that come in time; who brought them is not told as who speaks."""
        try:
            return await self._steady.once(
                lambda model: model.extract(conversation, report), report, self._extract_ms, is_beside=True
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


async def _held(pieces: AsyncIterator[str]) -> AsyncGenerator[str, None]:
    """Yield an empty piece at the first word, the text once a sentence of it is whole, then what comes."""
    held, is_held = "", True
    try:
        async for piece in pieces:
            if not is_held:
                yield piece
                continue
            if piece and not held:
                yield ""
            held += piece
            if take_sentences(held)[0]:
                is_held = False
                yield held
        if is_held and held:
            yield held
    finally:
        if isinstance(pieces, AsyncGenerator):
            await pieces.aclose()

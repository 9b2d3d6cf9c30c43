"""A model of fixed speed and almost no cost, for load tests: what it takes is known, so the rest is ours."""

import asyncio
from collections.abc import AsyncIterator
from itertools import cycle, islice
from typing import Final

from app.domain.call import Millis
from app.domain.conversation import Conversation, Extraction, Guess, Inquiry
from app.session.ports import Clock, Report

_WORDS: Final = ("I", "see.", "Thank", "you.", "Please", "go", "on,", "I", "am", "listening.")


class TimedResponder:
    """Implements Responder: the same reply of `tokens` words, after `first_ms`, so many a second.

    It finds nothing in a conversation and takes no words for any value, at once.
    """

    def __init__(
        self, clock: Clock, *, first_ms: Millis = 300, tokens_per_second: int = 50, tokens: int = 40
    ) -> None:
        self._clock = clock
        self._first_ms = first_ms
        self._pace = tokens_per_second
        self._tokens = tokens

    async def reply(self, conversation: Conversation, report: Report) -> AsyncIterator[str]:  # noqa: ARG002 - the port's
        """Yield a word at a time, each when its time has come. Safe to cancel."""
        begins = self._clock.now() + self._first_ms
        for n, word in enumerate(islice(cycle(_WORDS), self._tokens)):
            await self._until(begins + n * 1_000 // self._pace)
            yield f"{word} "

    async def extract(self, conversation: Conversation, report: Report) -> Extraction:  # noqa: ARG002 - the port's
        """Find nothing."""
        return Extraction()

    async def interpret(self, inquiry: Inquiry, report: Report) -> Guess:  # noqa: ARG002 - the port's
        """Take the words for nothing."""
        return Guess(None)

    async def _until(self, due: Millis) -> None:
        reached = asyncio.get_running_loop().create_future()
        timer = self._clock.call_at(due, lambda: None if reached.done() else reached.set_result(None))
        try:
            await reached
        finally:
            timer.cancel()

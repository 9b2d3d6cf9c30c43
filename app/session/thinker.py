"""A model's work for one call: carries questions to the responder and its words back as facts.

Cuts a reply into sentences as it comes; its first piece, even an empty one, tells that it has begun, and so
does an empty one of another model before a word was said. Knows no conversation and decides nothing; a
failure is a fact.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, cast

import structlog

from app.domain.conversation import Conversation, Extraction, Guess, Inquiry
from app.engine.actions import Ask, Extract, Interpret
from app.engine.events import (
    Extracted,
    Interpreted,
    ReplyEnded,
    ReplySentence,
    ReplyStarted,
    ResponderFailed,
)
from app.flows.sentences import take_sentences
from app.session.ports import Post, Report, Responder, ResponderError

_log = structlog.get_logger(__name__)


class NoResponder:
    """Stands where there is no model: holds no conversation and finds no meaning."""

    async def reply(self, conversation: Conversation, report: Report) -> AsyncIterator[str]:  # noqa: ARG002
        """Say nothing."""
        raise ResponderError("unavailable")
        yield ""

    async def extract(self, conversation: Conversation, report: Report) -> Extraction:  # noqa: ARG002
        """Find nothing."""
        return Extraction()

    async def interpret(self, inquiry: Inquiry, report: Report) -> Guess:  # noqa: ARG002
        """Take the words for nothing."""
        return Guess(None)


class Thinker:
    """Works on several orders at once, each known by its number; `stop` ends one at its source."""

    def __init__(self, responder: Responder, post: Post) -> None:
        self._responder = responder
        self._post = post
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def take(self, order: Ask | Extract | Interpret) -> None:
        """Begin the work. Returns at once."""
        task = asyncio.get_running_loop().create_task(self._guarded(order))
        self._tasks[order.ask] = task
        task.add_done_callback(lambda _: self._tasks.pop(order.ask, None))

    def stop(self, ask: int) -> None:
        """End this work; nothing more is posted for it. A number that is over changes nothing."""
        task = self._tasks.get(ask)
        if task is not None:
            task.cancel()

    def close(self) -> None:
        """End all work; posts nothing more."""
        for task in self._tasks.values():
            task.cancel()

    async def closed(self) -> None:
        """Wait until the work that `close` ended is gone."""
        if self._tasks:
            await asyncio.wait(tuple(self._tasks.values()))

    async def _work(self, order: Ask | Extract | Interpret) -> None:
        match order:
            case Ask():
                await self._reply(order)
            case Extract():
                found = await self._responder.extract(order.conversation, self._post)
                self._post(Extracted(order.ask, dict(found.values), found.exit))
            case Interpret():
                guess = await self._responder.interpret(order.inquiry, self._post)
                self._post(Interpreted(order.ask, guess.value, guess.confidence))

    async def _guarded(self, order: Ask | Extract | Interpret) -> None:
        try:
            await self._work(order)
        except ResponderError as error:
            self._post(ResponderFailed(order.ask, str(error)))
        except Exception:  # noqa: BLE001 - the provider's task is the border: any fault of it is one fact
            _log.exception("responder_broke", ask=order.ask)
            self._post(ResponderFailed(order.ask, "error"))

    async def _reply(self, order: Ask) -> None:
        spoken, has_begun = 0, False
        rest = ""
        # The port's iterator is a generator: closing it is what stops the tokens at their source.
        pieces = cast("Any", self._responder.reply(order.conversation, self._post))
        async with aclosing(pieces):
            async for piece in pieces:
                if not has_begun or not (piece or rest or spoken):
                    has_begun = True
                    self._post(ReplyStarted(order.ask))
                rest += piece
                whole, rest = take_sentences(rest)
                for sentence in whole:
                    self._post(ReplySentence(order.ask, spoken, sentence))
                    spoken += 1
        if rest.strip():
            self._post(ReplySentence(order.ask, spoken, " ".join(rest.split())))
        self._post(ReplyEnded(order.ask))

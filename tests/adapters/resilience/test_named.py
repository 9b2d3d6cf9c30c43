"""Providers that stand alone: each call is told who serves it, and gets what the provider gives."""

import asyncio
from typing import Any

from app.adapters.offline.responder import ScriptedResponder
from app.adapters.offline.timed import TimedTranscriber
from app.adapters.resilience.named import NamedResponder, NamedTranscriber
from app.domain.conversation import Brief, Conversation, Inquiry
from app.domain.speech import Hints
from app.engine.events import ProviderReported
from app.session.clock import SystemClock

TALK = Conversation(Brief("a chat", "en-US"))


def test_a_call_is_told_who_listens_before_anything_is_heard() -> None:
    async def main() -> list[Any]:
        told: list[Any] = []
        ear = NamedTranscriber("timed", TimedTranscriber(SystemClock(), final_ms=200, text="yes"))
        assert ear.is_continuous is TimedTranscriber(SystemClock(), final_ms=200, text="yes").is_continuous
        call = ear.join(Hints("en-US"), told.append)
        assert told == [], "a call that only begins takes no fact yet"
        for number in (1, 2):
            call.open(number, Hints("en-US")).close()
        call.close()
        return told

    assert asyncio.run(main()) == [ProviderReported("stt", "served", "timed")]


def test_a_call_is_told_who_answers_with_every_reply_and_meaning() -> None:
    async def main() -> list[Any]:
        told: list[Any] = []
        mind = NamedResponder("offline", ScriptedResponder())
        assert "".join([piece async for piece in mind.reply(TALK, told.append)])
        await mind.interpret(Inquiry("Which?", "the red one", "en-US"), told.append)
        await mind.extract(TALK, told.append)
        return told

    assert asyncio.run(main()) == [ProviderReported("llm", "served", "offline")] * 2

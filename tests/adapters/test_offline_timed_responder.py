"""The model of fixed speed keeps to its figures."""

import asyncio

from app.adapters.offline.timed_responder import TimedResponder
from app.domain.conversation import Brief, Conversation, Extraction, Guess, Inquiry
from tests.fakes.loop import run_virtual

TALK = Conversation(Brief("chat", "en-US"), turns_left=1)


def test_a_reply_begins_after_its_time_and_comes_at_its_pace():
    async def main(clock):
        began = clock.now()
        model = TimedResponder(clock, first_ms=300, tokens_per_second=50, tokens=40)
        return [(clock.now() - began, word) async for word in model.reply(TALK, lambda _: None)]

    words = run_virtual(main)
    assert [at for at, _ in words] == [300 + 20 * n for n in range(40)]
    assert "".join(word for _, word in words).startswith("I see. Thank you.")


def test_cancelling_a_reply_leaves_no_timer():
    async def main(clock):
        task = asyncio.ensure_future(anext(TimedResponder(clock).reply(TALK, lambda _: None)))
        await clock.wait(10)
        task.cancel()
        await clock.wait(500)
        return task.cancelled()

    assert run_virtual(main)


def test_it_decides_nothing():
    async def main(clock):
        model = TimedResponder(clock)
        found = await model.extract(TALK, lambda _: None)
        return found, await model.interpret(Inquiry("Tea?", "perhaps", "en-US"), lambda _: None)

    assert run_virtual(main) == (Extraction(), Guess(None))

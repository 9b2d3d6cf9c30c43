import asyncio

from app.adapters.offline.timed import TimedSynthesizer, TimedTranscriber
from app.domain.speech import Hints, Utterance
from app.engine.events import FinalTranscript, PartialTranscript
from app.media.audio import mulaw_level, mulaw_millis
from tests.fakes.loop import run_virtual

HINTS = Hints("en-US")


def test_the_tone_comes_after_its_time_and_four_times_faster_than_life():
    async def main(clock):
        began, chunks = clock.now(), []
        async for chunk in TimedSynthesizer(clock, first_ms=150).synthesize(Utterance("x" * 40, "en-US")):
            chunks.append((clock.now() - began, mulaw_millis(len(chunk))))
            assert mulaw_level(chunk) > -25
        return chunks

    assert run_virtual(main) == [(150, 1_000), (400, 1_000), (650, 400)]


def test_cancelling_the_tone_leaves_no_timer():
    async def main(clock):
        task = asyncio.ensure_future(anext(TimedSynthesizer(clock).synthesize(Utterance("abc", "en-US"))))
        await clock.wait(10)
        task.cancel()
        await clock.wait(500)
        return task.cancelled()

    assert run_virtual(main)


def test_the_final_comes_its_time_after_speech_ended():
    async def main(clock):
        facts = []
        turn = TimedTranscriber(clock, final_ms=200, text="four").open(
            7, HINTS, lambda f: facts.append((clock.now(), f))
        )
        began = clock.now()
        for _ in range(20):
            turn.feed(b"\0" * 320)
            await clock.wait(20)
        turn.speech_ended()
        await clock.wait(1_000)
        return [(at - began, fact) for at, fact in facts]

    assert run_virtual(main) == [
        (280, PartialTranscript(7, "four", 1.0)),
        (600, FinalTranscript(7, "four", 1.0)),
    ]


def test_a_closed_turn_says_no_more():
    async def main(clock):
        facts = []
        turn = TimedTranscriber(clock).open(1, HINTS, facts.append)
        turn.speech_ended()
        turn.close()
        await clock.wait(1_000)
        return facts

    assert run_virtual(main) == []

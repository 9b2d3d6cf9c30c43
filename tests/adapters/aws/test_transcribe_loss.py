"""Transcribe's engine when an open stream breaks off or falls silent: no word is lost or doubled."""

import pytest

from app.adapters.aws.transcribe_opening import Limits
from app.engine.events import FinalTranscript, PartialTranscript, ProviderReported, TranscriberFailed
from tests.adapters.aws.hearing_rig import ENGLISH, on_stage, sound
from tests.doubles.aws import Ending
from tests.doubles.aws.script import AudioTimeout, Fin, GoAway, InStreamException, Rst, Stall

pytestmark = pytest.mark.parametrize("transport", ["websocket", "http2"])


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (Fin(), ""),
        (Rst(), ""),
        (GoAway(), ""),
        (InStreamException("InternalFailureException"), "InternalFailureException"),
        (InStreamException("LimitExceededException"), "LimitExceededException"),
        (InStreamException("ServiceUnavailableException"), "ServiceUnavailableException"),
        (InStreamException("ConflictException"), "ConflictException"),
    ],
    ids=lambda value: getattr(value, "code", None) or type(value).__name__,
)
def test_a_lost_stream_is_reopened_and_hears_the_last_second_again(transport, fault, cause):
    async def play(stage):
        turn = stage.join().open(1, ENGLISH)
        for level in range(1, 31):
            turn.feed(sound(100, level))
        first = await stage.session()
        await first.heard(3_000)
        first.say("i said", 2_200, 2_900, final=False)
        await stage.next_of(PartialTranscript)
        first.meet(fault)
        second = await stage.session()
        turn.feed(sound(100, 31))
        await second.heard(1_100)
        assert bytes(second.audio) == b"".join(sound(100, level) for level in range(21, 32))
        told = await stage.next()
        assert (told.event, cause in told.detail) == ("reopened", True)
        second.say("i said no", 200, 1_000)
        assert await stage.next() == FinalTranscript(1, "i said no", 0.98)

    on_stage(transport, play)


def test_words_before_the_replayed_second_are_not_lost(transport):
    async def play(stage):
        turn = stage.join().open(1, ENGLISH)
        turn.feed(sound(3_000))
        first = await stage.session()
        await first.heard(3_000)
        first.say("one two three four", 1_000, 3_000, final=False)
        await stage.next_of(PartialTranscript)
        first.meet(Fin())
        second = await stage.session()
        assert (await stage.next()).event == "reopened"
        assert await stage.next() == FinalTranscript(1, "one two", 0.9)
        await second.heard(1_000)
        second.say("three four", 0, 1_000)
        assert await stage.next() == FinalTranscript(1, "three four", 0.98)

    on_stage(transport, play)


def test_words_that_were_final_before_the_loss_are_not_said_twice(transport):
    async def play(stage):
        turn = stage.join().open(1, ENGLISH)
        turn.feed(sound(1_500))
        first = await stage.session()
        await first.heard(1_500)
        first.say("yes", 600, 1_000)
        assert await stage.next() == FinalTranscript(1, "yes", 0.98)
        first.meet(Fin())
        second = await stage.session()
        assert (await stage.next()).event == "reopened"
        turn.feed(sound(500))
        await second.heard(1_500)
        second.say("yes", 100, 500)
        second.say("please", 1_000, 1_400)
        assert await stage.next() == FinalTranscript(1, "please", 0.98)

    on_stage(transport, play)


def test_the_15_seconds_without_audio_are_a_loss_like_others(transport):
    async def play(stage):
        stage.next_goes(AudioTimeout(after_ms=1))
        turn = stage.join().open(1, ENGLISH)
        first = await stage.session()
        assert await first.over() is Ending.EXCEPTION
        second = await stage.session()
        told = await stage.next()
        assert (told.event, told.detail) == ("reopened", "BadRequestException: no audio for 15 s")
        turn.feed(sound(300))
        await second.heard(300)

    on_stage(transport, play)


def test_a_call_that_lost_too_many_streams_goes_on_by_keys_and_tries_again_later(transport):
    async def play(stage):
        call = stage.join(limits=Limits(pause_ms=0, reopenings=2, replay_ms=0))
        turn = call.open(1, ENGLISH)
        for word in ("one", "two", "three"):
            session = await stage.session()
            turn.feed(sound(200))
            await session.heard(200)
            session.say(word, 0, 200)
            assert (await stage.next_of(FinalTranscript)).text == word
            session.meet(Fin())
        assert await stage.next_of(TranscriberFailed) == TranscriberFailed(1, "error")
        turn = call.open(2, ENGLISH)
        turn.feed(sound(300))
        session = await stage.session()
        await session.heard(300)
        session.say("yes", 100, 250)
        assert await stage.next() == FinalTranscript(2, "yes", 0.98)
        events = [fact.event for fact in stage.facts if isinstance(fact, ProviderReported)]
        assert events == ["reopened", "reopened", "failed"]

    on_stage(transport, play)


def test_a_stream_that_says_nothing_to_three_stretches_of_voice_is_replaced(transport):
    async def play(stage):
        stage.next_goes(Stall())
        turn = stage.join().open(1, ENGLISH)
        turn.feed(sound(800))
        first = await stage.session()
        await first.heard(800)
        first.say("yes", 100, 700)
        for _ in range(3):
            assert stage.facts == []
            turn.speech_ended()
        second = await stage.session()
        told = await stage.next()
        assert (told.event, told.detail) == ("mute", "no word of 3 stretches of speech")
        assert (await stage.next()).event == "reopened"
        await second.heard(800)
        second.say("yes", 100, 700)
        assert await stage.next() == FinalTranscript(1, "yes", 0.98)
        await first.client_gone()

    on_stage(transport, play)


def test_coughs_cost_a_call_two_streams_at_most(transport):
    async def play(stage):
        turn = stage.join().open(1, ENGLISH)
        for _ in range(2):
            session = await stage.session()
            turn.feed(sound(200))
            await session.heard(200)
            for _ in range(3):
                turn.speech_ended()
            assert [(await stage.next()).event for _ in range(2)] == ["mute", "reopened"]
        session = await stage.session()
        for _ in range(9):
            turn.speech_ended()
        turn.feed(sound(200))
        await session.heard(600)
        assert session.ending is None

    on_stage(transport, play)

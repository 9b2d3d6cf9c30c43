"""Transcribe's engine against the double: real sockets, real clients, both transports."""

import asyncio
import gc
import logging
from weakref import ref

import pytest
import structlog

from app.adapters.aws.transcribe import make_transcriber
from app.adapters.aws.transcribe_opening import Limits
from app.domain.speech import Hints
from app.engine.events import FinalTranscript, PartialTranscript, ProviderReported
from tests.adapters.aws.hearing_rig import ENGLISH, HandClock, on_stage, sound, spoken, used
from tests.doubles.aws import Service
from tests.doubles.aws.hearing import Ears
from tests.doubles.aws.script import Fin, Hang, HttpError

pytestmark = pytest.mark.parametrize("transport", ["websocket", "http2"])


def test_words_arrive_as_the_turns_facts(transport):
    async def play(stage):
        turn = stage.join().open(7, ENGLISH)
        turn.feed(sound(800))
        session = await stage.session()
        await session.heard(800)
        session.say("i think", 100, 400, final=False, unstable=1)
        assert await stage.next() == PartialTranscript(7, "i think", 0.825)
        session.say("i think yes", 100, 600, final=False)
        assert await stage.next() == PartialTranscript(7, "i think yes", 0.9)
        session.say("I think yes.", 100, 600)
        assert await stage.next() == FinalTranscript(7, "I think yes.", 0.98)

    on_stage(transport, play)


def test_a_stream_is_open_before_the_first_turn_and_serves_all_turns(transport):
    async def play(stage):
        call = stage.join()
        session = await stage.session()
        for number in (1, 2, 3):
            turn = call.open(number, ENGLISH)
            turn.feed(sound(200))
            turn.speech_ended()
            await session.heard(200 * number)
            session.say("yes", 200 * number - 150, 200 * number)
            assert await stage.next() == FinalTranscript(number, "yes", 0.98)
            turn.close()
            assert await stage.next() == used(200)
        assert len(stage.double.requests) == 1

    on_stage(transport, play)


def test_a_stream_asks_for_the_calls_language_vocabulary_and_stability(transport):
    async def play(stage):
        stage.join(Hints("es", vocabulary="names"), stability="medium")
        asked = (await stage.session()).body
        assert asked["language-code"] == "es-US"
        assert asked["vocabulary-name"] == "names"
        assert asked["sample-rate"] == "8000"
        assert asked["partial-results-stability"] == "medium"
        stage.join(Hints("en-GB"), stability="", vocabulary="house")
        asked = (await stage.session()).body
        assert asked["language-code"] == "en-GB"
        assert asked["vocabulary-name"] == "house"
        assert "partial-results-stability" not in asked

    on_stage(transport, play, Ears(vocabularies=frozenset({"names", "house"})))


def test_every_sample_arrives_in_its_order(transport):
    async def play(stage):
        turn = stage.join().open(1, ENGLISH)
        for level in range(1, 30):
            turn.feed(sound(80, level))
        session = await stage.session()
        await session.heard(29 * 80)
        assert bytes(session.audio) == b"".join(sound(80, level) for level in range(1, 30))
        if transport == "http2":
            assert session.chunks_proven == session.events > 0

    on_stage(transport, play)


def test_two_turns_do_not_mix(transport):
    async def play(stage):
        call = stage.join()
        first = call.open(1, ENGLISH)
        first.feed(sound(1_000))
        session = await stage.session()
        await session.heard(1_000)
        session.say("seven", 500, 950, final=False)
        assert await stage.next() == PartialTranscript(1, "seven", 0.9)
        first.close()
        assert await stage.next() == used(1_000)
        first.feed(sound(100, 9))
        second = call.open(2, ENGLISH)
        second.feed(sound(1_000))
        await session.heard(2_000)
        session.say("seven", 500, 950)
        session.say("seven", 500, 950, final=False)
        session.say("seven eight", 500, 1_500, final=False)
        assert await stage.next() == PartialTranscript(2, "eight", 0.9)
        session.say("seven eight", 500, 1_500)
        assert await stage.next() == FinalTranscript(2, "eight", 0.98)
        assert b"\x09" not in session.audio

    on_stage(transport, play)


def test_a_stream_between_turns_is_kept_alive_with_silence(transport):
    async def play(stage):
        call = stage.join()
        turn = call.open(1, ENGLISH)
        turn.feed(sound(500))
        session = await stage.session()
        await session.heard(500)
        turn.close()
        stage.clock.advance(4_999)
        assert session.heard_ms == 500
        stage.clock.advance(1)
        await session.heard(600)
        stage.clock.advance(5_000)
        await session.heard(700)
        assert bytes(session.audio) == sound(500) + bytes(200 * 16)
        turn = call.open(2, ENGLISH)
        turn.feed(sound(300))
        await session.heard(1_000)
        session.say("yes", 750, 950)
        assert await stage.next_of(FinalTranscript) == FinalTranscript(2, "yes", 0.98)

    on_stage(transport, play)


def test_closing_breaks_the_stream_off_and_posts_only_what_was_used(transport):
    async def play(stage):
        call = stage.join()
        turn = call.open(1, ENGLISH)
        turn.feed(sound(400))
        session = await stage.session()
        await session.heard(400)
        session.say("yes", 100, 300, final=False)
        await stage.next()
        call.close()
        call.close()
        turn.feed(sound(100))
        turn.close()
        await session.client_gone()
        assert stage.facts[1:] == [used(400)]

    on_stage(transport, play)


def test_closing_while_connecting_leaves_nothing_behind(transport):
    async def play(stage):
        stage.next_goes(Hang())
        call = stage.join()
        session = await stage.session()
        call.close()
        await session.client_gone()
        assert stage.facts == []

    on_stage(transport, play)


def test_another_language_gets_another_stream_without_the_old_sound(transport):
    async def play(stage):
        call = stage.join()
        turn = call.open(1, ENGLISH)
        turn.feed(sound(500))
        first = await stage.session()
        await first.heard(500)
        turn.close()
        turn = call.open(2, Hints("es-US"))
        turn.feed(sound(400, 5))
        second = await stage.session()
        await first.client_gone()
        await second.heard(400)
        assert second.body["language-code"] == "es-US"
        assert bytes(second.audio) == sound(400, 5)
        second.say("sí", 100, 300)
        assert await stage.next_of(FinalTranscript) == FinalTranscript(2, "sí", 0.98)
        assert not [f for f in stage.facts if isinstance(f, ProviderReported) and f.event != "used"]

    on_stage(transport, play)


def test_a_language_that_changes_while_connecting_is_the_one_that_is_heard(transport):
    async def play(stage):
        call = stage.join()
        turn = call.open(1, Hints("es-US"))
        turn.feed(sound(300))
        session = await stage.session()
        while session.body["language-code"] != "es-US":
            session = await stage.session()
        await session.heard(300)

    on_stage(transport, play)


def test_audio_that_waited_longer_than_five_seconds_is_dropped_and_said(transport):
    async def play(stage):
        stage.next_goes(HttpError(503, "ServiceUnavailableException"))
        call = stage.join(limits=Limits(pause_ms=500))
        turn = call.open(1, ENGLISH)
        await stage.session()
        await stage.clock.armed(500)
        for level in range(1, 71):
            turn.feed(sound(100, level))
        stage.clock.advance(500)
        session = await stage.session()
        await session.heard(5_000)
        assert bytes(session.audio) == b"".join(sound(100, level) for level in range(21, 71))
        session.say("late", 4_500, 4_900)
        assert await stage.next() == FinalTranscript(1, "late", 0.98)
        turn.close()
        assert stage.facts[1:] == [
            used(5_000),
            ProviderReported("stt", "failed", "audio dropped: too late", 2_000, "ms"),
        ]

    on_stage(transport, play)


def test_no_log_line_holds_a_word_of_the_caller(transport, caplog):
    async def play(stage):
        with structlog.testing.capture_logs() as lines:
            turn = stage.join().open(1, ENGLISH)
            turn.feed(sound(800))
            session = await stage.session()
            await session.heard(800)
            session.say("chrysanthemum", 100, 400, final=False)
            await stage.next()
            session.say("chrysanthemum", 100, 400)
            await stage.next()
            session.meet(Fin())
            await stage.session()
            await stage.next()
        assert [line["event"] for line in lines] == ["transcriber_lost"]
        assert "chrysanthemum" not in str(lines)

    # The double's own server may say what it sends: it is no part of the program.
    for name in ("websockets.server", "asyncio"):
        caplog.set_level(logging.WARNING, logger=name)
    caplog.set_level(logging.DEBUG)
    on_stage(transport, play)
    assert "chrysanthemum" not in caplog.text


def test_real_speech_is_understood_behind_the_double(transport):
    ears = Ears(hints=Hints("en-US", phrases=("yes", "no")))
    yes = spoken("yes")

    async def play(stage):
        turn = stage.join().open(1, ENGLISH)
        for start in range(0, len(yes), 1_280):
            turn.feed(yes[start : start + 1_280])
        partial = await stage.next_of(PartialTranscript)
        final = await stage.next_of(FinalTranscript)
        assert (partial.text, final.text) == ("yes", "yes")
        assert stage.double.requests.of(Service.TRANSCRIBE)[0].pieces >= 2

    on_stage(transport, play, ears)


def test_words_are_said_for_the_voice_in_the_audio(transport):
    ears = Ears()
    ears.words.extend(["first answer here", "no"])
    loud = sound(900, 0x2020) + sound(700, 0) + sound(200, 0x2020) + sound(700, 0)

    async def play(stage):
        turn = stage.join().open(1, ENGLISH)
        turn.feed(loud)
        heard = []
        while not heard or heard[-1].text != "no" or not isinstance(heard[-1], FinalTranscript):
            heard.append(await stage.next())
        assert [fact.text for fact in heard if isinstance(fact, FinalTranscript)] == [
            "first answer here",
            "no",
        ]
        assert [fact.text for fact in heard if isinstance(fact, PartialTranscript)][:2] == [
            "first",
            "first answer",
        ]

    on_stage(transport, play, ears)


def test_a_transport_that_does_not_exist_is_said(transport):
    with pytest.raises(ValueError, match="use websocket or http2"):
        make_transcriber(region="us-east-1", keys=_no_keys, clock=HandClock, transport=f"{transport}x")


async def _no_keys():
    return None


def test_a_closed_calls_recogniser_does_not_wait_for_the_garbage_collector(transport):
    async def play(stage):
        call = stage.join()
        turn = call.open(1, ENGLISH)
        turn.feed(sound(200))
        await (await stage.session()).heard(200)
        there = ref(call)
        call.close()
        await call.closed()
        del call, turn
        await asyncio.sleep(0)
        assert there() is None

    gc.disable()
    try:
        on_stage(transport, play)
    finally:
        gc.enable()

"""Transcribe's engine when the service refuses, breaks off or falls silent: every class of error."""

import pytest

from app.adapters.aws.transcribe_call import Limits
from app.domain.speech import Hints
from app.engine.events import FinalTranscript, PartialTranscript, ProviderReported, TranscriberFailed
from tests.adapters.aws.hearing_rig import ENGLISH, on_stage, sound
from tests.doubles.aws import Ending
from tests.doubles.aws.certs import make_certificates
from tests.doubles.aws.script import (
    AbortBeforeHeaders,
    AudioTimeout,
    Fin,
    GoAway,
    Hang,
    HttpError,
    InStreamException,
    Rst,
)

pytestmark = pytest.mark.parametrize("transport", ["websocket", "http2"])


@pytest.mark.parametrize(
    ("fault", "attempts", "reason", "cause"),
    [
        (HttpError(429, "LimitExceededException"), 3, "busy", "LimitExceededException"),
        (HttpError(429, "ThrottlingException"), 3, "busy", "ThrottlingException"),
        (HttpError(503, "ServiceUnavailableException"), 3, "busy", "ServiceUnavailableException"),
        (HttpError(500, "InternalFailureException"), 3, "error", "InternalFailureException"),
        (HttpError(409, "ConflictException"), 3, "error", "ConflictException"),
        (HttpError(400, "BadRequestException"), 1, "unsupported", "BadRequestException"),
        (HttpError(403, "AccessDeniedException"), 1, "error", "403 AccessDeniedException"),
        (HttpError(403, "ExpiredTokenException"), 1, "error", "403 ExpiredTokenException"),
        (AbortBeforeHeaders(), 3, "error", "closed before an answer"),
    ],
    ids=lambda value: getattr(value, "kind", None) or type(value).__name__,
)
def test_a_stream_that_cannot_be_opened_leaves_the_turn_to_the_keys(
    transport, fault, attempts, reason, cause
):
    async def play(stage):
        stage.next_goes(*[fault] * attempts)
        stage.join().open(1, ENGLISH)
        told = await stage.next()
        assert (told.service, told.event) == ("stt", "failed" if attempts > 1 else "refused")
        assert cause in told.detail
        assert await stage.next() == TranscriberFailed(1, reason)
        assert len(stage.double.requests) == attempts

    on_stage(transport, play)


def test_a_passing_failure_at_the_start_costs_no_turn(transport):
    async def play(stage):
        stage.next_goes(HttpError(503, "ServiceUnavailableException"), AbortBeforeHeaders())
        turn = stage.join().open(1, ENGLISH)
        turn.feed(sound(300))
        await stage.session()
        await stage.session()
        session = await stage.session()
        await session.heard(300)
        session.say("yes", 100, 250)
        assert await stage.next() == FinalTranscript(1, "yes", 0.98)

    on_stage(transport, play)


def test_attempts_keep_their_distance(transport):
    async def play(stage):
        stage.next_goes(*[HttpError(429, "LimitExceededException")] * 3)
        stage.join(limits=Limits(pause_ms=200)).open(1, ENGLISH)
        await stage.clock.armed(200)
        assert len(stage.double.requests) == 1
        stage.clock.advance(200)
        await stage.clock.armed(600)
        assert len(stage.double.requests) == 2
        stage.clock.advance(400)
        assert await stage.next_of(TranscriberFailed) == TranscriberFailed(1, "busy")

    on_stage(transport, play)


def test_a_server_that_never_answers_costs_three_seconds_and_the_next_turn_tries_again(transport):
    async def play(stage):
        stage.next_goes(Hang())
        call = stage.join()
        call.open(1, ENGLISH)
        session = await stage.session()
        stage.clock.advance(2_999)
        assert stage.facts == []
        stage.clock.advance(1)
        assert await stage.next() == ProviderReported("stt", "failed", "no answer in time")
        assert await stage.next() == TranscriberFailed(1, "timeout")
        await session.client_gone()
        turn = call.open(2, ENGLISH)
        turn.feed(sound(300))
        session = await stage.session()
        await session.heard(300)
        session.say("no", 100, 250)
        assert await stage.next() == FinalTranscript(2, "no", 0.98)

    on_stage(transport, play)


def test_a_wrong_secret_is_refused_and_said(transport):
    async def play(stage):
        async def keys():
            return stage.double.access_key, "wrong", ""

        stage.join(keys=keys).open(1, ENGLISH)
        assert (await stage.next()).detail == "403 InvalidSignatureException"
        assert await stage.next() == TranscriberFailed(1, "error")

    on_stage(transport, play)


def test_without_credentials_nothing_is_asked(transport):
    async def play(stage):
        async def keys():
            return None

        stage.join(keys=keys).open(1, ENGLISH)
        assert (await stage.next()).detail == "no credentials"
        assert await stage.next() == TranscriberFailed(1, "error")
        assert not stage.double.requests

    on_stage(transport, play)


def test_a_permission_that_is_missing_is_refused(transport):
    async def play(stage):
        actions = {
            "websocket": "StartStreamTranscriptionWebSocket",
            "http2": "StartStreamTranscription",
        }
        stage.double.account.denied.add(f"transcribe:{actions[transport]}")
        stage.join().open(1, ENGLISH)
        assert (await stage.next()).detail == "403 AccessDeniedException"

    on_stage(transport, play)


def test_a_server_of_another_authority_is_not_spoken_to(transport, tmp_path):
    async def play(stage):
        other = make_certificates(tmp_path)
        engine = {"ssl_context": other.client_context(), "ca_file": str(other.ca)}
        stage.join(limits=Limits(pause_ms=0, attempts=1), **engine).open(1, ENGLISH)
        if transport == "http2":
            # The native client is slow to say so: our own deadline ends it.
            await stage.clock.armed(3_000)
            stage.clock.advance(3_000)
        assert (await stage.next_of(TranscriberFailed)).turn == 1
        assert not stage.double.requests

    on_stage(transport, play)


def test_a_port_where_nobody_listens_is_a_failure(transport):
    async def play(stage):
        dead = {"websocket": "wss://127.0.0.1:1", "http2": "https://127.0.0.1:1"}
        stage.join(limits=Limits(pause_ms=0, attempts=2), endpoint_url=dead[transport]).open(1, ENGLISH)
        assert (await stage.next()).detail.startswith("not reached: ")
        assert await stage.next() == TranscriberFailed(1, "error")

    on_stage(transport, play)


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


def test_a_vocabulary_that_is_not_there_is_not_asked_for_twice(transport):
    async def play(stage):
        call = stage.join(Hints("en-US", vocabulary="missing"))
        call.open(1, Hints("en-US", vocabulary="missing"))
        assert "BadRequestException" in (await stage.next()).detail
        assert await stage.next() == TranscriberFailed(1, "unsupported")
        assert len(stage.double.requests) == 1

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

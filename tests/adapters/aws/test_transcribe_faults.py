"""Transcribe's engine when the service refuses, breaks off or falls silent: every class of error."""

import pytest

from app.adapters.aws.transcribe_opening import Limits
from app.domain.speech import Hints
from app.engine.events import FinalTranscript, ProviderReported, TranscriberFailed
from tests.adapters.aws.hearing_rig import ENGLISH, on_stage, sound, trusting
from tests.doubles.aws.certs import make_certificates
from tests.doubles.aws.script import (
    AbortBeforeHeaders,
    Hang,
    HttpError,
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
        engine = {"tls": trusting(other), "ca_file": str(other.ca)}
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


def test_a_vocabulary_that_is_not_there_is_not_asked_for_twice(transport):
    async def play(stage):
        call = stage.join(Hints("en-US", vocabulary="missing"))
        call.open(1, Hints("en-US", vocabulary="missing"))
        assert "BadRequestException" in (await stage.next()).detail
        assert await stage.next() == TranscriberFailed(1, "unsupported")
        assert len(stage.double.requests) == 1

    on_stage(transport, play)


def test_a_fault_of_the_program_leaves_the_turn_to_the_keys_and_the_next_one_tries_again(transport):
    async def play(stage):
        async def broken():
            raise ZeroDivisionError

        call = stage.join(keys=broken)
        call.open(1, ENGLISH)
        assert (await stage.next()).detail == "it broke: ZeroDivisionError"
        assert await stage.next() == TranscriberFailed(1, "error")
        call.open(2, ENGLISH)
        assert await stage.next_of(TranscriberFailed) == TranscriberFailed(2, "error")
        call.close()

    on_stage(transport, play)

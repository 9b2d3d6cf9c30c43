"""Transcribe is left alone once it keeps failing: what one call found dead, the others need not wait for."""

import pytest
from botocore.exceptions import CredentialRetrievalError
from structlog.testing import capture_logs

from app.adapters.aws.transcribe_opening import Limits
from app.adapters.resilience.breaker import BreakerRules, State
from app.adapters.resilience.health import Health
from app.engine.events import FinalTranscript, PartialTranscript, ProviderReported, TranscriberFailed
from tests.adapters.aws.hearing_rig import ENGLISH, on_stage, sound
from tests.doubles.aws import Service
from tests.doubles.aws.script import Fin, Hang, HttpError

pytestmark = pytest.mark.parametrize("transport", ["websocket", "http2"])

RESTING = ProviderReported("stt", "failed", "left alone for a while: it kept failing")


def guarded(stage):
    health = Health(stage.clock, BreakerRules(failures=3, rest_ms=10_000))
    return health, health.provider("stt", "transcribe us-east-1")


async def hang(stage, call, turn):
    """Have a turn wait for a server that never answers."""
    stage.next_goes(Hang())
    call.open(turn, ENGLISH)
    session = await stage.session()
    stage.clock.advance(3_000)
    assert (await stage.next()).event == "failed"
    assert await stage.next() == TranscriberFailed(turn, "timeout")
    await session.client_gone()


def test_after_three_that_hang_no_turn_of_any_call_waits_until_a_probe_finds_it_well(transport):
    async def play(stage):
        health, guard = guarded(stage)
        engine = stage.engine(guard=guard)
        call = engine.join(ENGLISH, stage.post)
        for turn in (1, 2, 3):
            await hang(stage, call, turn)
        assert health.health()[0].state is State.OPEN
        call.open(4, ENGLISH)
        assert [await stage.next(), await stage.next()] == [RESTING, TranscriberFailed(4, "unavailable")]
        other = engine.join(ENGLISH, stage.post)
        assert await stage.next() == RESTING
        assert len(stage.double.requests.of(Service.TRANSCRIBE)) == 3
        stage.clock.advance(10_000)
        turn = other.open(1, ENGLISH)
        turn.feed(sound(300))
        session = await stage.session()
        await session.heard(300)
        session.say("no", 100, 250)
        assert await stage.next() == FinalTranscript(1, "no", 0.98)
        assert health.health()[0].state is State.CLOSED
        gauges = health.gauges()
        label = 'service="stt",provider="transcribe us-east-1"'
        assert gauges[f"provider_state{{{label}}}"] == 0
        told = {
            e: gauges[f'provider_events{{{label},event="{e}"}}'] for e in ("timeout", "skipped", "requests")
        }
        assert told == {"timeout": 3, "skipped": 2, "requests": 4}

    on_stage(transport, play)


def test_streams_that_are_all_in_use_do_not_deafen_the_calls_that_have_one(transport):
    async def play(stage):
        health, guard = guarded(stage)
        busy = HttpError(429, "LimitExceededException")
        stage.next_goes(*[busy] * 4)
        call = stage.engine(Limits(pause_ms=0, attempts=1), guard=guard).join(ENGLISH, stage.post)
        assert (await stage.next()).event == "failed"
        for turn in (1, 2, 3):
            call.open(turn, ENGLISH)
            assert (await stage.next()).event == "failed"
            assert await stage.next() == TranscriberFailed(turn, "busy")
        assert health.health()[0].state is State.CLOSED
        assert health.health()[0].counts == {"requests": 4, "busy": 4}

    on_stage(transport, play)


def test_a_call_that_ends_while_it_connects_says_nothing_of_transcribe(transport):
    async def play(stage):
        health, guard = guarded(stage)
        for _ in range(4):
            stage.next_goes(Hang())
            call = stage.engine(guard=guard).join(ENGLISH, stage.post)
            session = await stage.session()
            call.close()
            await session.client_gone()
        assert health.health()[0].state is State.CLOSED
        assert health.health()[0].counts == {"requests": 4}

    on_stage(transport, play)


def test_retries_and_lost_streams_are_counted(transport):
    async def play(stage):
        health, guard = guarded(stage)
        stage.next_goes(HttpError(500, "InternalFailureException"), Fin(1))
        turn = stage.engine(Limits(pause_ms=0), guard=guard).join(ENGLISH, stage.post).open(1, ENGLISH)
        turn.feed(sound(300))
        await stage.session()
        first = await stage.session()
        await first.heard(300)
        first.say("i said", 100, 250, final=False)
        await stage.next_of(PartialTranscript)
        assert (await stage.next_of(ProviderReported)).event == "reopened"
        assert health.health()[0].counts == {"requests": 2, "retried": 1, "reopened": 1}

    on_stage(transport, play)


def test_keys_that_cannot_be_fetched_are_a_line_and_soon_asked_for_no_more(transport):
    async def play(stage):
        health, guard = guarded(stage)
        asked = []

        async def keys():
            asked.append(1)
            raise CredentialRetrievalError(provider="sso", error_msg="AKIASECRET: the token has expired")

        with capture_logs() as lines:
            call = stage.engine(guard=guard, keys=keys).join(ENGLISH, stage.post)
            assert await stage.next() == ProviderReported("stt", "refused", "no usable AWS credentials")
            for turn in (1, 2, 3):
                call.open(turn, ENGLISH)
                assert (await stage.next()).service == "stt"
                assert isinstance(await stage.next(), TranscriberFailed)
        assert len(asked) == 3
        assert health.health()[0].state is State.OPEN
        assert "AKIASECRET" not in str(lines)
        assert not any("exc_info" in line for line in lines)

    on_stage(transport, play)


def test_a_transport_that_raises_what_nobody_foresaw_leaves_the_turn_to_the_keys(transport):
    async def play(stage):
        health, guard = guarded(stage)

        async def keys():
            raise ArithmeticError("AKIASECRET")

        with capture_logs() as lines:
            stage.engine(guard=guard, keys=keys).join(ENGLISH, stage.post).open(1, ENGLISH)
            assert (await stage.next()).detail == "it broke: ArithmeticError"
            assert await stage.next() == TranscriberFailed(1, "error")
        assert health.health()[0].counts["error"] == 1
        assert "AKIASECRET" not in str(lines)

    on_stage(transport, play)

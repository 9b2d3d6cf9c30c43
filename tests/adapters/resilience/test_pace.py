"""Requests keep to what the account allows, and calls do not wait for what is made ahead of them."""

import asyncio

import pytest

from app.adapters.resilience.health import Health
from app.adapters.resilience.pace import OutOfTurnError, Pace, PaceRules
from app.adapters.resilience.synthesizer import SteadySynthesizer
from app.domain.speech import Utterance
from app.session.ports import SynthesisError
from tests.fakes.loop import run_virtual

HELLO = Utterance("Hello.", "en-US")
ONE_BY_ONE = PaceRules(per_second=2, burst=1, at_once=8)


class Voice:
    """Speaks after `takes_ms`, fails first with each of `reasons`, and notes when it was asked."""

    def __init__(self, clock, takes_ms=0, reasons=()):
        self.clock = clock
        self.takes_ms = takes_ms
        self.reasons = list(reasons)
        self.asked = []

    def identity(self, utterance):
        return "v"

    async def synthesize(self, utterance):
        self.asked.append(self.clock.now())
        await self.clock.wait(self.takes_ms)
        if self.reasons:
            raise SynthesisError("broken", reason=self.reasons.pop(0))
        yield utterance.text.encode()


def steady(clock, voice, rules=None):
    return SteadySynthesizer([("polly", voice)], clock, health=Health(clock), pace=Pace(clock, rules))


async def spoken(voice, text="Hello."):
    return b"".join([chunk async for chunk in voice.synthesize(Utterance(text, "en-US"))])


def test_no_second_sees_more_requests_than_the_account_allows():
    async def main(clock):
        voice = Voice(clock, 20)
        ahead = steady(clock, voice).ahead()
        await asyncio.gather(*(spoken(ahead, str(i)) for i in range(40)))
        return voice.asked

    asked = run_virtual(main)
    assert len(asked) == 40
    assert max(sum(start <= at < start + 1_000 for at in asked) for start in asked) <= 10
    assert asked[-1] <= 38 * 125 + 40


def test_no_more_requests_run_together_than_is_allowed():
    async def main(clock):
        voice = Voice(clock, 2_000)
        ahead = steady(clock, voice, PaceRules(per_second=100, burst=100, at_once=3)).ahead()
        await asyncio.gather(*(spoken(ahead, str(i)) for i in range(6)))
        return voice.asked

    assert run_virtual(main) == [0, 0, 0, 2_000, 2_000, 2_000]


def test_a_call_is_spoken_to_before_what_235_prompts_are_made_ahead():
    async def main(clock):
        voice = Voice(clock)
        mouth = steady(clock, voice)
        warming = [asyncio.ensure_future(spoken(mouth.ahead(), str(i))) for i in range(235)]
        await clock.wait(1_010)
        assert await spoken(mouth) == b"Hello."
        waited = clock.now() - 1_010
        for task in warming:
            task.cancel()
        await asyncio.gather(*warming, return_exceptions=True)
        return waited

    assert run_virtual(main) <= 125


def test_waiting_for_a_turn_is_not_the_providers_slowness():
    async def main(clock):
        voice = Voice(clock, 2_800)
        mouth = steady(clock, voice, ONE_BY_ONE)
        assert await asyncio.gather(spoken(mouth), spoken(mouth)) == [b"Hello."] * 2
        return voice.asked, mouth.health.health()[0]

    asked, health = run_virtual(main)
    assert asked == [0, 500]
    assert health.counts == {"requests": 2}
    assert health.first_p95_ms == 2_800


def test_a_call_that_would_wait_too_long_is_told_so_and_the_provider_is_not_blamed():
    async def main(clock):
        voice = Voice(clock)
        mouth = steady(clock, voice, PaceRules(per_second=0.5, burst=1, at_once=8))
        await spoken(mouth)
        told = []
        with pytest.raises(SynthesisError, match="no turn within 1000 ms") as caught:
            [chunk async for chunk in mouth.synthesize_for(HELLO, told.append)]
        assert caught.value.reason == "throttled"
        return clock.now(), told, mouth.health.health()[0].counts

    at, told, counts = run_virtual(main)
    assert at == 1_000
    assert [(report.event, "no turn" in report.detail) for report in told] == [("failed", True)]
    assert counts == {"requests": 1, "out_of_turn": 1}


def test_what_is_made_ahead_waits_as_long_as_it_takes():
    async def main(clock):
        mouth = steady(clock, Voice(clock), PaceRules(per_second=0.1, burst=1, at_once=8))
        await spoken(mouth)
        await spoken(mouth.ahead())
        return clock.now()

    assert run_virtual(main) == 10_000


def test_a_prompt_that_a_call_waits_for_by_now_goes_before_the_others():
    async def main(clock):
        voice = Voice(clock)
        mouth = steady(clock, voice, ONE_BY_ONE)
        patient = mouth.ahead()
        warming = [asyncio.ensure_future(spoken(patient, str(i))) for i in range(9)]
        await clock.wait(10)
        patient.hurry(Utterance("7", "en-US"))
        await warming[7]
        patient.hurry(Utterance("7", "en-US"))  # what was made is hurried by nobody
        at = clock.now()
        await asyncio.gather(*warming)
        return at, clock.now()

    assert run_virtual(main) == (500, 4_000)


def test_a_call_waits_for_what_it_hurries_no_longer_than_for_its_own():
    async def main(clock):
        mouth = steady(clock, Voice(clock), PaceRules(per_second=0.1, burst=1, at_once=8))
        patient = mouth.ahead()
        await spoken(patient)
        waits = asyncio.ensure_future(spoken(patient, "Yes?"))
        await clock.wait(10)
        patient.hurry(Utterance("Yes?", "en-US"))
        with pytest.raises(SynthesisError, match="no turn within 1000 ms"):
            await waits
        return clock.now()

    assert run_virtual(main) == 1_010


def test_a_second_try_waits_for_nobody_but_counts():
    async def main(clock):
        voice = Voice(clock, reasons=["unavailable"])
        mouth = steady(clock, voice, ONE_BY_ONE)
        await spoken(mouth)
        await spoken(mouth)
        return voice.asked

    assert run_virtual(main) == [0, 0, 1_000]


@pytest.mark.parametrize("at", [100, 500])
def test_one_who_goes_while_waiting_leaves_the_turn_to_the_next(at):
    async def main(clock):
        pace = Pace(clock, PaceRules(per_second=2, burst=1, at_once=1))
        held = []

        async def hold(name, ms):
            async with pace.turn(ahead=name):
                held.append((name, clock.now()))
                await clock.wait(ms)

        first = asyncio.ensure_future(hold("first", 500))
        await clock.wait(10)
        gone, last = (asyncio.ensure_future(hold(name, 0)) for name in ("gone", "last"))
        await clock.wait(at - 10)
        gone.cancel()
        await asyncio.gather(first, gone, last, return_exceptions=True)
        return held

    assert run_virtual(main) == [("first", 0), ("last", 500)]


def test_a_turn_given_in_the_very_moment_of_going_is_not_lost():
    async def main(clock):
        pace = Pace(clock, PaceRules(per_second=100, burst=5, at_once=1))
        held = pace.turn()
        await held.__aenter__()

        async def wait():
            async with pace.turn():
                raise AssertionError

        gone = asyncio.ensure_future(wait())
        await clock.wait(1)
        await held.__aexit__(None, None, None)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        async with pace.turn():
            return clock.now()

    assert run_virtual(main) == 1


def test_a_refusal_and_a_turn_are_never_both_given():
    async def main(clock):
        pace = Pace(clock, PaceRules(per_second=1, burst=1, at_once=1, patience_ms=1_000))
        async with pace.turn():
            with pytest.raises(OutOfTurnError):
                async with pace.turn():
                    raise AssertionError
        async with pace.turn():
            return clock.now()

    assert run_virtual(main) == 1_000

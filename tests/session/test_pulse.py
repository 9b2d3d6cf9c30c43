import asyncio

from app.session.pulse import LoopPulse, Recent


def test_percentiles_are_of_the_last_values_only():
    recent = Recent(kept=100)
    assert recent.percentile(0.5) == 0.0
    for value in range(1_000):
        recent.add(value)
    assert (recent.percentile(0.0), recent.percentile(0.5), recent.percentile(1.0)) == (900, 950, 999)


def test_a_loop_that_is_held_up_shows_its_lag():
    async def hold_up() -> LoopPulse:
        loop = asyncio.get_running_loop()
        pulse = LoopPulse()
        until = loop.time() + 0.08  # longer than a beat: the beat comes late by the rest
        while loop.time() < until:
            pass
        beats = loop.create_future()
        loop.call_later(0.02, beats.set_result, None)
        await beats
        pulse.stop()
        return pulse

    assert asyncio.run(hold_up()).lag_ms.percentile(1.0) > 20

import asyncio

from app.domain.call import Disposition
from app.engine.actions import HangUp, Play, StopPlayback
from app.engine.events import (
    DigitPressed,
    LegAnswered,
    LegEnded,
    PromptCut,
    PromptEnded,
    PromptStarted,
    SynthesizerFailed,
)
from tests.fakes.carrier import FakeCarrier
from tests.fakes.engines import FakePrompts
from tests.fakes.loop import run_virtual
from tests.session.rig import Rig, prompt

END = {LegEnded: lambda *_: [HangUp(Disposition.BREAK_OFF)]}


def play_on_answer(*texts, **rules):
    return {LegAnswered: lambda *_: [Play(1, prompt(*texts))], **END}


def carry(main, **rig):
    """Run a call until the test's own timeline `main(rig)` is over."""

    async def whole(clock):
        made = Rig(clock, **{name: make(clock) if callable(make) else make for name, make in rig.items()})
        task = asyncio.ensure_future(made.session.run())
        await clock.wait(0)
        await main(made)
        made.session.stopped()
        await task
        return made

    return run_virtual(whole)


def test_a_cached_prompt_leaves_in_the_very_callback_that_ordered_it():
    rules = {DigitPressed: lambda *_: [Play(1, prompt("Hello."))], **END}

    async def main(rig):
        rig.session.digit("1")
        assert [entry for _, entry in rig.carrier.log][:2] == ["audio", "mark 1.0.0"]
        assert rig.call.seen(PromptStarted) == [PromptStarted(1, cached=True)]

    carry(main, rules=rules)


def test_a_prompt_has_ended_only_when_its_last_mark_came_back():
    async def main(rig):
        await rig.clock.wait(2_090)
        assert not rig.call.seen(PromptEnded)
        await rig.clock.wait(20)
        assert rig.call.times(PromptEnded) == [2_100]

    carry(main, rules=play_on_answer("One.", "Two."), carrier=lambda c: FakeCarrier(c, latency_ms=50))


def test_the_line_is_never_fed_more_than_a_few_seconds_ahead_and_never_runs_dry():
    async def main(rig):
        for _ in range(295):
            await rig.clock.wait(100)
            assert 2_500 <= rig.carrier.ahead_ms <= 5_000 or rig.clock.now() > 25_500
            assert rig.carrier.ahead_ms > 0

        await rig.clock.wait(1_000)
        assert rig.call.times(PromptEnded) == [30_000]
        assert max(rig.carrier.messages) == 8_000
        assert len(rig.carrier.messages) == 30

    carry(main, rules=play_on_answer("Long."), prompts=lambda c: FakePrompts(c, ready_ms={"Long.": 30_000}))


def test_a_mark_flushed_by_a_clear_does_not_end_the_next_prompt():
    rules = {
        LegAnswered: lambda *_: [Play(1, prompt("One."))],
        DigitPressed: lambda *_: [StopPlayback(1), Play(2, prompt("Two."))],
        **END,
    }

    async def main(rig):
        await rig.clock.wait(400)
        rig.session.digit("1")
        await rig.clock.wait(300)
        assert rig.call.seen(PromptEnded) == []
        assert rig.call.seen(PromptCut) == [PromptCut(1, 0, "", 400)]
        await rig.clock.wait(700)
        assert rig.call.seen(PromptEnded) == [PromptEnded(2)]

    carry(main, rules=rules)


def test_a_key_is_followed_by_clear_in_the_same_instant():
    rules = {
        LegAnswered: lambda *_: [Play(1, prompt("One."))],
        DigitPressed: lambda *_: [StopPlayback(1)],
        **END,
    }

    async def main(rig):
        await rig.clock.wait(100)
        rig.session.digit("1")
        assert rig.carrier.times_of("clear") == [rig.clock.now()]

    carry(main, rules=rules)


def test_what_was_heard_is_told_to_the_word():
    rules = {
        LegAnswered: lambda *_: [Play(1, prompt("First sentence.", "one two three four five"))],
        DigitPressed: lambda *_: [StopPlayback(1)],
        **END,
    }

    async def main(rig):
        await rig.clock.wait(1_500)
        rig.session.digit("1")
        assert rig.call.seen(PromptCut) == [PromptCut(1, 1, "First sentence. one two", 1_500)]

    carry(main, rules=rules)


def test_a_late_mark_tells_that_the_line_lags_behind():
    rules = {
        LegAnswered: lambda *_: [Play(1, prompt("First sentence.", "one two three four five"))],
        DigitPressed: lambda *_: [StopPlayback(1)],
        **END,
    }

    async def main(rig):
        await rig.clock.wait(1_500)
        rig.session.digit("1")
        assert rig.call.seen(PromptCut) == [PromptCut(1, 1, "First sentence.", 1_100)]

    carry(main, rules=rules, carrier=lambda c: FakeCarrier(c, latency_ms=200))


def test_the_words_of_a_sensitive_prompt_stay_out_of_the_facts():
    rules = {
        LegAnswered: lambda *_: [Play(1, prompt("Your pin is nine.", sensitive=True))],
        DigitPressed: lambda *_: [StopPlayback(1)],
        **END,
    }

    async def main(rig):
        await rig.clock.wait(900)
        rig.session.digit("1")
        assert rig.call.seen(PromptCut)[0].heard_text == "[sensitive]"

    carry(main, rules=rules)


def test_a_lost_mark_does_not_hang_the_call():
    async def main(rig):
        await rig.clock.wait(3_100)
        assert rig.call.times(PromptEnded) == [3_000]
        assert rig.call.seen(PromptEnded) == [PromptEnded(1, is_proven=False)]

    carry(main, rules=play_on_answer("One."), carrier=lambda c: FakeCarrier(c, echoes_marks=False))


def test_a_slow_synthesiser_is_waited_for_and_then_heard():
    async def main(rig):
        await rig.clock.wait(5_000)
        assert rig.call.times(PromptStarted) == [1_500]
        assert rig.call.seen(PromptStarted) == [PromptStarted(1, cached=False)]
        assert rig.call.times(PromptEnded) == [2_500]

    slow = {"Slow.": [(1_500, 500), (100, 500)]}
    carry(main, rules=play_on_answer("Slow."), prompts=lambda c: FakePrompts(c, slow=slow))


def test_the_next_sentence_is_made_while_this_one_is_played():
    async def main(rig):
        await rig.clock.wait(6_000)
        assert rig.prompts.streamed == [(0, "A."), (200, "B."), (900, "C.")]
        assert rig.call.times(PromptEnded) == [3_200]

    slow = {"A.": [(200, 1_000)], "B.": [(700, 1_000)], "C.": [(100, 1_000)]}
    carry(main, rules=play_on_answer("A.", "B.", "C."), prompts=lambda c: FakePrompts(c, slow=slow))


def test_no_first_audio_within_the_deadline_is_a_failed_play():
    async def main(rig):
        await rig.clock.wait(4_500)
        assert rig.call.seen(SynthesizerFailed) == [SynthesizerFailed(1, "timeout")]
        assert rig.call.times(SynthesizerFailed) == [4_000]
        assert not rig.call.seen(PromptStarted)

    carry(
        main, rules=play_on_answer("Never."), prompts=lambda c: FakePrompts(c, slow={"Never.": [(60_000, 1)]})
    )


def test_a_broken_synthesiser_is_a_fact_after_what_was_sent_has_been_heard():
    async def main(rig):
        await rig.clock.wait(3_000)
        assert rig.call.seen(SynthesizerFailed) == [SynthesizerFailed(1, "error")]
        assert rig.call.times(SynthesizerFailed) == [1_000]

    carry(
        main,
        rules=play_on_answer("Good.", "Bad.", "Never."),
        prompts=lambda c: FakePrompts(c, broken={"Bad."}),
    )


def test_a_synthesiser_that_breaks_before_any_sound_fails_the_play_at_once():
    async def main(rig):
        await rig.clock.wait(10)
        assert rig.call.seen(SynthesizerFailed) == [SynthesizerFailed(1, "error")]

    carry(main, rules=play_on_answer("Bad."), prompts=lambda c: FakePrompts(c, broken={"Bad."}))


def test_a_stalled_stream_fails_when_the_line_has_been_dry_too_long():
    async def main(rig):
        await rig.clock.wait(9_000)
        assert rig.call.times(SynthesizerFailed) == [5_000]

    slow = {"Stalls.": [(0, 1_000), (60_000, 1)]}
    carry(main, rules=play_on_answer("Stalls."), prompts=lambda c: FakePrompts(c, slow=slow))


def test_small_pieces_of_a_stream_are_gathered_into_messages():
    async def main(rig):
        await rig.clock.wait(4_000)
        assert rig.call.seen(PromptEnded)
        assert len(rig.carrier.messages) <= 25

    slow = {"Pieces.": [(5, 20)] * 100}
    carry(main, rules=play_on_answer("Pieces."), prompts=lambda c: FakePrompts(c, slow=slow))


def test_a_prompt_without_sound_ends_at_once():
    async def main(rig):
        assert rig.call.seen(PromptEnded) == [PromptEnded(1)]

    carry(main, rules=play_on_answer())


def test_an_order_to_stop_what_is_over_changes_nothing():
    rules = {DigitPressed: lambda *_: [StopPlayback(7)], **END}

    async def main(rig):
        rig.session.digit("1")
        assert not rig.carrier.times_of("clear")
        assert not rig.call.seen(PromptCut)

    carry(main, rules=rules)


def test_the_detector_expects_the_echo_only_while_the_bot_speaks():
    async def main(rig):
        stamp = await rig.line(100)
        assert rig.detector.echo < 0
        await rig.line(1_000, stamp)
        assert rig.detector.echo is None

    carry(main, rules=play_on_answer("One."))

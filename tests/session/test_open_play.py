"""A play that grows while it sounds: the sentences of a reply that still comes."""

from app.engine.actions import Extend, Play, StopPlayback
from app.engine.events import DigitPressed, LegAnswered, PromptCut, PromptEnded, SynthesizerFailed
from tests.session.rig import prompt
from tests.session.test_speaker import END, carry

MORE = prompt("Two.").utterances


def growing(**keys):
    """An open play of one second; the keys order what the test wants."""
    orders = {
        "1": [Extend(1, MORE)],
        "2": [Extend(1, (), is_last=True)],
        "3": [Extend(1, MORE, is_last=True)],
        "4": [StopPlayback(1)],
        "5": [Extend(9, MORE)],
    }
    return {
        LegAnswered: lambda *_: [Play(1, prompt("One."), is_open=True)],
        DigitPressed: lambda fact, _: orders[fact.digit],
        **END,
    }


def test_an_open_play_does_not_end_when_all_there_is_has_been_heard():
    async def main(rig):
        await rig.clock.wait(1_500)
        assert not rig.call.seen(PromptEnded)
        rig.session.digit("2")
        assert rig.call.seen(PromptEnded) == [PromptEnded(1)]

    carry(main, rules=growing())


def test_a_sentence_that_comes_in_time_follows_without_a_gap():
    async def main(rig):
        await rig.clock.wait(600)
        rig.session.digit("3")
        await rig.clock.wait(1_399)
        assert not rig.call.seen(PromptEnded)
        await rig.clock.wait(2)
        assert rig.call.times(PromptEnded) == [2_000]

    carry(main, rules=growing())


def test_a_sentence_that_comes_late_is_spoken_all_the_same():
    async def main(rig):
        await rig.clock.wait(3_000)
        rig.session.digit("1")
        rig.session.digit("2")
        await rig.clock.wait(1_001)
        assert rig.call.times(PromptEnded) == [4_000]

    carry(main, rules=growing())


def test_an_open_play_that_gets_nothing_more_fails_before_the_silence_is_long():
    async def main(rig):
        await rig.clock.wait(4_999)
        assert not rig.call.seen(SynthesizerFailed)
        await rig.clock.wait(2)
        assert rig.call.seen(SynthesizerFailed) == [SynthesizerFailed(1, "timeout")]
        rig.session.digit("1")
        assert len([entry for _, entry in rig.carrier.log if entry == "audio"]) == 1

    carry(main, rules=growing())


def test_what_belongs_to_another_play_is_not_spoken():
    async def main(rig):
        rig.session.digit("5")
        assert len([entry for _, entry in rig.carrier.log if entry == "audio"]) == 1

    carry(main, rules=growing())


def test_stopping_an_open_play_tells_what_was_heard_and_takes_no_more():
    async def main(rig):
        rig.session.digit("1")
        await rig.clock.wait(1_200)
        rig.session.digit("4")
        assert [(cut.utterances, cut.heard_ms) for cut in rig.call.seen(PromptCut)] == [(1, 1_200)]
        rig.session.digit("3")
        assert len([entry for _, entry in rig.carrier.log if entry == "audio"]) == 2

    carry(main, rules=growing())

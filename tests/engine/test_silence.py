"""Silence is never long (rule 9): what can fail, and when the caller hears something again."""

import pytest

from app.domain.call import Disposition
from app.engine.actions import HangUp, Play
from app.engine.call import Call
from app.engine.events import (
    LegAnswered,
    SpeechEnded,
    SpeechStarted,
    StreamLost,
    SynthesizerFailed,
    TranscriberFailed,
)
from app.engine.states import Closing, Deciding, Ringing
from tests.engine.stage import Stage, flow, menu, open_question, yes_no

HEARD_AGAIN_MS = 8_000


def test_an_answer_that_is_not_stored_within_5_s_is_apologised_for():
    stage = Stage(yes_no(), menu()).answer().prompt_ends()
    stage.holds_commits = True
    stage.press("1")
    stage.wait(4_999)
    assert isinstance(stage.call.state, Deciding)
    stage.wait(1)
    assert isinstance(stage.call.state, Closing)
    assert stage.said


def test_a_voice_that_hangs_twice_leaves_no_silence_longer_than_8_s():
    stage = Stage(yes_no()).answer()
    for _ in range(2):
        play, stage.playing = stage.playing, None
        stage.wait(4_000)  # the speaker's own limit to a first sound
        stage.post(SynthesizerFailed(play.play, "timeout"))
    assert isinstance(stage.call.state, Closing)
    assert stage.said.startswith("I'm sorry")
    assert stage.now <= HEARD_AGAIN_MS


def test_a_speaker_that_says_nothing_at_all_is_given_up_after_6_s():
    call = Call(flow(yes_no()))
    call.handle(LegAnswered(), 0)
    assert call.next_deadline == 6_000


def _no_words(stage: Stage) -> None:
    """The recogniser says nothing to what was said."""


def _late_final(stage: Stage) -> None:
    stage.partial("yellow")


def _broken(stage: Stage) -> None:
    stage.post(TranscriberFailed(stage.listening.turn, "error"))


@pytest.mark.parametrize("question", [yes_no, menu, open_question])
@pytest.mark.parametrize("fault", [_no_words, _late_final, _broken])
def test_whoever_has_spoken_hears_something_within_8_s_whatever_the_recogniser_does(question, fault):
    stage = Stage(question()).answer().prompt_ends()
    stage.now += 100
    stage.post(SpeechStarted(100))
    stage.wait(700)
    ceased = stage.now
    fault(stage)
    stage.wait(200)
    stage.post(SpeechEnded(200))
    stage.wait(HEARD_AGAIN_MS - 200)
    spoken = [at for at, order in stage.orders if isinstance(order, Play | HangUp) and at > ceased]
    assert spoken, stage.call.state


def test_a_caller_whose_line_was_lost_is_waited_for_60_s():
    stage = Stage(yes_no()).answer()
    stage.post(StreamLost())
    stage.wait(59_999)
    assert isinstance(stage.call.state, Ringing)
    stage.wait(1)
    assert stage.disposition is Disposition.INTERRUPTED

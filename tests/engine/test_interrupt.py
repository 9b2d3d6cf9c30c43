"""The one interruption that needs neither a voice nor a key: whoever runs the call silences the bot."""

from app.domain.call import Disposition
from app.domain.speech import BargeIn
from app.engine.actions import CallEnded, Listen, StopPlayback
from app.engine.events import OperatorCommand, PromptStarted, SpeechStarted
from app.engine.states import Hearing, Keying, Listening, Prompting
from tests.engine.stage import Stage, digits, message, transfer, yes_no

CUT = OperatorCommand("interrupt_prompt")


def cuts(stage: Stage) -> int:
    return sum(isinstance(order, StopPlayback) for _, order in stage.orders)


def test_an_interrupted_question_is_silent_and_listened_to_at_once():
    stage = Stage(yes_no()).answer()
    stage.post(CUT)
    assert stage.playing is None
    assert isinstance(stage.call.state, Listening)
    stage.say("yes")
    assert stage.answers == {"happy": True}
    assert stage.turns[0].barged_in


def test_silence_after_an_interruption_climbs_the_no_input_ladder():
    stage = Stage(yes_no()).answer()
    stage.post(CUT)
    stage.wait(60_000)
    assert isinstance(stage.call.state, Prompting)
    assert stage.said != "Are you happy?"


def test_a_prompt_that_no_caller_may_interrupt_is_cut_too_and_not_said_again():
    stage = Stage(message("You must hear this.", bargein=BargeIn.NONE), yes_no()).answer()
    stage.post(CUT)
    assert isinstance(stage.call.state, Listening)
    assert stage.last(Listen)
    stage.press("1")
    assert stage.answers == {"happy": True}


def test_noise_after_an_interruption_does_not_bring_the_prompt_back():
    stage = Stage(yes_no()).answer()
    stage.post(CUT)
    stage.voice(300)
    stage.wait(1_500)
    assert isinstance(stage.call.state, Listening)
    assert stage.playing is None


def test_whoever_speaks_already_is_heard_out_after_an_interruption():
    stage = Stage(yes_no()).answer()
    stage.post(SpeechStarted(100))
    stage.post(CUT)
    assert isinstance(stage.call.state, Hearing)


def test_an_interrupted_message_without_a_question_gives_way_to_what_follows():
    stage = Stage(message(), transfer()).answer()
    stage.post(CUT)
    assert stage.transferred_to == ["+15550100"]


def test_interrupted_last_words_end_the_call_as_it_would_have_ended():
    stage = Stage(message("Goodbye.")).answer()
    stage.post(CUT)
    stage.post(CUT)
    assert stage.disposition is Disposition.COMPLETED
    assert len(stage.entries(CallEnded)) == 1


def test_an_interruption_while_the_caller_has_the_floor_changes_nothing():
    stage = Stage(digits()).answer().prompt_ends()
    stage.post(CUT)
    assert isinstance(stage.call.state, Listening)
    stage.press("12")
    stage.post(CUT)
    assert isinstance(stage.call.state, Keying)
    assert cuts(stage) == 0


def test_a_cut_prompt_that_starts_late_stays_silent():
    stage = Stage(yes_no()).answer()
    play = stage.playing.play
    stage.post(CUT)
    stage.post(PromptStarted(play, cached=False))
    assert isinstance(stage.call.state, Listening)

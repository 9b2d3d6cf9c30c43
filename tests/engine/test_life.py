"""A call's life: how it begins, is lost, comes back and ends; providers and the log that fail."""

import pytest

from app.domain.call import Disposition
from app.domain.speech import BargeIn
from app.engine.actions import AnswerGiven, CallEnded, Play, TurnTaken
from app.engine.call import Call
from app.engine.events import (
    DeadlinePassed,
    LegAnswered,
    LegEnded,
    OperatorCommand,
    PromptCut,
    PromptEnded,
    Recorded,
    RecordFailed,
    StreamLost,
    SynthesizerFailed,
    TransferEnded,
)
from app.engine.states import Closing, Deciding, Ended, Listening, Prompting, Ringing, Transferring
from app.flows.model import EndStep, Message, Piped, Say
from tests.engine.stage import HERE, Stage, consent, digits, flow, menu, message, transfer, yes_no


def play_out(stage: Stage) -> None:
    while stage.playing:
        stage.prompt_ends()


def test_a_whole_call_ends_completed_with_one_hang_up():
    stage = Stage(message(), yes_no(), menu()).answer().prompt_ends()
    stage.press("1")
    stage.press("2")
    play_out(stage)
    assert stage.answers == {"happy": True, "color": "green"}
    assert stage.disposition is Disposition.COMPLETED
    assert [entry.disposition for entry in stage.entries(CallEnded)] == [Disposition.COMPLETED]
    assert stage.call.disposition is Disposition.COMPLETED
    assert stage.call.next_deadline is None


def test_the_next_prompt_is_not_spoken_before_the_answer_is_durable():
    stage = Stage(yes_no(), menu()).answer().prompt_ends()
    stage.holds_commits = True
    stage.press("1")
    assert isinstance(stage.call.state, Deciding)
    assert stage.playing is None
    stage.post(Recorded(999))
    assert stage.playing is None
    stage.commit()
    assert stage.said == "Which color?"


@pytest.mark.parametrize("failed", [True, False])
def test_an_answer_that_cannot_be_stored_is_not_acknowledged(failed):
    stage = Stage(yes_no(), menu()).answer().prompt_ends()
    stage.holds_commits = True
    stage.press("1")
    if failed:
        stage.post(RecordFailed(stage.uncommitted[0]))
    else:
        stage.wait(5_000)
    assert isinstance(stage.call.state, Closing)
    stage.prompt_ends()
    assert stage.disposition is Disposition.ERROR


def test_a_caller_who_hangs_up_breaks_off():
    stage = Stage(yes_no(), menu()).answer().prompt_ends()
    stage.press("1")
    stage.post(LegEnded("hangup"))
    assert stage.disposition is Disposition.BREAK_OFF
    assert stage.turns[-1].outcome == "left"


def test_a_caller_who_hangs_up_after_the_main_questions_is_partial():
    stage = Stage(yes_no(), menu(), partial_if=("happy",)).answer().prompt_ends()
    stage.press("1")
    stage.post(LegEnded("hangup"))
    assert stage.disposition is Disposition.PARTIAL


def test_whoever_hangs_up_during_the_goodbye_has_completed():
    stage = Stage(yes_no()).answer().prompt_ends()
    stage.press("1")
    stage.post(LegEnded("hangup"))
    assert stage.disposition is Disposition.COMPLETED


@pytest.mark.parametrize(
    ("cause", "disposition"),
    [
        ("busy", Disposition.BUSY),
        ("no_answer", Disposition.NO_ANSWER),
        ("failed", Disposition.FAILED),
        ("canceled", Disposition.CANCELED),
        ("machine", Disposition.MACHINE),
        ("hangup", Disposition.CANCELED),
    ],
)
def test_a_call_that_nobody_took_says_why(cause, disposition):
    stage = Stage(yes_no())
    stage.post(LegEnded(cause))
    assert stage.disposition is disposition


def test_a_call_whose_media_never_comes_ends():
    stage = Stage(yes_no())
    stage.wait(120_000)
    assert stage.disposition is Disposition.FAILED


def test_a_lost_line_is_waited_for_and_the_open_question_asked_again():
    stage = Stage(message(), yes_no(), menu()).answer().prompt_ends()
    stage.press("1")
    stage.prompt_ends()
    stage.post(StreamLost())
    assert isinstance(stage.call.state, Ringing)
    stage.wait(10_000)
    stage.playing = None
    stage.post(LegAnswered(1))
    assert stage.said.endswith("Which color?")
    assert stage.said != "Which color?"
    stage.press("3")
    assert stage.answers == {"happy": True, "color": "blue"}
    assert stage.entries(AnswerGiven)[-1].answer.asks == 1


def test_a_message_that_the_loss_cut_is_said_again():
    stage = Stage(message(bargein=BargeIn.NONE), yes_no()).answer()
    stage.post(StreamLost())
    stage.playing = None
    stage.post(LegAnswered(1))
    heard = []
    while stage.playing:
        heard.append(stage.said)
        stage.prompt_ends()
    assert "Hello there. Welcome." in " ".join(heard)
    assert "Are you happy?" in " ".join(heard)


def test_an_answer_being_stored_when_the_line_was_lost_stands():
    stage = Stage(yes_no(), menu()).answer().prompt_ends()
    stage.holds_commits = True
    stage.press("1")
    stage.post(StreamLost())
    stage.post(LegAnswered(1))
    assert stage.said.endswith("Which color?")


def test_last_words_that_were_cut_are_said_again():
    stage = Stage(yes_no()).answer().prompt_ends()
    stage.press("1")
    stage.post(StreamLost())
    stage.playing = None
    stage.post(LegAnswered(1))
    assert stage.said == "Goodbye."
    stage.prompt_ends()
    assert stage.disposition is Disposition.COMPLETED


def test_a_caller_who_does_not_come_back_is_interrupted():
    stage = Stage(yes_no()).answer()
    stage.post(StreamLost())
    stage.wait(60_000)
    assert stage.disposition is Disposition.INTERRUPTED


def test_a_second_answer_of_the_same_leg_changes_nothing():
    stage = Stage(yes_no()).answer()
    assert stage.post(LegAnswered(0)) == []


def test_a_mark_that_never_comes_does_not_hang_the_call():
    stage = Stage(yes_no()).answer()
    stage.wait(60_000)
    assert stage.turns[-1].outcome == "no_input"


def test_a_prompt_that_fails_is_tried_once_more():
    stage = Stage(yes_no()).answer()
    play, stage.playing = stage.playing, None
    stage.post(SynthesizerFailed(play.play, "error"))
    assert stage.said == "Are you happy?"
    stage.prompt_ends()
    stage.press("1")
    assert stage.answers == {"happy": True}


def test_a_voice_that_stays_away_ends_the_call_with_an_error():
    stage = Stage(yes_no()).answer()
    for _ in range(3):
        play, stage.playing = stage.playing, None
        stage.post(SynthesizerFailed(play.play, "error"))
    assert stage.disposition is Disposition.ERROR


def test_a_prompt_that_never_begins_counts_as_failed():
    call = Call(flow(yes_no()))
    first = call.handle(LegAnswered(), 0)
    assert [o.play for o in first if isinstance(o, Play)] == [1]
    again = call.handle(DeadlinePassed(), 6_000)
    assert [o.play for o in again if isinstance(o, Play)] == [2]


def test_a_call_that_lasts_too_long_is_told_so_and_ends():
    stage = Stage(yes_no(), max_duration_ms=3_000).answer()
    stage.wait(3_000)
    assert isinstance(stage.call.state, Closing)
    assert stage.said
    stage.prompt_ends()
    assert stage.disposition is Disposition.BREAK_OFF


def test_last_words_whose_mark_is_lost_still_end_the_call():
    stage = Stage(yes_no()).answer().prompt_ends()
    stage.press("1")
    stage.wait(60_000)
    assert stage.disposition is Disposition.COMPLETED


def test_a_transfer_that_the_carrier_takes_ends_as_transferred():
    stage = Stage(yes_no(), transfer(name="desk")).answer().prompt_ends()
    stage.press("1")
    while stage.playing:
        stage.prompt_ends()
    assert isinstance(stage.call.state, Transferring)
    stage.post(TransferEnded(completed=True))
    assert stage.disposition is Disposition.TRANSFERRED


def test_a_sensitive_value_is_in_no_turn_line():
    stage = Stage(digits(sensitive=True), menu()).answer().prompt_ends()
    assert stage.call.is_sensitive
    stage.press("1234")
    stage.press("1")
    stage.press("1")
    lines = stage.entries(TurnTaken)
    assert "1234" not in repr(lines)
    assert lines[0].input == "[sensitive]"
    assert stage.answers["pin"] == "1234"


def test_consent_to_recording_is_logged():
    stage = Stage(consent(covers=frozenset({"recording"}))).answer().prompt_ends()
    stage.press("1")
    assert "RecordingDecided(allowed=True)" in repr(stage.orders)


@pytest.mark.parametrize(("key", "allowed"), [("1", True), ("2", False)])
def test_nobody_who_is_asked_is_recorded_before_their_yes_or_against_their_no(key, allowed):
    stage = Stage(consent(covers=frozenset({"recording"})))
    assert not stage.call.may_be_recorded(unless_asked=True)
    stage.answer().prompt_ends()
    assert not stage.call.may_be_recorded(unless_asked=True)
    stage.press(key)
    assert stage.call.may_be_recorded(unless_asked=True) is allowed
    assert stage.call.may_be_recorded(unless_asked=False) is allowed


def test_where_the_flow_asks_nobody_the_operator_decides_about_recording():
    stage = Stage(consent(covers=frozenset({"survey"})))
    assert stage.call.may_be_recorded(unless_asked=True)
    assert not stage.call.may_be_recorded(unless_asked=False)


@pytest.mark.parametrize(
    ("command", "disposition"),
    [
        ("hang_up", Disposition.BREAK_OFF),
        ("interrupt", Disposition.INTERRUPTED),
        ("error", Disposition.ERROR),
        ("unknown", None),
    ],
)
def test_an_operator_may_end_a_call(command, disposition):
    stage = Stage(yes_no()).answer()
    stage.post(OperatorCommand(command))
    assert stage.disposition is disposition


def test_facts_about_a_playback_that_is_over_change_nothing():
    stage = Stage(yes_no()).answer()
    old = stage.playing.play
    stage.press("1")
    state = stage.call.state
    for fact in (PromptEnded(old), PromptCut(old, 1, "x", 5), SynthesizerFailed(old, "late"), Recorded(1)):
        stage.post(fact)
    assert stage.call.state == state
    assert isinstance(state, Closing | Prompting)


def test_what_was_heard_before_a_key_cut_it_is_logged():
    stage = Stage(message("One. Two."), yes_no(), menu()).answer()
    stage.heard_utterances = 2
    stage.press("1")
    stage.press("1")
    assert stage.turns[0].heard == "One. Two."


def test_after_the_end_nothing_changes():
    stage = Stage(yes_no()).answer()
    stage.post(LegEnded("hangup"))
    assert isinstance(stage.call.state, Ended)
    assert stage.post(LegAnswered(5)) == []
    assert stage.post(LegEnded("hangup")) == []


def test_a_call_says_in_which_language_it_is_held():
    assert Stage(yes_no()).answer().call.language == "en"


def test_a_flow_may_end_without_a_word():
    silent = EndStep(name="bye", place=HERE, disposition=Disposition.INELIGIBLE)
    stage = Stage(silent).answer()
    play_out(stage)
    assert stage.disposition is Disposition.INELIGIBLE


def test_a_false_alarm_when_all_was_said_waits_for_the_caller():
    stage = Stage(yes_no()).answer()
    stage.heard_utterances = 1
    stage.voice(400)
    stage.wait(800)
    assert isinstance(stage.call.state, Listening)


def test_a_prompt_without_words_is_not_played():
    empty = Message(name="m", place=HERE, prompt={"en": Say(Piped(("",)))})
    stage = Stage(empty, yes_no()).answer()
    assert stage.said == "Are you happy?"

"""Speech: end of turn, barge-in, false alarms and noise (dialogue-rules.md)."""

from app.domain.call import Disposition
from app.domain.speech import BargeIn, Prompt
from app.engine.actions import AnswerGiven, Play, StopListening, StopPlayback
from app.engine.bargein import breaths_of
from app.engine.events import (
    FinalTranscript,
    PartialTranscript,
    SpeechEnded,
    SpeechStarted,
    TranscriberFailed,
)
from app.engine.states import Hearing, Listening, Prompting
from app.flows.sprint import End, Policy, Sprint
from tests.engine.stage import Stage, digits, menu, message, open_question, yes_no


def speaking(stage: Stage, ms: int = 500) -> None:
    """Begin to speak and go on for so long."""
    stage.now += 100
    stage.post(SpeechStarted(100))
    stage.wait(ms - 100)


def silence(stage: Stage) -> int:
    """Fall silent; return when the voice really ceased."""
    ceased = stage.now
    stage.wait(200)
    stage.post(SpeechEnded(200))
    return ceased


def test_a_yes_ends_its_turn_300_ms_after_the_voice():
    stage = Stage(yes_no()).answer().prompt_ends()
    speaking(stage)
    stage.partial("yes")
    ceased = silence(stage)
    stage.wait(99)
    assert stage.answers == {}
    stage.wait(1)
    assert stage.answers == {"happy": True}
    assert stage.entries(AnswerGiven)[0].answered_at == ceased + 300


def test_an_entry_that_may_go_on_waits_for_1000_ms():
    stage = Stage(digits(length=4)).answer().prompt_ends()
    speaking(stage)
    stage.partial("four one")
    silence(stage)
    stage.wait(700)
    assert isinstance(stage.call.state, Hearing)
    speaking(stage)
    stage.partial("four one two two")
    silence(stage)
    stage.wait(1_000)
    assert stage.answers == {"pin": "4122"}


def test_the_final_is_not_waited_for_when_the_partial_is_an_answer():
    stage = Stage(yes_no()).answer().prompt_ends()
    speaking(stage)
    stage.partial("no")
    silence(stage)
    stage.wait(100)
    assert stage.answers == {"happy": False}


def test_the_final_is_waited_for_1500_ms_when_the_partial_is_no_answer():
    stage = Stage(yes_no()).answer().prompt_ends()
    speaking(stage)
    stage.partial("yellow")
    ceased = silence(stage)
    stage.now = ceased + 1_400
    stage.final("yes yes")
    stage.wait(0)
    assert stage.answers == {"happy": True}


def test_words_that_are_no_answer_are_no_match_and_the_question_comes_again():
    stage = Stage(yes_no()).answer().prompt_ends()
    stage.say("bananas")
    assert stage.turns[-1].outcome == "no_match"
    assert stage.said.endswith("Are you happy?")


def test_an_open_answer_ends_after_1200_ms_of_silence():
    stage = Stage(open_question()).answer().prompt_ends()
    speaking(stage, 2_000)
    stage.partial("it was slow")
    silence(stage)
    stage.wait(999)
    assert stage.answers == {}
    stage.wait(1)
    assert stage.answers == {"why": "it was slow"}
    assert stage.last(StopListening)[1].keep


def test_a_caller_who_pauses_long_is_given_longer():
    stage = Stage(open_question()).answer().prompt_ends()
    for part in ("it was", "it was really", "it was really slow"):
        speaking(stage, 800)
        stage.partial(part)
        silence(stage)
        stage.wait(800)
    stage.wait(200)
    assert isinstance(stage.call.state, Hearing)
    stage.wait(400)
    assert stage.answers == {"why": "it was really slow"}


def test_an_open_answer_without_a_transcript_is_kept_for_its_audio():
    stage = Stage(open_question()).answer().prompt_ends()
    speaking(stage, 3_000)
    silence(stage)
    stage.final("")
    stage.wait(1_500)
    assert stage.answers == {"why": ""}


def test_voice_cuts_the_prompt_after_200_ms():
    stage = Stage(yes_no()).answer()
    stage.now = 1_000
    stage.post(SpeechStarted(100))
    stage.wait(99)
    assert isinstance(stage.call.state, Prompting)
    stage.wait(1)
    assert stage.last(StopPlayback)[0] == 1_100
    assert isinstance(stage.call.state, Hearing)


def test_a_click_does_not_cut_the_prompt():
    stage = Stage(yes_no()).answer()
    stage.post(SpeechStarted(100))
    stage.wait(50)
    stage.post(SpeechEnded(20))
    stage.wait(2_000)
    assert stage.said == "Are you happy?"


def test_a_short_word_that_is_an_answer_interrupts_by_its_meaning():
    stage = Stage(yes_no()).answer()
    stage.post(SpeechStarted(100))
    stage.wait(60)
    stage.post(SpeechEnded(20))
    stage.final("no")
    stage.wait(400)
    assert stage.answers == {"happy": False}


def test_what_is_said_over_the_prompt_answers_its_question():
    stage = Stage(message(), yes_no()).answer()
    stage.say("yes")
    assert stage.answers == {"happy": True}
    assert stage.turns[0].barged_in


def test_after_a_false_alarm_the_prompt_goes_on_from_the_sentence_that_was_cut():
    stage = Stage(message("One is done. Two was cut."), yes_no()).answer()
    stage.heard_utterances = 1
    stage.voice(400)
    stage.wait(800)
    assert stage.said == "Two was cut. Are you happy?"
    stage.prompt_ends()
    stage.press("1")
    assert stage.turns[0].false_alarms == 1
    assert stage.answers == {"happy": True}


def test_speech_does_not_interrupt_what_only_keys_may():
    stage = Stage(yes_no(bargein=BargeIn.KEYS)).answer()
    stage.say("yes")
    assert stage.said == "Are you happy?"
    stage.press("1")
    assert stage.answers == {"happy": True}


def test_nothing_interrupts_a_disclosure():
    stage = Stage(message(bargein=BargeIn.NONE), yes_no()).answer()
    stage.say("yes")
    stage.press("1")
    assert stage.said == "Hello there. Welcome."


def test_noise_is_not_an_answer_and_holds_the_no_input_timer_5_s_at_most():
    stage = Stage(yes_no()).answer().prompt_ends()
    for _ in range(30):
        stage.voice(300)
        if isinstance(stage.call.state, Prompting):
            break
        stage.wait(200)
    assert stage.turns[-1].outcome == "no_input"
    assert 5_000 <= stage.turns[-1].answered_at <= 10_000


def test_endless_noise_does_not_hold_the_call():
    stage = Stage(yes_no()).answer().prompt_ends()
    stage.post(SpeechStarted(100))
    stage.wait(10_000)
    assert stage.turns[-1].outcome == "no_input"


def test_noise_during_the_wait_gives_the_caller_back_the_rest_of_their_time():
    stage = Stage(yes_no()).answer().prompt_ends()
    stage.wait(1_000)
    stage.voice(300)
    stage.wait(1_000)
    assert isinstance(stage.call.state, Listening)


def test_a_late_reply_does_not_answer_the_next_question():
    stage = Stage(menu("first"), menu("second")).answer().prompt_ends()
    old = stage.listening.turn
    stage.press("1")
    stage.post(FinalTranscript(old, "green", 0.9))
    stage.post(PartialTranscript(old, "green", 0.9))
    stage.wait(3_000)
    assert stage.answers == {"first": "red"}


def test_when_the_recogniser_is_busy_keys_still_answer():
    stage = Stage(yes_no()).answer().prompt_ends()
    stage.post(TranscriberFailed(stage.listening.turn, "busy"))
    stage.press("1")
    assert stage.answers == {"happy": True}


def test_speech_that_the_recogniser_lost_is_asked_for_again():
    stage = Stage(yes_no()).answer().prompt_ends()
    speaking(stage)
    stage.post(TranscriberFailed(stage.listening.turn, "error"))
    silence(stage)
    stage.wait(1_000)
    assert stage.turns[-1].outcome == "no_match"


def test_half_sure_words_are_read_back_before_they_count():
    stage = Stage(yes_no()).answer().prompt_ends()
    stage.say("yes", confidence=0.6)
    assert stage.answers == {}
    assert "I heard" in stage.said
    stage.prompt_ends()
    stage.press("1")
    assert stage.answers == {"happy": True}


def test_a_question_for_keys_alone_does_not_listen():
    stage = Stage(menu(policy=Policy(speech=False))).answer().prompt_ends()
    assert stage.listening is None
    stage.post(SpeechStarted(100))
    stage.wait(6_000)
    assert stage.turns[-1].outcome == "no_input"


def test_speech_longer_than_max_speech_is_judged_as_it_is():
    stage = Stage(open_question(policy=Policy(max_speech_ms=10_000))).answer().prompt_ends()
    stage.post(SpeechStarted(100))
    stage.partial("on and on")
    stage.wait(10_000)
    assert stage.answers == {"why": "on and on"}


def test_voice_that_begins_as_the_prompt_ends_is_heard_out():
    stage = Stage(yes_no()).answer()
    stage.post(SpeechStarted(100))
    stage.prompt_ends()
    assert isinstance(stage.call.state, Hearing)
    stage.partial("yes")
    silence(stage)
    stage.wait(400)
    assert stage.answers == {"happy": True}


def test_the_bot_asks_three_times_and_hangs_up_on_nobody_in_the_middle():
    stage = Stage(yes_no(on_fail="end")).answer()
    for _ in range(3):
        stage.prompt_ends()
        stage.wait(5_000)
    stage.prompt_ends()
    assert stage.disposition is Disposition.NO_INPUT
    assert stage.last(Play)


def test_noise_that_outlasts_the_callers_time_is_no_input():
    stage = Stage(yes_no()).answer().prompt_ends()
    stage.wait(4_700)
    stage.voice(400)
    stage.wait(1_000)
    assert stage.turns[-1].outcome == "no_input"


def test_a_prompt_without_a_sentence_is_no_breath():
    assert breaths_of(Sprint(End("bye", Disposition.COMPLETED), (Prompt(()),))) == ()


def test_words_that_come_after_their_answer_was_kept_as_sound_still_reach_the_log():
    stage = Stage(open_question(), yes_no()).answer().prompt_ends()
    turn = stage.listening.turn
    stage.voice(2_000)
    stage.wait(1_600)
    assert stage.answers == {"why": ""}
    stage.post(FinalTranscript(turn, " because of the rain ", 0.3))
    given = stage.entries(AnswerGiven)[-1].answer
    assert (given.value, given.raw, given.confidence) == ("because of the rain", "because of the rain", 0.3)
    stage.post(FinalTranscript(turn, "once more", 0.3))
    assert stage.answers == {"why": "because of the rain"}


def test_late_words_change_no_answer_that_has_its_words():
    stage = Stage(open_question(), yes_no()).answer().prompt_ends()
    turn = stage.listening.turn
    stage.say("because of the rain")
    assert stage.post(FinalTranscript(turn, "something else", 0.9)) == []

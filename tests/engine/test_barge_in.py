"""Interrupting the bot: by voice, key and request; false alarms; and what may not be interrupted."""

import pytest

from app.domain.call import Disposition
from app.domain.speech import BargeIn
from app.engine.actions import AnswerGiven, Listen, Play, StopPlayback, TurnTaken
from app.engine.events import LegAnswered, SpeechEnded, SpeechStarted, StreamLost
from app.engine.states import Hearing, Prompting
from tests.engine.stage import Stage, consent, menu, message, open_question, text, transfer, yes_no

OPERATOR = transfer(label="operator", prompt=text("One moment."))


def cuts(stage: Stage) -> list[int]:
    return [at for at, order in stage.orders if isinstance(order, StopPlayback)]


def test_a_click_over_the_prompt_leaves_it_playing():
    stage = Stage(yes_no()).answer()
    stage.post(SpeechStarted(100))
    stage.wait(50)
    stage.post(SpeechEnded(20))
    stage.wait(2_000)
    assert cuts(stage) == []


def test_voice_that_was_long_enough_when_it_was_noticed_cuts_the_prompt_at_once():
    stage = Stage(yes_no()).answer()
    stage.wait(500)
    stage.post(SpeechStarted(230))
    assert cuts(stage) == [500]


def test_a_mumble_that_is_no_answer_does_not_interrupt_by_its_meaning():
    stage = Stage(yes_no()).answer()
    stage.post(SpeechStarted(100))
    stage.wait(60)
    stage.post(SpeechEnded(20))
    stage.partial("hmm")
    stage.wait(3_000)
    assert cuts(stage) == []


def test_the_prompt_goes_on_1000_ms_after_a_sound_without_a_word():
    stage = Stage(yes_no()).answer()
    stage.voice(400)
    stage.wait(799)
    assert stage.playing is None
    stage.wait(1)
    assert stage.said == "Are you happy?"


def test_a_word_within_the_1000_ms_is_no_false_alarm():
    stage = Stage(yes_no()).answer()
    stage.voice(400)
    stage.wait(799)
    stage.final("yes")
    stage.wait(0)
    assert stage.answers == {"happy": True}
    assert stage.turns[0].false_alarms == 0


def test_endless_noise_over_a_prompt_ends_in_no_input_5_s_after_a_false_alarm_would_have():
    stage = Stage(yes_no()).answer()
    stage.post(SpeechStarted(100))
    stage.wait(5_899)
    assert isinstance(stage.call.state, Hearing)
    stage.wait(1)
    turn = stage.turns[-1]
    assert (turn.outcome, turn.barged_in, turn.false_alarms) == ("no_input", False, 1)


def test_a_noise_that_came_to_nothing_is_a_false_alarm_and_no_barge_in():
    stage = Stage(yes_no(), yes_no("well")).answer()
    stage.voice(400)
    stage.wait(800)
    stage.prompt_ends()
    stage.press("1")
    assert (stage.turns[0].barged_in, stage.turns[0].false_alarms) == (False, 1)


def test_who_interrupts_after_a_false_alarm_has_barged_in_once():
    stage = Stage(yes_no(), yes_no("well")).answer()
    stage.voice(400)
    stage.wait(800)
    stage.press("1")
    assert (stage.turns[0].barged_in, stage.turns[0].false_alarms) == (True, 1)


def test_an_open_answer_is_heard_out_however_late_its_words_come():
    stage = Stage(open_question()).answer().prompt_ends()
    stage.post(SpeechStarted(100))
    stage.wait(30_000)
    assert isinstance(stage.call.state, Hearing)


def test_after_a_false_alarm_and_a_lost_line_only_the_unheard_message_is_said_again():
    stage = Stage(message("One is done. Two was cut."), yes_no()).answer()
    stage.heard_utterances = 1
    stage.voice(400)
    stage.wait(800)
    stage.post(StreamLost())
    stage.playing = None
    stage.post(LegAnswered(1))
    heard = [stage.said]
    while isinstance(stage.call.state, Prompting):
        stage.prompt_ends()
        heard += [stage.said] if stage.playing else []
    whole = " ".join(heard)
    assert (whole.count("One is done."), whole.count("Two was cut."), whole.count("Are you happy?")) == (
        0,
        1,
        1,
    )


# -- what may interrupt: any, keys, none -------------------------------------------------------------------


def test_a_prompt_may_be_interrupted_unless_its_author_says_otherwise():
    assert (message().bargein, yes_no().bargein) == (BargeIn.ANY, BargeIn.ANY)


def test_words_over_a_prompt_that_only_keys_interrupt_are_no_answer():
    stage = Stage(yes_no(bargein=BargeIn.KEYS)).answer()
    stage.say("no")
    assert stage.said == "Are you happy?"
    assert not [order for _, order in stage.orders if isinstance(order, Listen)]
    stage.prompt_ends()
    stage.wait(4_000)
    assert stage.answers == {}
    stage.say("yes")
    assert stage.answers == {"happy": True}


def test_a_disclosure_is_over_only_when_its_mark_came_back():
    stage = Stage(message(bargein=BargeIn.NONE), yes_no()).answer()
    stage.wait(10_000)
    stage.say("yes")
    stage.press("1")
    assert cuts(stage) == []
    assert stage.said == "Hello there. Welcome."
    stage.prompt_ends()
    assert stage.said == "Are you happy?"
    assert stage.answers == {}


def test_a_consent_text_that_may_not_be_interrupted_is_answered_only_after_its_mark():
    stage = Stage(consent(bargein=BargeIn.NONE)).answer()
    stage.say("yes")
    stage.press("1")
    assert stage.answers == {}
    stage.prompt_ends()
    stage.press("1")
    assert stage.answers == {"agreed": True}


# -- what was heard and given is logged --------------------------------------------------------------------


def test_a_prompt_heard_whole_is_logged_as_heard():
    stage = Stage(yes_no(), menu()).answer().prompt_ends()
    stage.press("1")
    assert stage.turns[0].heard == "Are you happy?"


def test_an_answer_says_all_that_is_known_of_it():
    stage = Stage(menu(), yes_no()).answer()
    stage.wait(700)
    stage.prompt_ends()
    stage.wait(5_000)
    stage.wait(300)
    stage.prompt_ends()
    stage.wait(1_000)
    stage.say("bananas")
    stage.wait(200)
    stage.prompt_ends()
    ended = stage.now
    stage.wait(900)
    stage.press("2")
    line = stage.entries(AnswerGiven)[0]
    answer = line.answer
    assert (answer.value, answer.label, answer.raw, answer.source.value) == ("green", "green", "2", "key")
    assert (answer.status.value, answer.confidence, answer.language) == ("ok", 1.0, "en")
    assert (answer.asks, answer.no_inputs, answer.no_matches) == (3, 1, 1)
    assert line.turn == stage.entries(TurnTaken)[-1].turn == 3
    assert (line.prompt_ended_at, line.answered_at, line.latency_ms) == (ended, ended + 900, 900)
    began = [at for at, order in stage.orders if isinstance(order, Play)][2]
    assert line.prompt_started_at == began < ended


def test_an_answer_given_over_its_prompt_is_timed_from_the_prompts_first_sound():
    stage = Stage(message(bargein=BargeIn.NONE), menu("first"), menu("second")).answer()
    stage.wait(2_000)
    stage.prompt_ends()
    stage.wait(250)
    stage.press("1")
    line = stage.entries(AnswerGiven)[0]
    assert (line.prompt_started_at, line.prompt_ended_at, line.latency_ms) == (2_000, None, 250)


def test_a_spoken_turn_says_how_long_its_end_and_its_words_took():
    stage = Stage(yes_no(), menu()).answer().prompt_ends()
    stage.now += 100
    stage.post(SpeechStarted(100))
    stage.wait(500)
    stage.wait(200)
    stage.post(SpeechEnded(200))
    stage.wait(50)
    stage.partial("yes")
    stage.wait(50)
    assert stage.turns[0].latency_ms == {
        "end_of_turn": 300,
        "recognition": 250,
        "first_audio": 0,
        "total": 300,
    }


# -- requests by voice and by key --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "keys", "outcome"),
    [
        ("repeat that", "*", "repeat"),
        ("help", "*4", "help"),
        ("operator", "*0", "operator"),
        ("stop calling me", "*9", "opt_out"),
    ],
)
def test_every_request_may_be_spoken_or_keyed(words, keys, outcome):
    for by_voice in (True, False):
        stage = Stage(menu(), OPERATOR).answer().prompt_ends()
        if by_voice:
            stage.say(words)
        else:
            stage.press(keys)
            stage.wait(3_000)
        if outcome == "opt_out":
            stage.errand_succeeds()
        while stage.playing:
            stage.prompt_ends()
        assert stage.turns[0].outcome == outcome
        assert bool(stage.transferred_to) is (outcome == "operator")
        assert (stage.disposition is Disposition.OPTED_OUT) is (outcome == "opt_out")


def test_a_request_that_was_hardly_heard_is_not_granted():
    stage = Stage(menu(), OPERATOR).answer().prompt_ends()
    stage.say("operator", confidence=0.49)
    assert stage.transferred_to == []
    assert stage.turns[-1].outcome == "no_match"
    stage = Stage(menu(), OPERATOR).answer().prompt_ends()
    stage.say("operator", confidence=0.5)
    assert stage.turns[-1].outcome == "operator"


def test_three_repeats_are_free_and_the_fourth_costs_an_attempt():
    stage = Stage(menu()).answer()
    for _ in range(4):
        stage.prompt_ends()
        stage.press("*")
        stage.wait(3_000)
    stage.press("1")
    answer = stage.entries(AnswerGiven)[0].answer
    assert (answer.asks, answer.no_matches) == (2, 1)

"""Keys: rules 2 to 6 and 8 of dialogue-rules.md."""

from app.domain.answers import Status
from app.domain.call import Disposition
from app.domain.speech import BargeIn
from app.engine.actions import AnswerGiven, StopListening, StopPlayback
from app.engine.events import PromptStarted
from app.engine.states import Deciding, Keying, Listening
from app.flows.sprint import Policy
from tests.engine.stage import Stage, consent, digits, menu, message, numeric, transfer, yes_no


def test_a_key_in_a_one_key_menu_never_waits():
    stage = Stage(menu()).answer().prompt_ends()
    stage.press("2")
    assert stage.answers == {"color": "green"}


def test_the_first_input_timer_starts_when_the_prompt_has_been_heard_and_not_when_it_was_sent():
    stage = Stage(menu()).answer()
    stage.wait(8_000)
    assert stage.said == "Which color?"
    stage.prompt_ends()
    stage.wait(4_999)
    assert isinstance(stage.call.state, Listening)
    stage.wait(1)
    assert stage.said.endswith("Which color?")


def test_an_age_ends_after_nine_five_but_not_after_one_one():
    stage = Stage(numeric()).answer().prompt_ends()
    stage.press("95")
    assert stage.answers == {"age": 95}
    stage = Stage(numeric()).answer().prompt_ends()
    stage.press("11")
    assert stage.answers == {}
    stage.wait(3_000)
    assert stage.answers == {"age": 11}


def test_each_key_restarts_the_inter_digit_timer():
    stage = Stage(digits()).answer().prompt_ends()
    for key in "123":
        stage.press(key)
        stage.wait(2_999)
    assert isinstance(stage.call.state, Keying)
    stage.press("4")
    assert stage.answers == {"pin": "1234"}


def test_too_few_digits_are_no_match_and_not_an_answer():
    stage = Stage(digits()).answer().prompt_ends()
    stage.press("12")
    stage.wait(3_000)
    assert stage.answers == {}
    assert stage.turns[-1].outcome == "no_match"


def test_nothing_waits_after_the_terminator_and_it_is_no_part_of_the_value():
    stage = Stage(numeric()).answer().prompt_ends()
    stage.press("11#")
    assert stage.answers == {"age": 11}


def test_the_terminator_alone_is_no_match():
    stage = Stage(menu()).answer().prompt_ends()
    stage.press("#")
    assert stage.turns[-1].outcome == "no_match"


def test_the_terminator_alone_skips_an_optional_question():
    stage = Stage(menu(required=False)).answer().prompt_ends()
    stage.press("#")
    assert stage.turns[-1].outcome == "skipped"
    assert stage.said == "Goodbye."


def test_a_late_terminator_belongs_to_the_entry_before_it():
    stage = Stage(digits("pin"), menu()).answer().prompt_ends()
    stage.press("1234")
    stage.wait(2_900)
    stage.press("#")
    assert stage.said == "Which color?"
    assert [turn.outcome for turn in stage.turns] == ["answer"]


def test_a_terminator_after_the_inter_digit_time_belongs_to_the_next_question():
    stage = Stage(digits("pin"), menu()).answer().prompt_ends()
    stage.press("1234")
    stage.wait(3_001)
    stage.press("#")
    assert "no_match" in [turn.outcome for turn in stage.turns]


def test_the_first_key_stops_recognition_for_that_turn():
    stage = Stage(digits()).answer().prompt_ends()
    turn = stage.listening.turn
    stage.press("1")
    assert stage.last(StopListening)[1].turn == turn
    stage.post_words = stage.final("yes")
    assert stage.call.state.keys == "1"


def test_a_key_cuts_the_prompt_in_the_same_moment():
    stage = Stage(menu()).answer()
    stage.wait(700)
    stage.press("1")
    assert stage.last(StopPlayback)[0] == 700
    assert stage.answers == {"color": "red"}


def test_keys_pressed_during_a_prompt_answer_this_question_and_the_next_ones():
    stage = Stage(message(), menu("first"), menu("second"), numeric()).answer()
    stage.press("1342#")
    assert stage.answers == {"first": "red", "second": "blue", "age": 42}


def test_keys_typed_while_an_answer_is_being_stored_wait_for_their_question():
    stage = Stage(menu("first"), menu("second")).answer().prompt_ends()
    stage.holds_commits = True
    stage.press("12")
    assert isinstance(stage.call.state, Deciding)
    stage.commit()
    stage.commit()
    assert stage.answers == {"first": "red", "second": "green"}


def test_a_no_match_flushes_what_was_typed_ahead():
    stage = Stage(menu("first"), menu("second")).answer()
    stage.press("91")
    stage.wait(0)
    assert stage.answers == {} or "first" in stage.answers
    stage = Stage(menu("first"), menu("second"), menu("third")).answer().prompt_ends()
    stage.holds_commits = True
    stage.press("191")
    stage.holds_commits = False
    stage.commit()
    assert stage.answers == {"first": "red"}
    assert stage.said.endswith("Which color?")


def test_a_prompt_that_may_not_be_interrupted_flushes_what_was_typed_ahead():
    stage = Stage(message(bargein=BargeIn.NONE), menu()).answer()
    stage.press("1")
    assert stage.said == "Hello there. Welcome."
    stage.prompt_ends()
    assert stage.answers == {}
    assert stage.said == "Which color?"


def test_keys_typed_before_a_consent_do_not_consent():
    stage = Stage(message(), consent(bargein=BargeIn.KEYS)).answer()
    stage.press("1")
    assert stage.answers == {}
    assert stage.said == "May we ask?"
    stage.press("1")
    assert stage.answers == {"agreed": True}


def test_star_repeats_the_question_after_the_inter_digit_time_and_costs_no_attempt():
    stage = Stage(menu()).answer().prompt_ends()
    stage.press("*")
    stage.wait(3_000)
    assert stage.turns[-1].outcome == "repeat"
    stage.prompt_ends()
    stage.press("1")
    assert stage.entries(AnswerGiven)[0].answer.asks == 1


def test_star_zero_goes_to_the_operator():
    stage = Stage(menu(), yes_no(), transfer(label="operator")).answer().prompt_ends()
    stage.press("*0")
    while stage.playing:
        stage.prompt_ends()
    assert stage.transferred_to == ["+15550100"]


def test_star_nine_stops_calling():
    stage = Stage(menu()).answer().prompt_ends()
    stage.press("*9")
    stage.errand_succeeds()
    while stage.playing:
        stage.prompt_ends()
    assert stage.disposition is Disposition.OPTED_OUT


def test_a_question_that_takes_no_keys_ignores_them():
    stage = Stage(menu(policy=Policy(dtmf=False))).answer()
    stage.press("1")
    stage.prompt_ends()
    stage.press("1")
    assert stage.answers == {}


def test_three_asks_in_all_then_the_answer_says_that_there_was_none():
    stage = Stage(menu()).answer()
    for _ in range(3):
        stage.prompt_ends()
        stage.wait(5_000)
    line = stage.entries(AnswerGiven)[0].answer
    assert (line.status, line.asks, line.no_inputs, line.value) == (Status.NO_INPUT, 3, 3, None)


def test_the_time_from_a_key_to_the_next_sound_is_logged():
    stage = Stage(menu("first"), menu("second")).answer().prompt_ends()
    stage.holds_commits = True
    stage.press("1")
    stage.now += 7
    stage.commit()
    assert stage.turns[0].latency_ms == {"first_audio": 7, "total": 7}
    assert isinstance(stage.facts[-1][1], PromptStarted)


def test_the_wait_for_a_next_key_belongs_to_the_time_from_the_last_one():
    stage = Stage(numeric(), menu("next")).answer().prompt_ends()
    stage.holds_commits = True
    stage.press("1")
    stage.wait(1_000)
    stage.press("1")
    stage.wait(3_000)
    stage.now += 7
    stage.commit()
    assert stage.turns[0].latency_ms == {"end_of_turn": 3_000, "first_audio": 7, "total": 3_007}


def test_a_beginning_that_was_typed_ahead_waits_from_its_own_question_on():
    stage = Stage(menu("first"), numeric(), menu("next")).answer().prompt_ends()
    stage.holds_commits = True
    stage.press("11")
    stage.wait(500)
    stage.holds_commits = False
    stage.commit()
    stage.press("1")
    stage.wait(3_000)
    assert stage.answers == {"first": "red", "age": 11}
    assert stage.turns[1].latency_ms == {"end_of_turn": 3_000, "first_audio": 0, "total": 3_000}


def test_the_beginning_of_an_entry_may_be_typed_ahead():
    stage = Stage(menu("first"), digits("pin")).answer().prompt_ends()
    stage.holds_commits = True
    stage.press("112")
    stage.holds_commits = False
    stage.commit()
    assert stage.call.state.keys == "12"
    stage.press("34")
    assert stage.answers == {"first": "red", "pin": "1234"}

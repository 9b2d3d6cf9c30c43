"""Keys that come early or late: whose they are, and which question they must never answer (rules 4, 6)."""

from dataclasses import replace

from app.domain.speech import BargeIn
from app.engine.actions import AnswerGiven
from app.engine.states import Prompting
from app.flows.model import Choice
from app.flows.sprint import Policy
from tests.engine.stage import Confirm, Stage, consent, digits, menu, message, numeric, yes_no


def typed_ahead(stage: Stage, keys: str) -> None:
    """Answer the first question with the first key and type the others while that is being stored."""
    stage.holds_commits = True
    stage.press(keys)
    stage.holds_commits = False
    stage.commit()


def test_keys_pressed_over_a_disclosure_answer_nothing_later():
    stage = Stage(message(bargein=BargeIn.NONE), menu("first"), menu("second")).answer()
    stage.press("1")
    stage.prompt_ends()
    stage.press("2")
    assert stage.answers == {"first": "green"}
    assert stage.said == "Which color?"


def test_a_disclosure_on_the_way_flushes_what_was_typed_before_it():
    stage = Stage(menu("first"), message(bargein=BargeIn.NONE), menu("second")).answer().prompt_ends()
    typed_ahead(stage, "12")
    assert stage.said == "Hello there. Welcome."
    stage.prompt_ends()
    assert stage.answers == {"first": "red"}


def test_a_key_over_the_message_before_a_consent_does_not_consent():
    stage = Stage(message(), consent()).answer()
    stage.press("1")
    assert stage.said == "May we ask?"
    assert stage.answers == {}


def test_a_key_over_the_message_before_a_sensitive_question_is_no_part_of_its_entry():
    stage = Stage(message(), digits(sensitive=True)).answer()
    stage.press("9")
    assert stage.said == "Your number?"
    stage.press("1234")
    assert stage.answers == {"pin": "1234"}


def test_keys_typed_ahead_do_not_confirm():
    stage = Stage(menu("first"), menu("second", confirm=Confirm.ALWAYS)).answer().prompt_ends()
    typed_ahead(stage, "111")
    assert stage.said == "I heard red. Is that right?"
    assert stage.answers == {"first": "red"}


def test_keys_typed_ahead_do_not_consent():
    stage = Stage(menu("first"), consent()).answer().prompt_ends()
    typed_ahead(stage, "11")
    assert stage.said == "May we ask?"
    assert stage.answers == {"first": "red"}


def test_keys_typed_ahead_are_no_part_of_a_sensitive_entry():
    stage = Stage(menu("first"), digits(sensitive=True)).answer().prompt_ends()
    typed_ahead(stage, "19")
    assert isinstance(stage.call.state, Prompting)
    stage.press("1234")
    assert stage.answers == {"first": "red", "pin": "1234"}


def test_keys_typed_ahead_of_a_question_for_speech_alone_do_not_answer_it():
    stage = Stage(menu("first"), yes_no(policy=Policy(dtmf=False))).answer().prompt_ends()
    typed_ahead(stage, "11")
    assert stage.said == "Are you happy?"
    assert stage.answers == {"first": "red"}


def test_a_late_terminator_belongs_to_the_entry_for_3_s_to_the_millisecond():
    for late, no_matches in ((3_000, 0), (3_001, 1)):
        stage = Stage(digits(), menu()).answer().prompt_ends()
        stage.press("1234")
        stage.wait(late)
        stage.press("#1")
        assert stage.entries(AnswerGiven)[1].answer.no_matches == no_matches


def test_only_one_late_terminator_belongs_to_an_entry():
    stage = Stage(digits(), menu()).answer().prompt_ends()
    stage.press("1234##")
    assert stage.said.endswith("Which color?")
    assert stage.said != "Which color?"


def test_the_terminator_after_an_entry_that_was_terminated_belongs_to_the_next_question():
    stage = Stage(numeric(), menu()).answer().prompt_ends()
    stage.press("11##")
    assert stage.answers == {"age": 11}
    assert stage.said.endswith("Which color?")
    assert stage.said != "Which color?"


def test_the_terminator_after_a_wrong_entry_of_full_length_costs_no_second_attempt():
    stage = Stage(menu()).answer().prompt_ends()
    stage.press("9#")
    stage.prompt_ends()
    stage.press("1")
    given = stage.entries(AnswerGiven)[0].answer
    assert (given.value, given.no_matches) == ("red", 1)


def test_the_terminator_ends_nothing_where_it_is_a_choice_itself():
    choices = (Choice("red", "1", {"en": "red"}), Choice("blue", "#", {"en": "blue"}))
    stage = Stage(replace(menu(), choices=choices)).answer().prompt_ends()
    stage.press("#")
    assert stage.answers == {"color": "blue"}

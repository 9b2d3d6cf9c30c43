"""An entry that was no answer, key by key: what the caller goes on typing of it answers nothing else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.call import Disposition
from app.engine.actions import AnswerGiven
from app.engine.call import Call
from app.engine.events import LegAnswered
from app.engine.states import Keying, Listening, Prompting
from app.engine.timing import KEY_PAUSE_MS
from app.flows.expressions import compile_expression
from app.flows.loader import load_flow
from app.flows.model import Quota
from app.flows.sprint import Policy
from tests.engine.stage import Confirm, Stage, digits, menu, numeric, room, yes_no

VISIT = """\
flow: visit
steps:
  - {{date: visit, range: [today - 60d, today], max_attempts: {attempts}, prompt: When?}}
  - {{yes_no: again, prompt: Again?}}
  - {{rating: score, prompt: Rate.}}
  - {{end: completed}}
"""
FUTURE = "07122027"


def visit(attempts: int) -> Stage:
    stage = Stage()
    flow = load_flow(VISIT.format(attempts=attempts), path="visit.yaml", audio_exists=lambda _: False)
    stage.call = Call(flow, seed="s")
    stage.post(LegAnswered(1, datetime(2026, 10, 1, 12, tzinfo=UTC).isoformat()))
    return stage.prompt_ends()


def typed(stage: Stage, keys: str, gap_ms: int = 300) -> Stage:
    """Press the keys one by one, as somebody does who reads them off a card."""
    for key in keys:
        stage.wait(gap_ms)
        stage.press(key)
    return stage


def given(stage: Stage, step: str = "visit"):
    return next(line.answer for line in stage.entries(AnswerGiven) if line.answer.slot == step)


def test_a_date_out_of_range_answers_no_later_question_when_it_was_the_only_attempt():
    stage = typed(visit(attempts=1), FUTURE)
    assert stage.answers == {"visit": None}
    assert (given(stage).no_matches, stage.said) == (1, "All right, let's skip that one. Again?")
    stage.prompt_ends()
    stage.wait(KEY_PAUSE_MS + 1)
    stage.press("1")
    assert stage.answers == {"visit": None, "again": True}


def test_a_date_out_of_range_costs_one_of_three_attempts():
    stage = typed(visit(attempts=3), FUTURE)
    assert (stage.answers, len(stage.turns)) == ({}, 1)
    assert stage.said.endswith("When?")
    stage.wait(KEY_PAUSE_MS + 1)
    typed(stage, "09152026")
    assert stage.answers == {"visit": "2026-09-15"}
    assert (given(stage).asks, given(stage).no_matches) == (2, 1)


def test_the_rest_of_a_wrong_entry_cuts_no_prompt():
    stage = visit(attempts=3)
    stage.press("0")
    typed(stage, "7")
    typed(stage, FUTURE[2:])
    cuts = len([turn for turn in stage.turns if turn.barged_in])
    assert (cuts, stage.said.endswith("When?")) == (0, True)
    assert isinstance(stage.call.state, Prompting)


def test_the_rest_of_a_wrong_entry_starts_no_timer_anew():
    stage = Stage(menu()).answer().prompt_ends()
    stage.press("9")
    stage.prompt_ends()
    silent_at = stage.call.state.until
    typed(stage, "999")
    assert stage.call.state == Listening(silent_at)
    assert stage.turns[-1].outcome == "no_match"
    assert len(stage.turns) == 1


@pytest.mark.parametrize(("gap", "counts"), [(KEY_PAUSE_MS, False), (KEY_PAUSE_MS + 1, True)])
def test_a_pause_ends_a_wrong_entry_to_the_millisecond(gap, counts):
    stage = Stage(menu()).answer().prompt_ends()
    typed(stage, "98")
    stage.wait(gap)
    stage.press("1")
    assert stage.answers == ({"color": "red"} if counts else {})


def test_each_key_of_a_wrong_entry_lets_the_pause_begin_anew():
    stage = typed(Stage(menu()).answer().prompt_ends(), "91111", gap_ms=KEY_PAUSE_MS)
    assert (stage.answers, len(stage.turns)) == ({}, 1)


def test_a_pause_that_ends_an_entry_by_the_flows_own_rule_ends_a_wrong_one():
    stage = Stage(menu(policy=Policy(inter_digit_ms=800))).answer().prompt_ends()
    stage.press("9")
    stage.wait(801)
    stage.press("1")
    assert stage.answers == {"color": "red"}


def test_the_terminator_ends_a_wrong_entry_and_is_a_part_of_it():
    stage = typed(Stage(menu("first"), menu("second")).answer().prompt_ends(), "987#1")
    assert (stage.answers, given(stage, "first").no_matches) == ({"first": "red"}, 1)
    stage = typed(Stage(menu("first", max_attempts=1), menu("second")).answer().prompt_ends(), "987#1")
    while stage.playing:
        stage.prompt_ends()
    assert stage.answers == {"first": None, "second": "red"}


def test_a_late_terminator_belongs_to_a_wrong_entry_also_behind_the_keys_typed_on():
    stage = typed(Stage(menu()).answer().prompt_ends(), "987")
    stage.wait(2_900)
    stage.press("#")
    assert len(stage.turns) == 1


def test_what_follows_an_entry_that_its_caller_ended_is_a_new_one():
    stage = typed(Stage(digits()).answer().prompt_ends(), "12#1234")
    assert (stage.answers, given(stage, "pin").no_matches) == ({"pin": "1234"}, 1)


def test_too_many_keys_of_a_number_whose_beginning_was_wrong_are_one_failed_attempt():
    question = replace(numeric(maximum=40), minimum=20)
    stage = typed(Stage(question, menu()).answer().prompt_ends(), "5130")
    assert (stage.answers, [turn.input for turn in stage.turns]) == ({}, ["5"])
    stage.wait(KEY_PAUSE_MS + 1)
    typed(stage, "302")
    assert stage.answers == {"age": 30, "color": "green"}


def test_keys_behind_an_entry_that_was_an_answer_still_answer_the_next_questions():
    stage = typed(Stage(numeric(), menu("first"), menu("second")).answer().prompt_ends(), "9512")
    assert stage.answers == {"age": 95, "first": "red", "second": "green"}


def test_digits_pressed_at_a_read_back_do_not_decide_it_nor_answer_the_question_anew():
    stage = Stage(numeric(confirm=Confirm.ALWAYS)).answer().prompt_ends()
    typed(stage, "35")
    stage.wait(3_000)
    assert stage.said == "I heard 35. Is that right?"
    stage.prompt_ends()
    typed(stage, "4201")
    assert stage.answers == {}
    assert stage.said.endswith("I heard 35. Is that right?")
    stage.wait(KEY_PAUSE_MS + 1)
    stage.press("1")
    assert stage.answers == {"age": 35}


def test_a_request_among_the_keys_of_a_wrong_entry_is_none_but_is_one_after_a_pause():
    stage = typed(Stage(menu()).answer().prompt_ends(), "9*9")
    assert stage.disposition is None
    stage.wait(KEY_PAUSE_MS + 1)
    typed(stage, "*9")
    stage.errand_succeeds()
    while stage.playing:
        stage.prompt_ends()
    assert stage.disposition is Disposition.OPTED_OUT


def test_a_wrong_entry_typed_ahead_goes_on_in_the_keys_that_follow_it():
    stage = Stage(menu("first"), menu("second")).answer().prompt_ends()
    stage.holds_commits = True
    stage.press("191")
    stage.holds_commits = False
    stage.commit()
    typed(stage, "123")
    assert stage.answers == {"first": "red"}


def test_a_terminator_typed_ahead_belongs_to_the_entry_before_it():
    stage = Stage(menu("first"), menu("second"), menu("third")).answer().prompt_ends()
    stage.holds_commits = True
    stage.press("12#3")
    stage.holds_commits = False
    stage.commit()
    assert stage.answers == {"first": "red", "second": "green", "third": "blue"}


def test_a_wrong_entry_typed_long_ahead_has_ended_when_its_question_comes():
    quotas = (Quota("young", compile_expression("true"), 2),)
    stage = Stage(menu("first"), room("bye"), menu("second"), quotas=quotas).answer().prompt_ends()
    typed(stage, "19")
    stage.wait(KEY_PAUSE_MS)
    stage.errand_succeeds()
    stage.wait(1)
    stage.press("2")
    assert stage.answers == {"first": "red", "second": "green"}


def test_the_rest_of_a_sensitive_entry_is_hidden_at_the_question_after_it():
    stage = Stage(digits(sensitive=True, max_attempts=1, length=1), yes_no()).answer().prompt_ends()
    stage.press("*7")
    assert isinstance(stage.call.state, Prompting)
    assert stage.call.is_sensitive
    stage.wait(KEY_PAUSE_MS + 1)
    while stage.playing:
        stage.prompt_ends()
    assert not stage.call.is_sensitive
    stage.press("1")
    assert stage.answers["happy"] is True


def test_a_wrong_entry_goes_on_in_a_call_that_was_restored():
    stage = typed(Stage(menu("first"), menu("second")).answer().prompt_ends(), "91")
    stage.call = Call.restore(stage.flow, stage.facts, seed="s")
    typed(stage, "112")
    assert (stage.answers, isinstance(stage.call.state, Keying)) == ({}, False)

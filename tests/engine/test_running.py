"""Errands in a call: when they begin, what a caller hears meanwhile, when they are given up, begun again."""

from app.domain.call import Disposition
from app.domain.errands import Cell, OptOut, Post, ReserveQuota
from app.engine.actions import Run
from app.engine.events import ErrandDone, LegAnswered, LegEnded, OperatorCommand, PromptEnded, StreamLost
from app.engine.states import Ended, Keying, Running
from app.engine.timing import MEANWHILE_MS
from app.flows.expressions import compile_expression
from app.flows.model import EndStep, OptOutStep, Quota
from tests.engine.stage import HERE, Stage, numeric, room, text, webhook, yes_no

FULL = EndStep(name="full", place=HERE, disposition=Disposition.QUOTA_FULL, prompt=text("Enough."))
YOUNG = Quota("young", compile_expression("age < 40"), 2)


def end() -> EndStep:
    return EndStep(name="bye", place=HERE, disposition=Disposition.COMPLETED, prompt=text("Goodbye."))


def stage(*steps, quotas=()) -> Stage:
    return Stage(*steps, quotas=quotas)


def errands(stage: Stage) -> list[Run]:
    return [order for _, order in stage.orders if isinstance(order, Run)]


def asked_age(stage: Stage, age: str = "30") -> Stage:
    stage.answer().prompt_ends()
    stage.press(f"{age}#")
    return stage


def test_a_place_is_asked_for_once_the_answer_is_on_disk() -> None:
    call = stage(numeric(), room(), yes_no(), end(), FULL, quotas=(YOUNG,))
    call.holds_commits = True
    asked_age(call)
    assert errands(call) == []
    call.commit()
    assert errands(call) == [Run(1, ReserveQuota("test", (Cell("young", 2),)))]
    assert isinstance(call.call.state, Running)
    call.post(ErrandDone(1, ok=True))
    assert call.said == "Are you happy?"


def test_a_full_cell_leads_where_the_flow_says() -> None:
    call = asked_age(stage(numeric(), room(), yes_no(), end(), FULL, quotas=(YOUNG,)))
    call.post(ErrandDone(1, ok=False, reason="full"))
    assert call.said == "Enough."
    call.prompt_ends()
    assert call.disposition is Disposition.QUOTA_FULL


def test_a_caller_whom_no_cell_counts_waits_for_nothing() -> None:
    call = asked_age(stage(numeric(), room(), yes_no(), end(), FULL, quotas=(YOUNG,)), "50")
    assert errands(call) == []
    assert call.said == "Are you happy?"


def test_a_caller_who_waits_is_told_so_once_and_then_goes_on_with_what_came() -> None:
    call = asked_age(stage(numeric(), webhook(), yes_no(), end()))
    call.wait(MEANWHILE_MS - 1)
    assert call.playing is None
    call.wait(1)
    assert call.said == "One moment, please."
    call.post(ErrandDone(1, ok=True, values={"tier": "gold"}))
    assert call.said == "One moment, please."
    call.prompt_ends()
    assert call.said == "Are you happy?"
    assert call.answers["tier"] == "gold"
    assert len(errands(call)) == 1


def test_a_reply_that_does_not_come_is_given_up_and_changes_nothing_when_it_comes() -> None:
    call = asked_age(stage(numeric(), webhook(on_fail="sorry"), yes_no(), end(), bye_sorry()))
    call.wait(MEANWHILE_MS)
    call.prompt_ends()
    assert isinstance(call.call.state, Running)
    call.wait(4_000)
    assert call.said == "Sorry."
    assert call.post(ErrandDone(1, ok=True, values={"tier": "gold"})) == []


def bye_sorry() -> EndStep:
    return EndStep(name="sorry", place=HERE, disposition=Disposition.COMPLETED, prompt=text("Sorry."))


def test_keys_pressed_while_an_errand_runs_answer_the_next_question() -> None:
    call = asked_age(stage(numeric(), webhook(), numeric("kids", 9), end()))
    call.press("4")
    call.post(ErrandDone(1, ok=True))
    assert isinstance(call.call.state, Keying) or call.answers.get("kids") == 4


def test_keys_typed_ahead_wait_behind_the_errand() -> None:
    call = stage(yes_no(), webhook(), yes_no("sad"), end())
    call.answer()
    call.press("12")
    assert errands(call)
    call.post(ErrandDone(1, ok=True))
    assert call.answers["sad"] is False


def test_after_a_loss_the_same_errand_is_begun_again_and_one_that_is_done_is_not() -> None:
    call = asked_age(stage(numeric(), webhook(), yes_no(), end()))
    call.post(StreamLost())
    call.post(LegAnswered(1))
    assert [run.number for run in errands(call)] == [1, 1]
    call.post(StreamLost())
    call.post(ErrandDone(1, ok=True, values={"tier": "gold"}))
    call.post(LegAnswered(2))
    assert len(errands(call)) == 2
    assert call.said == "Are you happy?"


def test_who_wants_no_further_call_hears_so_after_it_is_kept() -> None:
    call = stage(yes_no(), end()).answer()
    call.press("*9")
    assert errands(call)[0].errand == OptOut("happy")
    assert call.playing is None
    call.post(ErrandDone(1, ok=True))
    assert "won't call you again" in call.said
    call.prompt_ends()
    assert call.disposition is Disposition.OPTED_OUT


def test_what_could_not_be_kept_is_not_promised() -> None:
    call = stage(yes_no(), end()).answer()
    call.press("*9")
    call.post(ErrandDone(1, ok=False, reason="unavailable"))
    assert "something went wrong" in call.said
    call.prompt_ends()
    assert call.disposition is Disposition.OPTED_OUT


def test_who_hangs_up_while_it_is_kept_counts_as_opted_out() -> None:
    step = OptOutStep(name="stop", place=HERE, disposition=Disposition.REFUSED)
    call = stage(step).answer()
    assert isinstance(call.call.state, Running)
    call.post(LegEnded("hangup"))
    assert call.disposition is Disposition.REFUSED
    assert isinstance(call.call.state, Ended)


def test_a_word_of_the_program_ends_a_call_whose_errand_runs() -> None:
    call = asked_age(stage(numeric(), webhook(), end()))
    call.post(OperatorCommand("interrupt_prompt"))
    assert isinstance(call.call.state, Running)
    call.post(OperatorCommand("interrupt"))
    assert call.disposition is Disposition.INTERRUPTED


def test_a_message_that_no_log_may_hold_makes_its_lines_sensitive() -> None:
    call = asked_age(stage(numeric(), webhook(sensitive=True), yes_no(), end()))
    assert call.call.is_sensitive
    assert isinstance(errands(call)[0].errand, Post)
    call.post(ErrandDone(1, ok=True, values={"tier": "gold"}))
    assert not call.call.is_sensitive


def test_an_old_prompts_end_does_not_end_the_wait() -> None:
    call = asked_age(stage(numeric(), webhook(), yes_no(), end()))
    assert call.post(PromptEnded(1)) == []
    assert isinstance(call.call.state, Running)

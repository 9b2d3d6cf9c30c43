"""A caller who is handed over: taken, not taken, refused, gone, or lost on the way."""

import pytest

from app.domain.call import Disposition
from app.engine.call import Call
from app.engine.events import LegAnswered, LegEnded, OperatorCommand, StreamLost, TransferEnded
from app.engine.states import Ended, HandedOver, Listening, Ringing, Transferring
from app.flows.model import EndStep
from tests.engine.stage import HERE, Stage, bye, menu, text, transfer, yes_no

STOP = LegEnded("hangup")
COMPLETED = LegEnded("completed")
TAKEN = TransferEnded(completed=True)
NOT_TAKEN = TransferEnded(completed=False)


def ordered() -> Stage:
    """A call whose carrier was asked to hand the caller over."""
    sorry = EndStep(name="sorry", place=HERE, disposition=Disposition.CALLBACK, prompt=text("Nobody there."))
    stage = Stage(transfer(name="desk", on_fail="sorry"), bye(), sorry, max_duration_ms=100_000).answer()
    assert isinstance(stage.call.state, Transferring)
    return stage


def away(by=STOP) -> Stage:
    """A call whose stream has ended since: the other number rings."""
    stage = ordered()
    stage.wait(1_000)
    assert stage.post(by) == []
    assert isinstance(stage.call.state, HandedOver)
    return stage


def test_a_stream_that_a_transfer_ends_does_not_end_the_call():
    stage = away()
    stage.wait(3_600_000)
    assert stage.disposition is None
    stage.post(TAKEN)
    assert stage.disposition is Disposition.TRANSFERRED


@pytest.mark.parametrize("by", [STOP, StreamLost()])
def test_a_caller_whom_nobody_takes_hears_where_the_flow_goes_on_their_next_stream(by):
    stage = away(by)
    stage.wait(30_000)
    assert stage.post(NOT_TAKEN) == []
    assert isinstance(stage.call.state, Ringing)
    assert stage.post(NOT_TAKEN) == []
    assert stage.call.epoch == 0
    stage.post(LegAnswered(1))
    assert stage.call.epoch == 1
    assert stage.said == "Nobody there."
    stage.prompt_ends()
    assert stage.disposition is Disposition.CALLBACK


def test_a_carrier_that_refuses_lets_the_flow_go_on_at_once():
    stage = ordered()
    stage.post(NOT_TAKEN)
    assert stage.said == "Nobody there."


def test_a_carrier_that_knows_at_once_need_not_wait_for_the_stream():
    stage = ordered()
    stage.post(TAKEN)
    assert stage.disposition is Disposition.TRANSFERRED


def test_a_carrier_that_says_nothing_leaves_nobody_in_silence():
    stage = ordered()
    stage.wait(20_000)
    assert stage.said == "Nobody there."


def test_a_caller_who_leaves_while_it_rings_has_hung_up():
    stage = away()
    stage.wait(5_000)
    stage.post(COMPLETED)
    stage.post(COMPLETED)
    assert stage.disposition is None, "the outcome may still come"
    stage.wait(10_000)
    assert stage.disposition is Disposition.BREAK_OFF


@pytest.mark.parametrize(
    ("outcome", "disposition"), [(TAKEN, Disposition.TRANSFERRED), (NOT_TAKEN, Disposition.PARTIAL)]
)
def test_the_outcome_counts_when_the_end_overtakes_it(outcome, disposition):
    stage = Stage(yes_no(), transfer(name="desk"), partial_if=("happy",)).answer().prompt_ends()
    stage.press("1")
    stage.post(COMPLETED)
    stage.post(outcome)
    assert stage.disposition is disposition


def test_who_stayed_longer_than_it_rings_was_taken():
    stage = away()
    stage.wait(59_000)
    stage.post(COMPLETED)
    assert stage.disposition is Disposition.TRANSFERRED


def test_a_transfer_of_which_nothing_more_is_heard_is_one():
    stage = away()
    stage.wait(15_000_000)
    assert stage.disposition is Disposition.TRANSFERRED
    assert stage.now < 20_000_000


def test_a_lost_stream_after_the_carriers_word_changes_nothing():
    stage = away()
    before = stage.call.state
    for fact in (StreamLost(), STOP):
        assert stage.post(fact) == []
    assert stage.call.state == before
    assert before.is_certain
    assert not away(StreamLost()).call.state.is_certain


def test_a_caller_whose_line_was_lost_before_the_carrier_acted_goes_on():
    stage = away(StreamLost())
    stage.post(LegAnswered(1))
    assert stage.said == "Nobody there."


def test_an_outcome_that_comes_twice_or_to_no_transfer_changes_nothing():
    stage = Stage(transfer(name="desk", on_fail="color"), menu()).answer()
    stage.post(STOP)
    stage.post(NOT_TAKEN)
    stage.post(LegAnswered(1))
    while stage.playing:
        stage.prompt_ends()
    state = stage.call.state
    assert isinstance(state, Listening)
    assert stage.post(NOT_TAKEN) == stage.post(TAKEN) == []
    assert stage.call.state == state


def test_what_is_said_to_somebody_else_is_not_cut_by_the_flows_longest_call():
    stage = away()
    stage.wait(200_000)
    assert isinstance(stage.call.state, HandedOver)


@pytest.mark.parametrize(("ms", "disposition"), [(0, "interrupted"), (60_000, "transferred")])
def test_a_process_that_ends_for_good_tells_who_was_talking(ms, disposition):
    stage = away()
    stage.wait(ms)
    stage.post(OperatorCommand("interrupt"))
    assert stage.disposition == disposition


@pytest.mark.parametrize("facts", [(STOP,), (STOP, COMPLETED), (STOP, NOT_TAKEN), (StreamLost(), NOT_TAKEN)])
def test_a_caller_who_is_away_survives_the_process(facts):
    stage = ordered()
    for fact in facts:
        stage.post(fact)
    restored = Call.restore(stage.flow, stage.facts, seed="s")
    assert restored.state == stage.call.state
    assert not isinstance(restored.state, Ended)
    for call in (restored, stage.call):
        call.handle(LegAnswered(1), stage.now)
    assert restored.state == stage.call.state


ELSEWHERE = OperatorCommand("transfer", "+14155550123")


def test_an_operator_hands_over_a_caller_who_is_being_asked():
    stage = Stage(yes_no(), bye()).answer()
    stage.post(ELSEWHERE)
    assert stage.transferred_to == ["+14155550123"]
    assert isinstance(stage.call.state, Transferring)
    stage.post(STOP)
    stage.wait(40_000)
    stage.post(TAKEN)
    assert stage.disposition is Disposition.TRANSFERRED


def test_a_caller_whom_nobody_takes_from_the_operator_is_asked_again():
    stage = Stage(yes_no(), bye()).answer()
    question = stage.said
    stage.prompt_ends()
    assert isinstance(stage.call.state, Listening)
    stage.post(ELSEWHERE)
    stage.post(NOT_TAKEN)
    assert stage.said.endswith(question)
    stage.prompt_ends()
    stage.press("1")
    stage.commit()
    assert stage.answers == {"happy": True}


def test_a_caller_whom_an_operators_number_did_not_take_is_asked_again_on_their_next_stream():
    stage = Stage(yes_no(), bye()).answer()
    question = stage.said
    stage.post(ELSEWHERE)
    stage.post(STOP)
    stage.wait(30_000)
    stage.post(NOT_TAKEN)
    stage.post(LegAnswered(1))
    assert stage.said.endswith(question)


def test_who_is_away_or_nowhere_is_not_handed_over():
    gone = away()
    gone.post(ELSEWHERE)
    assert ELSEWHERE.argument not in gone.transferred_to
    early = Stage(yes_no(), bye())
    early.post(ELSEWHERE)
    assert early.transferred_to == []
    lost = Stage(yes_no(), bye()).answer()
    lost.post(StreamLost())
    lost.post(ELSEWHERE)
    assert isinstance(lost.call.state, Ringing)


def test_a_transfer_to_nowhere_changes_nothing():
    stage = Stage(yes_no(), bye()).answer()
    assert stage.post(OperatorCommand("transfer")) == []
    assert stage.transferred_to == []

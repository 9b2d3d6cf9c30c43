"""What is derived from a step's counts."""

from app.domain.call import Disposition
from app.domain.funnel import FlowFigures, StepFigures


def test_the_drop_off_is_a_share_of_those_who_came() -> None:
    assert StepFigures("age", reached=8, dropped=2).drop_off == 0.25
    assert StepFigures("age").drop_off is None


def test_what_all_calls_cost_is_shared_by_those_that_were_completed() -> None:
    ends = {Disposition.COMPLETED: 4, Disposition.BREAK_OFF: 6}
    assert FlowFigures("visit", ends, cost=2.0).cost_per_completed == 0.5
    assert FlowFigures("visit", ends).cost_per_completed is None
    assert FlowFigures("visit", {Disposition.BREAK_OFF: 6}, cost=2.0).cost_per_completed is None

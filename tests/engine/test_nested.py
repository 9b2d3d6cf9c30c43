"""Steps inside a section, and values worked out, as the call log has them."""

from app.engine.actions import StepsEntered
from app.flows.expressions import compile_expression
from app.flows.model import Order, Section, SetValue
from tests.engine.stage import HERE, Stage, bye, yes_no


def staged() -> Stage:
    first = SetValue(name="first", place=HERE, value=compile_expression("1 + 1"))
    section = Section(name="both", place=HERE, parts=(1, 1), order=Order.RANDOM)
    last = SetValue(name="last", place=HERE, value=compile_expression("happy && again"))
    return Stage(first, section, yes_no(), yes_no("again"), last, bye())


def test_the_log_holds_the_order_that_was_heard_and_each_value_worked_out():
    stage = staged().answer()
    for _ in range(2):
        stage.prompt_ends()
        stage.press("1")
    assert stage.answers == {"first": 2, "happy": True, "again": True, "last": True}
    heard = [name for entry in stage.entries(StepsEntered) for name in entry.steps]
    assert sorted(heard[2:4]) == ["again", "happy"]
    assert heard == ["first", "both", *heard[2:4], "last", "bye"]
    assert [turn.step for turn in stage.turns] == heard[2:4]

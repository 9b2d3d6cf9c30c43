"""What is derived from a step's counts."""

from app.domain.funnel import StepFigures


def test_the_drop_off_is_a_share_of_those_who_came() -> None:
    assert StepFigures("age", reached=8, dropped=2).drop_off == 0.25
    assert StepFigures("age").drop_off is None

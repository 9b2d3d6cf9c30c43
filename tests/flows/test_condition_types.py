"""Conditions that no answer can make true are told to the author."""

import pytest

from app.flows.condition_types import complaint, samples_of
from app.flows.expressions import compile_expression
from tests.engine.stage import consent, converse, digits, flow, menu, numeric, open_question, yes_no

FLOW = flow(
    numeric("n"),
    menu("meal"),
    yes_no("happy"),
    consent(),
    digits("pin"),
    open_question(),
    converse(fields=("want_call", "what")),
)
SAMPLES = samples_of(FLOW)


def told(source: str) -> str:
    return complaint(compile_expression(source), SAMPLES)


@pytest.mark.parametrize(
    "source",
    [
        "n > 3",
        "n == 0",
        "happy",
        "!happy",
        "happy && n < 10",
        'meal == "red"',
        'meal != ""',
        'pin == "1234"',
        'why != ""',
        "want_call",
        'what.contains("x")',
        "agreed || n > 200",
        'meal == "red" ? n > 3 : happy',
        "true",
        "unheard_of > 3",
    ],
)
def test_a_condition_that_can_hold_is_left_alone(source):
    assert told(source) == ""


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("n", "gives a number"),
        ("n + 1", "gives a number"),
        ("meal", "gives a text"),
        ("!n", "do not go together"),
        ('n > "a"', "do not go together"),
        ("meal > 3", "do not go together"),
        ('n == "three"', "`n` is never a text"),
        ('"three" == n', "`n` is never a text"),
        ("n != 'three'", "`n` is never a text"),
        ("meal == 3", "`meal` is a text"),
    ],
)
def test_a_condition_that_no_answer_makes_true_or_false_is_named_with_its_reason(source, why):
    assert why in told(source)

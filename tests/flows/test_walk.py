"""The walk reaches what a caller can reach, and nothing else."""

from dataclasses import replace

import pytest

from app.domain.call import Disposition
from app.domain.conversation import FieldKind
from app.flows.coverage import Tracker
from app.flows.expressions import compile_expression
from app.flows.interpreter import FlowRun
from app.flows.model import Branch, Confirm, SetValue, Wanted
from app.flows.sprint import Universal
from app.flows.walk import walk
from tests.flows.clinic import (
    HERE,
    age,
    card,
    clinic,
    color,
    consent,
    converse,
    end,
    flow,
    goto,
    message,
    transfer,
    when,
    why,
    yes_no,
)


def missed(flow_, **keys):
    """Return what the walk never reached: steps, branches, ends."""
    coverage = walk(flow_, **keys).coverage
    kinds = (coverage.steps, coverage.branches, coverage.ends)
    return tuple([each.text for each in kind.missed] for kind in kinds)


WHOLE = ([], [], [])


def test_a_whole_survey_is_reached_whole():
    # Only a flow built by hand can have a step `end` beside `on_fail: end`: its edge is drawn and not taken.
    assert missed(clinic()) == ([], ["ready > end (no answer)"], [])
    tally = walk(clinic()).coverage.steps
    assert (tally.total, tally.reached) == (len(clinic().steps), len(clinic().steps))


def test_a_step_that_nothing_leads_to_is_named():
    assert missed(flow(color(), end("bye"), message("lost", "?"), end("never"), universals={})) == (
        ["lost", "never"],
        ["lost > never"],
        ["never: completed"],
    )


@pytest.mark.parametrize(
    "condition",
    [
        "age < 18",
        "age >= 65",
        "age == 42",
        "age != 42",
        "age > 20 && age < 22",
        "age * 2 > 30",
    ],
)
def test_both_sides_of_a_number_are_tried(condition):
    steps = (age(then=(when(condition, "other"),)), end("bye"), end("other", Disposition.INELIGIBLE))
    assert missed(flow(*steps, universals={})) == WHOLE


def test_a_condition_over_two_answers_needs_both():
    condition = when('color == "b" && age > 40', "other")
    steps = (color(), age(then=(condition,)), end("bye"), end("other", Disposition.INELIGIBLE))
    assert missed(flow(*steps, universals={})) == WHOLE


def test_a_condition_that_contradicts_an_earlier_one_is_never_reached():
    steps = (
        age(then=(when("age < 18", "young"),)),
        message("adult", "?", then=(when("age < 10", "young"),)),
        end("bye"),
        end("young", Disposition.INELIGIBLE),
    )
    assert missed(flow(*steps, universals={})) == ([], ["adult > young (age < 10)"], [])


def test_a_step_that_is_always_asked_is_never_passed_over():
    asked = yes_no(when=compile_expression("1 == 1"))
    assert missed(flow(color(), asked, end(), universals={})) == ([], ["ready > end (1 != 1)"], [])


def test_a_first_step_may_be_passed_over_by_what_the_dialler_knows():
    greeting = message("hello", "Hello ${name}.", when=compile_expression('name != ""'))
    assert missed(replace(flow(greeting, end()), variables=frozenset({"name"}))) == WHOLE
    by_number = message("hello", "Hello.", when=compile_expression('tier > 3 && place == "x"'))
    assert missed(replace(flow(by_number, end()), variables=frozenset({"tier", "place"}))) == WHOLE
    assert missed(flow(message("hi", "Hi.", when=compile_expression('name != ""')))) == (
        ["hi"],
        ["hi > the end"],
        [],
    )


def test_a_value_worked_out_of_answers_is_turned_by_them():
    worked_out = SetValue(name="points", place=HERE, value=compile_expression("age * 2"))
    twice = SetValue(name="twice", place=HERE, value=compile_expression("points + points"))
    steps = (
        age(),
        worked_out,
        twice,
        color(then=(when("points > 100", "other"),)),
        yes_no(then=(when("twice > 7", "other"),)),
        end("bye"),
        end("other"),
    )
    assert missed(flow(*steps)) == WHOLE


def test_a_branch_and_a_request_to_the_same_step_are_two_ways():
    steps = (color(then=(when('color == "r"', "person"),)), end(), transfer(label="operator"))
    assert missed(flow(*steps)) == ([], [], [])
    never = (color(then=(when("color == 'z'", "person"),)), end(), transfer(label="operator"))
    assert missed(flow(*never))[1] == ["color > person (color == 'z')"]


def test_digits_and_words_are_compared_with_what_the_author_wrote():
    steps = (
        card(then=(when('card == "1234"', "other"),)),
        why(then=(when("why == 'nothing'", "other"),)),
        end("bye"),
        end("other", Disposition.REFUSED),
    )
    assert missed(flow(*steps)) == WHOLE


def test_no_answer_an_optional_one_and_a_read_back_lead_on():
    steps = (
        color(confirm=Confirm.ALWAYS, on_fail="other", required=False, then=(when('color == "r"', "red"),)),
        yes_no(on_fail="end"),
        end("red"),
        end("other", Disposition.NO_INPUT),
    )
    assert missed(flow(*steps)) == WHOLE


def test_consent_is_given_and_refused_though_both_lead_to_the_same_step():
    steps = (consent(on_no="bye", on_fail="end"), end("bye"))
    assert missed(flow(*steps)) == WHOLE


def test_a_loop_is_walked_once_round():
    steps = (message("again", "Again."), yes_no(then=(when("ready", "again"),)), end())
    assert missed(flow(*steps)) == WHOLE


def test_steps_that_pass_a_call_on_are_reached():
    steps = (yes_no(then=(when("ready", "jump"),)), end("bye"), goto("last"), message("last", "Last."))
    assert missed(flow(*steps)) == WHOLE


def test_nobody_there_leads_on_and_somebody_there_ends_the_call():
    steps = (yes_no(then=(when("ready", "person"),)), end("bye"), transfer(on_fail="sorry"), end("sorry"))
    assert missed(flow(*steps)) == WHOLE
    assert missed(flow(color(), transfer(), end("sorry"))) == WHOLE


WANTED = (
    Wanted("incident", FieldKind.TEXT),
    Wanted("minutes", FieldKind.NUMBER),
    Wanted("day", FieldKind.DATE),
    Wanted("mood", FieldKind.CHOICE, choices=("happy", "sad")),
    Wanted("want_call", FieldKind.BOOLEAN),
)


@pytest.mark.parametrize(
    "condition",
    [
        'incident == "fire"',
        "minutes > 30",
        'day == "2026-05-01"',
        'mood == "sad"',
        "want_call",
        "!want_call",
        "minutes > 0 || want_call",
    ],
)
@pytest.mark.parametrize("on_fail", ["skip", "end", "sorry"])
def test_a_conversation_brings_what_turns_a_condition(condition, on_fail):
    steps = (
        converse(wanted=WANTED, on_fail=on_fail, then=(when(condition, "other"),)),
        end("bye"),
        end("other"),
        message("rescue", "Help."),
        message("sorry", "Sorry.", then=(Branch("bye"),)),  # also behind the rescue
    )
    assert missed(flow(*steps)) == WHOLE


def test_a_number_that_is_compared_with_no_figure_is_brought():
    wanted = (Wanted("minutes", FieldKind.NUMBER), Wanted("limit", FieldKind.NUMBER))
    steps = (
        converse(wanted=wanted, exits=(), then=(when("minutes == limit", "other"),)),
        end(),
        end("other"),
    )
    assert missed(flow(*steps)) == WHOLE


def test_a_walk_that_is_cut_short_says_so():
    whole, cut = walk(clinic()), walk(clinic(), most_work=20, most_by_lot=0)
    assert whole.is_complete
    assert not cut.is_complete
    assert 0 < cut.ways < whole.ways
    assert "nobody" in missed(clinic(), most_work=20, most_by_lot=0)[0]


MANY = 30


def many(*then):
    """Return a flow with a billion states: what is answered at first is read at the end."""
    asked = [yes_no(f"q{n}") for n in range(MANY)]
    told = [message(f"m{n}", "?", when=compile_expression(f"q{n} && !q{n - 1}")) for n in range(1, MANY)]
    return flow(*asked, *told, *then, end("bye"), universals={})


def test_a_flow_of_too_many_states_is_gone_through_by_lot_to_its_end():
    first = walk(many(), most_work=5_000)
    assert first.is_complete
    assert first.coverage.is_whole
    assert walk(many(), most_work=5_000) == first


def test_a_sum_of_many_answers_is_come_to_by_lot():
    total = compile_expression(" + ".join(f"(q{n} ? 1 : 0)" for n in range(16)))
    steps = (
        *[yes_no(f"q{n}") for n in range(16)],
        SetValue(name="total", place=HERE, value=total),
        message("over", "?", when=compile_expression("total > 8")),
        end("bye"),
    )
    assert walk(flow(*steps, universals={}), most_work=5_000).coverage.is_whole


def test_what_ends_a_call_early_does_not_end_the_walk():
    asked = [yes_no(f"s{n}", then=(when(f"s{n}", "out"),)) for n in range(12)]
    steps = (*asked, *many().steps, end("out", Disposition.INELIGIBLE))
    assert walk(flow(*steps, universals={}), most_work=5_000).coverage.is_whole


def test_a_walk_that_comes_to_nothing_new_ends():
    lost = message("lost", "?", when=compile_expression("q0 && !q0"))
    again = yes_no("again", then=(when("again", "q0"),))
    found = walk(many(again, lost), most_work=2_000, most_by_lot=60_000)
    assert not found.is_complete
    assert [each.text for each in found.coverage.steps.missed] == ["lost"]


def test_a_request_to_be_left_alone_is_an_end_where_the_flow_has_no_step_for_it():
    asked = flow(color(), end(), universals={Universal.OPT_OUT: "*9"})
    assert missed(asked) == WHOLE
    run, tracker = FlowRun(asked), Tracker(asked)
    tracker.note("", None, run.start(), run.answers, {})
    coverage = tracker.coverage()
    assert [each.text for each in coverage.ends.missed] == ["end: completed", "opt_out"]
    assert [each.text for each in coverage.steps.missed] == ["end"]

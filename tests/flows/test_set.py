"""`set`: values worked out on the way, from the file to the answers."""

import pytest

from app.domain.answers import Source, Status
from app.flows.graph import FlowGraph
from app.flows.interpreter import FlowRun
from app.flows.length import estimate_seconds
from app.flows.loader import FlowErrors, load_flow
from app.flows.sprint import Expect, Universal
from tests.flows.clinic import key

HEAD = (
    "flow: x\nlanguages: {en: {voice: Joanna}, es: {voice: Lupe}}\nvariables: [paid]\n"
    "special: {refused: '9'}\nsteps:\n"
)
SCORE = "  - {rating: score, prompt: {en: How was it?, es: ¿Cómo fue?}}\n"
END = "  - {message: told, prompt: {en: 'So ${points}.', es: 'Son ${points}.'}}\n  - end: completed\n"


def load(steps, end=END):
    return load_flow(HEAD + steps + end, path="f", audio_exists=lambda _: True)


def errors(steps, end=END):
    with pytest.raises(FlowErrors) as caught:
        load(steps, end)
    return str(caught.value).split("\n")


def points(value, more=""):
    return f"  - {{set: points, value: '{value}'{more}}}\n"


def told(sprint):
    return " ".join(u.text for prompt in sprint.prompts for u in prompt.utterances)


@pytest.mark.parametrize(
    ("value", "worth", "label"),
    [
        ("score * 20", 60, "60"),
        ("double(score) / 2.0", 1.5, "1.5"),
        ("double(score)", 3.0, "3"),
        ('score > 2 ? "fine" : "poor"', "fine", "fine"),
        ("score > 2", True, "yes"),
        ("score > 4", False, "no"),
    ],
)
def test_a_value_is_worked_out_and_kept_as_an_answer(value, worth, label):
    run = FlowRun(load(SCORE + points(value)))
    run.start()
    sprint = run.resume(key(3))
    kept = run.answers["points"]
    assert [answer.slot for answer in sprint.settled] == ["score", "points"]
    assert (kept.value, type(kept.value), kept.label) == (worth, type(worth), label)
    assert (kept.status, kept.source, kept.asks) == (Status.OK, Source.NONE, 0)
    assert told(sprint) == f"So {label}."
    assert sprint.path == ("points", "told", "end_4")


@pytest.mark.parametrize("value", ["score * 20", "paid + 1", "size(paid)", "[score]", "1.0 / 0.0"])
def test_what_cannot_be_worked_out_is_missing(value):
    run = FlowRun(load(SCORE + points(value)), variables={"paid": "soon"} if value == "paid + 1" else {})
    run.start()
    run.resume(key(None, status=Status.REFUSED))
    assert (run.answers["points"].value, run.answers["points"].status) == (None, Status.MISSING)


def test_a_value_worked_out_anew_forgets_the_old_one():
    ask = "  - {yes_no: again, prompt: {en: Again?, es: ¿Otra?}, then: [{when: again, goto: score}]}\n"
    run = FlowRun(load(SCORE + points("score * 2") + ask))
    run.start()
    run.resume(key(4))
    assert run.answers["points"].value == 8
    run.resume(key(True))
    run.resume(key(None, status=Status.REFUSED))
    assert run.answers["points"].value is None


def test_a_value_decides_where_the_call_goes():
    steps = SCORE + points("score * 2", ", then: [{when: points > 6, goto: why}]")
    steps += "  - {goto: told}\n  - {yes_no: why, when: points > 7, prompt: {en: Why?, es: ¿Por qué?}}\n"
    run = FlowRun(load(steps))
    run.start()
    assert isinstance(run.resume(key(4)).wait, Expect)


def test_a_value_can_be_worked_out_before_anything_is_asked():
    run = FlowRun(load(points("paid + 1") + SCORE), variables={"paid": 2})
    assert [answer.value for answer in run.start().settled] == [3]


def test_a_value_made_of_a_sensitive_answer_must_be_sensitive_too():
    ask = "  - {digits: card, prompt: {en: Card?, es: ¿Tarjeta?}, length: 4, sensitive: true}\n"
    assert errors(ask + points('card + "0"')) == [
        "f:7:26: steps.points.value: `card` is sensitive; this step needs `sensitive: true` too"
    ]
    run = FlowRun(load(ask + points('card + "0"', ", sensitive: true")))
    run.start()
    sprint = run.resume(key("1234"))
    assert sprint.settled[-1].sensitive
    assert all(u.sensitive for prompt in sprint.prompts for u in prompt.utterances)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (
            points("score *"),
            "f:6:26: steps.points.value: this is not an expression: it ends too early: score *",
        ),
        ("  - {set: points}\n", "f:6:5: steps.points: `value` is missing"),
        (
            points("late * 2"),
            "f:6:26: steps.points.value: there is no question `late`, and `variables` does not",
        ),
        (points("points + 1"), "f:6:26: steps.points.value: `points` cannot have been answered by then"),
        (points("score") + SCORE, "f:6:26: steps.points.value: `score` cannot have been answered by then"),
    ],
)
def test_a_wrong_value_is_refused_in_one_line(steps, message):
    (found,) = errors(steps)
    assert found.startswith(message)


def test_a_loop_that_only_works_out_values_is_refused():
    steps = "  - {set: a, value: '1'}\n  - {set: points, value: '2', then: [{when: paid == 1, goto: a}]}\n"
    assert errors(steps) == ["f:6:5: steps.a: a loop that asks nothing leads back here; it would never end"]


def test_a_value_takes_no_time_and_stands_in_the_picture():
    flow, without = load(SCORE + points("score")), load(SCORE, end="  - end: completed\n")
    assert estimate_seconds(load(SCORE + points("score"), end="  - end: completed\n")) == estimate_seconds(
        without
    )
    assert '  s1["points"]' in FlowGraph(flow).mermaid()
    assert Universal.REPEAT in flow.universals

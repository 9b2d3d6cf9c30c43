# ruff: noqa: E501 - a flow in a line is easier to read whole
"""`repeat` and `run_flow`: steps that bring other steps along, from the file to the call."""

import jsonschema
import pytest

from app.commands.rehearsal import Rehearsal
from app.flows import schema
from app.flows.graph import FlowGraph
from app.flows.library import MOST_OTHERS, OtherFlow
from app.flows.loader import FlowErrors, load_flow, load_with_warnings
from app.flows.scenarios import written
from app.flows.walk import walk

USED = """\
  - select_many: used
    prompt: Which?
    choices:
      lab: {key: "1", text: the laboratory, synonyms: [lab]}
      shop: {key: "2", text: Tom & Jerry's}
      none: {key: "0", text: none, exclusive: true}
"""
END = "  - {label: bye, end: completed}\n"
ABOUT = """\
flow: about
variables: [name]
steps:
  - {numeric: age, range: [0, 99], prompt: "Your age, ${name}?", then: [{when: age < 18, goto: minor}]}
  - {message: echo, prompt: "You are ${age}."}
  - {label: done, end: completed, prompt: Never said.}
  - {label: minor, end: ineligible, prompt: Too young.}
"""


def repeat(keys, *steps):
    inner = "".join(f"      - {step}\n" for step in steps or ('{rating: score, prompt: "${item}?"}',))
    return f"  - repeat: each\n    {keys}\n    steps:\n{inner}"


def load(steps, head="", **others):
    def found(name):
        return OtherFlow(f"{name}.yaml", others[name]) if name in others else None

    return load_flow(f"flow: x\n{head}steps:\n{steps}", path="f", audio_exists=lambda _: True, others=found)


def errors(steps, head="", **others):
    with pytest.raises(FlowErrors) as caught:
        load(steps, head, **others)
    return [line.removeprefix("f:") for line in str(caught.value).split("\n")]


def names(flow):
    return [step.name for step in flow.steps]


def talked(flow, *typed, variables=None):
    call = Rehearsal(flow, variables)
    lines = call.begin()
    for each in typed:
        lines += call.give(each)
    said = [line.text for line in lines if line.kind == "bot"]
    return said, {name: written(answer) for name, answer in call.answers.items()}


def is_walked_whole(flow):
    coverage = walk(flow).coverage
    return not (coverage.steps.missed or coverage.branches.missed or coverage.ends.missed)


def test_there_is_a_round_for_each_choice_that_was_taken_and_its_number_is_the_choices():
    flow = load(USED + repeat("over: used") + END)
    assert names(flow) == ["used", "each", "each_1", "score_1", "each_2", "score_2", "bye"]
    said, answers = talked(flow, "12#", "4", "5")
    assert said[1:] == ["the laboratory?", "Tom & Jerry's?"]
    assert answers == {"used": "lab, shop", "score_1": "4", "score_2": "5"}
    assert talked(flow, "2#", "3")[1] == {"used": "shop", "score_2": "3"}
    assert talked(flow, "0#")[1] == {"used": "none"}
    assert is_walked_whole(flow)


def test_who_takes_back_what_a_repeat_goes_over_takes_back_what_was_said_in_its_rounds():
    inner = (
        '{rating: score, prompt: "${item}?"}',
        '{set: low, value: "score <= 2"}',
        "{repeat: deep, times: 1, steps: [{yes_no: sure, prompt: Sure?, sensitive: true}]}",
    )
    back = "  - {set: worst, value: 'score_1 <= 2 || score_2 <= 2'}\n"
    back += '  - {yes_no: right, prompt: Right?, then: [{when: "!right", goto: used}]}\n'
    flow = load(USED + repeat("over: used", *inner) + back + END)
    call = Rehearsal(flow)
    call.begin()
    for each in ("1#", "1", "2", "2"):
        call.give(each)
    assert call.answers["worst"].value is True
    call.give("2#")
    taken = {name: written(call.answers[name]) for name in ("score_1", "low_1", "sure_1_1")}
    assert taken == dict.fromkeys(taken, "missing")
    assert call.answers["sure_1_1"].sensitive
    for each in ("4", "1", "1"):
        call.give(each)
    answers = {name: written(answer) for name, answer in call.answers.items()}
    assert (answers["used"], answers["score_2"], answers["worst"]) == ("shop", "4", "missing")


def test_a_count_brings_as_many_rounds_as_were_answered():
    asked = "  - {numeric: kids, range: [0, 3], prompt: How many?}\n"
    flow = load(
        asked + repeat("times: kids", '{rating: score, prompt: "Number ${number}, ${number + 1}?"}') + END
    )
    said, answers = talked(flow, "2", "4", "5")
    assert said[1:] == ["Number 1, 2?", "Number 2, 3?"]
    assert answers == {"kids": "2", "score_1": "4", "score_2": "5"}
    assert talked(flow, "0")[1] == {"kids": "0"}
    assert "score_3" in names(flow)
    assert "score_4" not in names(flow)
    assert is_walked_whole(flow)


@pytest.mark.parametrize(
    ("keys", "rounds"),
    [
        ("times: 3", 3),
        ("times: 50", 50),
        ("times: n + 1", 10),
        ("times: n + 1; most: 4", 4),
        ("times: few", 20),
        ("times: n; most: 4", 4),
        ("over: [a, b]", 2),
    ],
)
def test_the_number_of_rounds_has_a_bound(keys, rounds):
    asked = [
        f"  - {{numeric: {each}, prompt: How many?}}\n"
        for each in ("n, range: [0, 90]", "few, range: [0, 20]")
    ]
    flow = load("".join(asked) + repeat(keys.replace("; ", "\n    "), "{yes_no: q, prompt: Well?}") + END)
    assert sum(name.startswith("q_") for name in names(flow)) == rounds


def test_a_list_of_the_file_says_each_in_the_callers_language():
    head = "languages: {en: {}, es: {}}\n"
    people = "over: {m: {en: your mother, es: su madre}, f: {en: your father, es: su padre}}"
    ask = '{yes_no: alive, prompt: {en: "Is ${item} alive?", es: {text: "¿Vive ${item}?", ssml: "<s>${item}</s>"}}}'
    flow = load(repeat(people, ask) + END, head)
    spanish = flow.steps[2].prompt["es"]
    assert (spanish.text.parts, spanish.ssml.parts) == (("¿Vive su madre?",), ("<s>su madre</s>",))
    assert talked(flow, "1", "2")[0][:2] == ["Is your mother alive?", "Is your father alive?"]


def test_what_is_about_one_round_only_is_taken_in_that_round_only():
    inner = (
        '{rating: score, prompt: "${item}?", then: [{when: "item == \\"lab\\"", goto: extra}, {goto: last}]}',
        "{yes_no: extra, prompt: More?}",
        '{message: last, when: "number == 2", prompt: "That was ${item} (${score})."}',
    )
    flow = load(USED + repeat("over: used", *inner) + END)
    said, answers = talked(flow, "12#", "4", "1", "5")
    assert said[1:] == ["the laboratory?", "More?", "Tom & Jerry's?", "That was Tom & Jerry's (5)."]
    assert "extra_2" not in answers
    assert is_walked_whole(flow)


def test_rounds_within_rounds_are_numbered_twice():
    inner = '{repeat: again, times: 2, steps: [{rating: score, prompt: "${item}, ${number}?"}]}'
    flow = load(repeat("over: [a, b]", inner) + END)
    assert [name for name in names(flow) if name.startswith("score")] == [
        "score_1_1", "score_1_2", "score_2_1", "score_2_2",
    ]  # fmt: skip
    assert talked(flow, "1", "2", "3")[0][:4] == ["a, 1?", "a, 2?", "b, 1?", "b, 2?"]


def test_an_order_by_lot_keeps_the_numbers_of_the_rounds():
    flow = load(repeat("over: [a, b, c]\n    order: random") + END)
    assert flow.steps[0].order == "random"
    said, answers = talked(flow, "1", "2", "3")
    heard = {said[place][0]: str(place + 1) for place in range(3)}
    assert answers == {f"score_{number}": heard[item] for number, item in enumerate("abc", start=1)}


def test_values_in_texts_are_no_names():
    inner = '{message: echo, when: \'score == 3 && "score" != "x" && q.score == 1\', prompt: \'${"score"} $${score}\'}'
    flow = load(
        repeat("times: 1", "{rating: score, prompt: Well?}", inner) + END,
        "variables: [q]\n",
    )
    echo = flow.steps[3]
    assert echo.when.source == 'score_1 == 3 && "score" != "x" && q.score == 1'
    assert [getattr(part, "source", part) for part in echo.prompt["en"].text.parts] == [
        '"score"',
        " ${score}",
    ]


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        (USED + repeat("over: usde"), "there is no question `usde`; a repeat goes over one, or over a list"),
        (repeat("times: -1"), "a repeat has from 1 to 50 rounds"),
        (USED + repeat("over: bye"), "`bye` is no `select_many`"),
        (repeat("over: []"), "the name of a `select_many`, or a list of names, is expected here"),
        (repeat("over: [a, a]"), "two of these are the same"),
        (repeat("over: [a, '!']"), "at most 50 names of letters, digits, spaces and `-`"),
        (repeat("order: random"), "5: steps.each: a repeat goes `over` a list, or a number of `times`"),
        (repeat("over: [a]\n    times: 2"), "a repeat goes `over` a list, or a number of `times`"),
        (repeat("over: [a]\n    most: 2"), "`most` belongs to `times`; a list has an end"),
        (repeat("times: 2\n    most: 51"), "steps.each.most: at most 50 is allowed here"),
        (
            "  - {numeric: n, range: [0, 90], prompt: How many?}\n" + repeat("times: n"),
            "steps.each.times: `n` can be 90; say in `most` how many rounds there are, 50 or fewer",
        ),
        (repeat("times: 100000000"), "steps.each.times: a repeat has from 1 to 50 rounds"),
        (repeat("times: 0"), "steps.each.times: a repeat has from 1 to 50 rounds"),
        (repeat("times: kids"), "there is no question `kids`"),
        (repeat("times: 2") + "  - {message: m, prompt: '${score}.'}\n", "there is no question `score`"),
        ("  - {yes_no: a, prompt: A?, then: [{goto: score}]}\n" + repeat("over: [a]"),
         "steps.a.then[0].goto: `score` stands inside the repeat `each`; go to `each`"),
        (repeat("over: [a]") + repeat("over: [b]", "{goto: score}").replace("each", "other"),
         "`score` stands inside the repeat `each`; go to `each`"),
        ("  - {yes_no: score_1, prompt: A?}\n" + repeat("over: [a]"), "two steps come to be called `score_1`"),
        (repeat("times: 50", *(f"{{yes_no: q{n}, prompt: Well?}}" for n in range(12))),
         "with its rounds and the flows that it runs, the flow has more than 500 steps"),
        (repeat("times: 2", "{yes_no: q, prompt: '${nobody}!'}"), "there is no question `nobody`"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_repeat_is_one_line(steps, line):
    found = errors(steps + END)
    assert any(line in each for each in found), found
    assert len(found) <= 4


def test_a_name_in_a_repeat_is_partial_by_its_number():
    assert load(repeat("over: [a]") + END, "partial_if: [score_1]\n").partial_if == ("score_1",)
    (line,) = errors(repeat("over: [a]") + END, "partial_if: [score]\n")
    assert "`score` stands in a repeat, which numbers its answers (did you mean score_1?)" in line


def test_another_flow_runs_inside_under_its_own_names():
    steps = "  - {run_flow: you, flow: about}\n  - {message: sum, prompt: 'So ${you_age}.'}\n" + END
    flow = load(steps, about=ABOUT)
    assert names(flow) == ["you", "you_age", "you_echo", "you_done", "you_minor", "sum", "bye"]
    said, answers = talked(flow, "30", variables={"name": "Ann"})
    assert said == ["Your age, Ann?", "You are 30.", "So 30."]
    assert answers == {"you_age": "30"}
    call = Rehearsal(flow)
    call.begin()
    call.give("12")
    assert call.disposition == "ineligible"
    assert is_walked_whole(flow)
    assert "you_age" in FlowGraph(flow).mermaid()


def test_another_flow_may_run_in_rounds_and_go_to_a_person_of_the_first():
    inner = "flow: about\nsteps:\n  - {yes_no: q, prompt: Well?, on_fail: operator}\n"
    steps = (
        repeat("over: [a, b]", "{run_flow: about}") + END + "  - {label: operator, transfer: '+15550100'}\n"
    )
    flow = load(steps + "  - end: partial\n", about=inner)
    assert [step.on_fail for step in flow.steps if step.name.endswith("_q")] == ["operator", "operator"]
    assert "about_2_q" in names(flow)


def test_a_call_keeps_all_the_flows_of_its_flow():
    steps = "  - {run_flow: about}\n  - {run_flow: again, flow: about}\n" + END
    flow = load(steps, about=ABOUT.encode())
    stored = load_flow(flow.source, path="stored", audio_exists=lambda _: True)
    assert (stored.source, stored.sha256) == (flow.source, flow.sha256)
    assert names(stored) == names(flow)
    assert flow.runs == ("about",)
    changed = load(steps, about=ABOUT.replace("You are", "So you are"))
    assert changed.sha256 != flow.sha256


def test_what_is_wrong_in_another_flow_names_its_file_and_line():
    (line,) = errors("  - {run_flow: about}\n" + END, about=ABOUT.replace("age < 18", "ago < 18"))
    assert line.startswith("about.yaml:4:")
    assert "there is no question `ago`" in line or "there is no question `about_ago`" in line
    (line,) = errors("  - {run_flow: about}\n" + END, about=ABOUT.replace("range: [0, 99], ", ""))
    assert line == "about.yaml:4:5: steps.age: `range` is missing"
    bundle = f"flow: x\nsteps:\n  - {{run_flow: about}}\n{END}...\n--- # flow: about\n" + ABOUT
    with pytest.raises(FlowErrors) as caught:
        load_with_warnings(
            bundle.replace("goto: minor", "goto: miner"), path="f", audio_exists=lambda _: True
        )
    assert str(caught.value).startswith("f:10:")


@pytest.mark.parametrize(
    ("head", "steps", "others", "line"),
    [
        ("", "  - {run_flow: other}\n", {}, "there is no flow `other` in this folder that could be run"),
        ("", "  - {run_flow: me, flow: x}\n", {}, "the flow would run itself: x > x"),
        ("", "  - {run_flow: a}\n", {"a": "flow: a\nsteps: [{run_flow: b}]", "b": "flow: b\nsteps: [{run_flow: a}]"},
         "a > b > a"),
        ("languages: {en: {}, es: {}}\n", "  - {run_flow: a}\n", {"a": "flow: a\nsteps: [{end: completed}]"},
         "the flow `a` does not speak `es`"),
        ("", "  - {run_flow: a}\n", {"a": "flow: [a"}, "the flow `a` cannot be read: a.yaml:1:"),
        ("", "  - {run_flow: a}\n", {"a": "flow: a"}, "`steps` is missing"),
        ("", "  - {run_flow: a}\n", {"a": "flow: a\nversion: [1]\nsteps: [{end: completed}]"}, "version: a text"),
        ("", "  - {run_flow: a}\n", {"a": "flow: a\nquotas: [{name: q, when: 'true', target: 1}]\nsteps: [{end: completed}]"},
         "the flow `a` has `quotas`, which only"),
        ("", "  - {run_flow: a}\n",
         {"a": "flow: a\nlanguages: {en: {}, es: {}}\nsteps:\n- language: l\n  prompt: {en: E, es: S}\n  keys: {'1': en, '2': es}"},
         "lets callers choose a language that this one does not speak"),
        ("", "  - {goto: about_age}\n  - {run_flow: about}\n", {"about": ABOUT}, "there is no step or label `about_age`"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_refused_in_a_line(head, steps, others, line):
    found = errors(steps + END, head, **others)
    assert any(line in each for each in found), found


def test_a_flow_runs_no_endless_number_of_others():
    others = {f"f{n}": f"flow: f{n}\nsteps: [{{yes_no: q, prompt: Q?}}]" for n in range(MOST_OTHERS + 1)}
    steps = "".join(f"  - {{run_flow: r{n}, flow: f{n}}}\n" for n in range(MOST_OTHERS + 1))
    (line,) = errors(steps + END, **others)
    assert f"there is no flow `f{MOST_OTHERS}`" in line


def test_editors_complete_rounds_and_flows_within_flows():
    steps = [
        {"repeat": "r", "over": {"a": {"en": "A"}}, "steps": [{"yes_no": "q", "prompt": "Q?"}]},
        {"repeat": "s", "times": 2, "steps": [{"run_flow": "about", "flow": "x"}]},
        {"end": "completed"},
    ]
    jsonschema.validate({"flow": "x", "steps": steps}, schema.json_schema())
    broken = [{"repeat": "r", "steps": [{"yes_no": "q", "promt": "Q?"}]}]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"flow": "x", "steps": broken}, schema.json_schema())

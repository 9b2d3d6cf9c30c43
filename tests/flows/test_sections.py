"""`section`: steps inside steps, from the file to the path that a call takes."""

from itertools import permutations

import jsonschema
import pytest

from app.flows import schema
from app.flows.graph import FlowGraph
from app.flows.interpreter import FlowRun
from app.flows.length import estimate_seconds
from app.flows.loader import FlowErrors, load_flow
from app.flows.sprint import End
from app.flows.walk import walk
from tests.flows.clinic import key

END = "  - {label: bye, end: completed}\n"
PARTS = ("a", "b", "c")


def load(steps, head=""):
    return load_flow(f"flow: x\n{head}steps:\n{steps}", path="f", audio_exists=lambda _: True)


def errors(steps, head=""):
    with pytest.raises(FlowErrors) as caught:
        load(steps, head)
    return [line.removeprefix("f:") for line in str(caught.value).split("\n")]


def ask(name, more=""):
    return f"{{yes_no: {name}, prompt: {name}?{', ' + more if more else ''}}}"


def section(*steps, name="s", more="", indent=2):
    pad = " " * indent
    keys = "".join(f"{pad}  {line}\n" for line in more.split("; ") if line)
    inner = "".join(f"{pad}    - {step}\n" for step in steps)
    return f"{pad}- section: {name}\n{keys}{pad}  steps:\n{inner}"


def walked(flow, seed="", answers=(), variables=None):
    """Return the names of the steps that a caller enters who says yes to all but the answers given."""
    run = FlowRun(flow, seed=seed, variables=variables)
    said = dict(answers)
    sprint = run.start()
    path = list(sprint.path)
    while not isinstance(sprint.wait, End):
        sprint = run.resume(key(said.get(sprint.wait.step, True)))
        path += sprint.path
    return tuple(path)


def orders(flow, count=300):
    return {walked(flow, seed=str(number)) for number in range(count)}


def three(more=""):
    return load(section(*map(ask, PARTS), more=more) + END)


def test_a_section_in_fixed_order_is_heard_as_it_stands():
    assert orders(three(), 20) == {("s", "a", "b", "c", "bye")}


def test_a_random_order_is_any_order_and_the_path_tells_which():
    assert orders(three("order: random")) == {("s", *order, "bye") for order in permutations(PARTS)}


def test_a_random_order_favours_no_order():
    drawn = [walked(three("order: random"), seed=f"CA{number}") for number in range(1_200)]
    assert all(150 <= drawn.count(order) <= 250 for order in set(drawn))


def test_a_rotated_order_begins_anywhere_and_goes_round():
    assert orders(three("order: rotate")) == {
        ("s", "a", "b", "c", "bye"),
        ("s", "b", "c", "a", "bye"),
        ("s", "c", "a", "b", "bye"),
    }


def test_the_same_call_always_hears_the_same_order():
    flow = three("order: random")
    assert len({walked(flow, seed="CA17") for _ in range(5)}) == 1


def test_two_sections_of_a_call_are_drawn_apart():
    said = [f"{{message: {name}, prompt: Hi.}}" for name in "abcd"]
    first = section(*said[:2], name="one", more="order: random")
    flow = load(first + section(*said[2:], name="two", more="order: random") + END)
    assert len(orders(flow)) == 4


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("pick: 2", {("a", "b"), ("a", "c"), ("b", "c")}),
        ("pick: 2; order: random", set(permutations(PARTS, 2))),
        ("pick: 2; order: rotate", {("a", "b"), ("b", "c"), ("c", "a")}),
        ("pick: 3; order: fixed", {PARTS}),
    ],
)
def test_as_many_steps_are_picked_as_the_author_says(more, expected):
    assert orders(three(more)) == {("s", *picked, "bye") for picked in expected}


def test_a_section_passed_over_is_passed_over_with_all_that_is_inside():
    inner = section(ask("b"), ask("c"), name="t", indent=6)
    outer = section(ask("a"), more="when: wanted; order: random").replace("steps:\n", "steps:\n" + inner)
    flow = load(outer + END, head="variables: [wanted]\n")
    assert walked(flow) == ("bye",)
    assert {walked(flow, seed=str(n), variables={"wanted": True}) for n in range(30)} == {
        ("s", "t", "b", "c", "a", "bye"),
        ("s", "a", "t", "b", "c", "bye"),
    }


def test_a_step_passed_over_leads_to_the_next_of_the_order():
    flow = load(section("{message: m, prompt: M}", ask("b", "when: false"), "{message: n, prompt: N}",
                        more="order: rotate") + END)  # fmt: skip
    assert orders(flow, 50) == {("s", "m", "n", "bye"), ("s", "n", "m", "bye")}


def test_a_section_goes_on_by_its_own_branches_when_it_is_over():
    steps = section(ask("a"), ask("b"), more="order: random; then: [{when: a, goto: bye}, {goto: late}]")
    flow = load(steps + f"  - {ask('late')}\n" + END)
    assert {path[-2:] for path in orders(flow, 30)} == {("a", "bye"), ("b", "bye")}
    assert walked(flow, answers={"a": False})[-2:] == ("late", "bye")


def test_a_way_out_of_a_section_leaves_the_rest_unheard():
    flow = load(section(ask("a", "then: [{when: a, goto: bye}]"), ask("b"), more="order: random") + END)
    assert ("s", "a", "bye") in orders(flow, 30)


def test_a_fixed_section_may_be_entered_in_its_middle():
    flow = load(
        f"  - {ask('q', 'then: [{when: q, goto: b}]')}\n"
        + section(ask("a"), ask("b", "then: [{when: b == false, goto: a}]"))
        + END
    )
    assert walked(flow) == ("q", "b", "bye")
    assert walked(flow, answers={"q": False}) == ("q", "s", "a", "b", "bye")


def test_steps_without_a_name_are_numbered_inside_their_section():
    assert walked(load(section("goto: bye") + END)) == ("s", "goto_1_1", "bye")


@pytest.mark.parametrize("more", ["order: random", "order: rotate", "pick: 1"])
def test_a_way_into_the_middle_of_a_section_by_lot_is_refused(more):
    steps = f"  - {ask('q', 'then: [{when: q, goto: b}]')}\n" + section(ask("a"), ask("b"), more=more) + END
    message = "`b` stands inside the section `s`, whose steps come by lot; go to `s`"
    assert errors(steps) == [f"3:5: steps.q: {message}"]
    assert errors(section(ask("a", "on_fail: b"), ask("b"), more=more) + END)[0].endswith(message)


def test_a_way_inside_one_part_of_a_section_by_lot_is_allowed():
    inner = section(ask("b"), ask("c", "then: [{when: c == false, goto: b}]"), name="t", indent=6)
    flow = load(section(ask("a"), more="order: random").replace("    steps:\n", "    steps:\n" + inner) + END)
    assert "c" in walked(flow)


def test_a_request_cannot_lead_into_a_section_by_lot():
    person = '{label: operator, transfer: "+15550100"}'
    (found,) = errors(section(ask("a"), ask("b"), person, more="order: random") + END)
    assert found.startswith("8:9: steps.operator: `operator` stands inside the section `s`")
    assert found.endswith("move it out of the section")


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (section(ask("a"), more="pick: 2"), "4:11: steps.s.pick: the section has 1 steps to pick from"),
        (section(ask("a"), more="pick: 0"), "4:11: steps.s.pick: at least 1 is allowed here"),
        (section(ask("a"), more="order: any"), "4:12: steps.s.order: `any` is not one of fixed"),
        ("  - section: s\n", "3:5: steps.s: `steps` is missing"),
        ("  - {section: s, steps: []}\n", "3:25: steps.s.steps: this is empty; at least one is needed"),
        ("  - {section: s, steps: a}\n", "3:25: steps.s.steps: a list is expected here"),
        (section("{yes_no: a}"), "5:9: steps.a: `prompt` is missing"),
        (section("goto: nowhere"), "5:15: steps.s.steps[0].goto: there is no step"),
        (section("hello"), "5:9: steps.s.steps[0]: a step is expected here"),
        (f"  - {ask('a')}\n" + section(ask("a")), "6:18: steps.a.yes_no: the name `a` is taken by"),
        (section("goto: bye", ask("a")), "6:9: steps.a: no way leads to this step"),
        (section(ask("a", "when: b"), ask("b")), "5:39: steps.a.when: `b` cannot have been answered by then"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_section_is_named_with_its_place(steps, message):
    assert any(line.startswith(message) for line in errors(steps + END)), errors(steps + END)


def test_an_answer_of_a_later_step_may_be_read_where_the_order_is_by_lot():
    flow = load(section(ask("a", "when: b"), ask("b"), more="order: random") + END)
    assert orders(flow, 30) == {("s", "b", "bye"), ("s", "b", "a", "bye")}
    with pytest.raises(FlowErrors):
        load(section(ask("a", "when: b"), ask("b"), more="pick: 2") + END)


def test_messages_by_lot_are_no_loop_but_a_way_back_to_them_is():
    said = ["{message: m, prompt: M}", "{message: n, prompt: N}"]
    load(section(*said, more="order: random") + END)
    load(section(*said, more="order: random; pick: 1") + END)
    back = "then: [{when: paid, goto: s}]"
    for more in ("order: random", "pick: 1"):
        found = errors(section(*said, more=f"{more}; {back}") + END, head="variables: [paid]\n")
        assert found[0].endswith("a loop that asks nothing leads back here; it would never end")


def test_a_length_counts_what_is_picked():
    def seconds(more):
        return estimate_seconds(three(more))

    assert seconds("") == seconds("order: random") == seconds("order: rotate") == (10, 10)
    assert seconds("pick: 1") == (3, 3)
    assert seconds("pick: 2; order: random") == (7, 7)
    assert seconds("when: false") == (0, 10)


def test_the_picture_shows_a_section_and_its_lot():
    def drawn(more):
        return FlowGraph(three(more)).mermaid()

    assert '  s0[/"s"/]' in drawn("")
    assert "  s0 --> s1" in drawn("")
    assert drawn("order: random").count("random") == 1
    assert drawn("order: random; pick: 2").count('-->|"2 of 3, random"|') == 3
    assert drawn("pick: 2").count('-->|"2 of 3"|') == 3


def test_an_editor_is_told_what_may_stand_in_a_section():
    validator = jsonschema.Draft202012Validator(schema.json_schema())
    good = {"section": "s", "steps": [{"section": "t", "steps": [{"message": "a", "prompt": "Hi."}]}]}
    bad = {"section": "s", "steps": [{"section": "t", "steps": [{"message": "a", "promt": "Hi."}]}]}
    assert validator.is_valid({"flow": "x", "steps": [good]})
    assert not validator.is_valid({"flow": "x", "steps": [bad]})


def test_a_value_of_a_conversation_inside_a_section_is_known_by_its_place():
    talk = "{converse: c, prompt: Tell., goal: Learn., extract: {incident: text}}"
    again = "{converse: d, prompt: Tell., goal: Learn., extract: {incident: text}}"
    found = errors(section(talk, again) + END)
    assert found == [
        "6:62: steps.d.extract.incident: the name `incident` is taken by an earlier conversation"
    ]


@pytest.mark.parametrize("more", ["", "order: random", "order: rotate", "pick: 1", "pick: 2; order: random"])
def test_the_walk_comes_to_every_part_of_a_section_and_counts_no_lot(more):
    steps = [ask("a"), ask("b", "when: q"), ask("c")]
    before = f"  - {ask('q')}\n"
    walked_whole = walk(load(before + section(*steps, more=more) + END))
    assert walked_whole.is_complete
    assert walked_whole.coverage.steps.missed == ()
    assert walked_whole.coverage.branches.missed == ()


def test_the_walk_passes_over_a_section_as_one_step():
    flow = load(f"  - {ask('q')}\n" + section(ask("a"), ask("b"), more="when: q") + END)
    assert walk(flow).coverage.branches.missed == ()


def test_the_walk_misses_a_part_that_no_answer_leads_to():
    flow = load(
        f"  - {ask('q')}\n" + section(ask("a"), ask("b", "when: q && !q"), more="order: random") + END
    )
    assert [missed.text for missed in walk(flow).coverage.steps.missed] == ["b"]

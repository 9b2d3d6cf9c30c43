from pathlib import Path

import pytest

from app.adapters.flow_folder import check_file
from app.flows.graph import FlowGraph
from app.flows.length import estimate_seconds
from app.flows.loader import FlowErrors, load_flow, load_with_warnings

SHIPPED = sorted(Path("call_flows").glob("*.yaml"))
END = "  - {label: bye, end: completed}\n"


def read(steps, *, head="", end=END):
    text = "flow: x\n" + head + "steps:\n" + steps + end
    return load_with_warnings(text, path="f", audio_exists=lambda _: True)


def errors(steps, *, head="", end=END):
    with pytest.raises(FlowErrors) as caught:
        read(steps, head=head, end=end)
    return str(caught.value).split("\n")


def warnings(steps, *, head=""):
    return [str(problem) for problem in read(steps, head=head)[1]]


def ask(name="q", kind="yes_no", more=""):
    return f"  - {{{kind}: {name}, prompt: Really?{', ' + more if more else ''}}}\n"


def choose(choices, more=""):
    return ask(kind="select_one", more=f"choices: {{{choices}}}" + (", " + more if more else ""))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_flows_that_ship_have_no_problem(path):
    checked = check_file(path)
    assert checked.problems == ()
    assert checked.flow.name == path.stem


def test_six_flows_ship():
    names = ["about-you", "clinic-followup", "clinic-reminder", "clinic-visit", "csat", "welcome"]
    assert [path.stem for path in SHIPPED] == names


def test_a_step_that_no_way_leads_to_is_an_error():
    steps = "  - goto: bye\n  - {message: lost, prompt: Hello.}\n"
    assert errors(steps) == ["f:4:5: steps.lost: no way leads to this step"]


def test_universals_lead_to_their_steps():
    read(
        ask() + END,
        end="  - {label: operator, transfer: +15550100, on_fail: bye}\n  - {label: optout, end: refused}\n",
    )


def test_a_flow_that_runs_out_is_an_error():
    assert errors(ask(), end="") == [
        "f:3:5: steps.q: after this step the flow runs out; add `- end: completed`"
    ]


def test_a_loop_that_asks_but_never_ends_is_an_error():
    found = errors(ask() + "  - goto: q\n", end="")
    assert found == [
        "f:3:5: steps.q: from here no way leads to an `end`",
        "f:4:5: steps[1]: from here no way leads to an `end`",
    ]
    read(ask(more="on_fail: end") + "  - goto: q\n", end="")


def test_a_loop_that_asks_nothing_is_an_error():
    steps = ask() + "  - {message: a, prompt: Hi., then: [{when: q, goto: a}]}\n"
    assert errors(steps) == ["f:4:5: steps.a: a loop that asks nothing leads back here; it would never end"]


def test_a_question_passed_over_by_its_when_stops_no_loop():
    steps = ask() + ask("r", more="when: q, on_fail: bye") + "  - {goto: r, when: q}\n"
    assert any("asks nothing" in line for line in errors(steps))


def test_a_branch_below_one_that_is_always_taken_is_an_error():
    steps = ask(more="then: [{goto: bye}, {when: q, goto: bye}]")
    assert errors(steps) == ["f:3:54: steps.q.then[1]: never reached: the branch above is always taken"]


def test_a_name_that_is_no_question_is_an_error_with_the_nearest():
    (found,) = errors(ask("score") + "  - {message: a, when: scor == 1, prompt: Hi.}\n")
    assert found.startswith("f:4:24: steps.a.when: there is no question `scor`")
    assert found.endswith("and `variables` does not name it (did you mean score?)")


def test_an_answer_cannot_be_used_before_its_question():
    assert errors("  - {message: a, prompt: 'Hi ${q}.'}\n" + ask()) == [
        "f:3:26: steps.a.prompt: `q` cannot have been answered by then"
    ]
    assert errors(ask(more="when: q")) == ["f:3:40: steps.q.when: `q` cannot have been answered by then"]
    read(ask(more="then: [{when: q, goto: bye}]"))


def test_a_step_on_another_branch_is_not_answered():
    steps = (
        ask(more="then: [{when: q, goto: b}]")
        + ask("r")
        + "  - goto: bye\n"
        + "  - {message: b, prompt: 'So ${r}.'}\n"
    )
    assert errors(steps) == ["f:6:26: steps.b.prompt: `r` cannot have been answered by then"]


def test_a_message_has_no_answer():
    steps = "  - {message: a, prompt: Hi.}\n  - {message: b, when: a, prompt: Hi.}\n"
    assert errors(steps) == ["f:4:24: steps.b.when: `a` is a step that has no answer"]


def test_variables_may_be_used_anywhere():
    transfer = "  - {transfer: '${number}', on_fail: bye}\n"
    read("  - {message: a, prompt: 'Hi ${name}.'}\n" + transfer, head="variables: [name, number]\n")
    assert "there is no question `number`" in errors(transfer)[0]


def test_a_comparison_with_no_answer_is_an_error():
    steps = choose(
        "red: {key: 1, text: red}, blue: {key: 2, text: blue}", "then: [{when: q == 'rde', goto: bye}]"
    )
    assert errors(steps)[0].endswith("`rde` is never an answer to `q`, only blue or red (did you mean red?)")
    language = "  - {language: l, keys: {1: en}, prompt: English?, then: [{when: l == 'es', goto: bye}]}\n"
    assert "`es` is never an answer to `l`, only en" in errors(language)[0]
    read(choose("red: {key: 1, text: red}", "then: [{when: q != '', goto: bye}]"))


def test_a_prompt_that_can_say_nothing_is_a_warning():
    more = "noinput: ['${name}!'], nomatch: [Sorry.], help: '${name}'"
    found = warnings(ask(more=more), head="variables: [name]\n")
    assert found == [
        "f:4:44: steps.q.noinput[0]: this says nothing while what it pipes is unknown",
        "f:4:82: steps.q.help: this says nothing while what it pipes is unknown",
    ]


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        (
            choose("a: {key: 1, text: x}, b: {key: 1, text: y}"),
            "choices.b.key: the key `1` means `a` and `b`",
        ),
        (choose("a: {key: 1, text: x}", "special: {refused: 1}"), "the key `1` means `a` and `refused`"),
        (choose("a: {key: '*', text: x}"), "the key `*` means `a` and begins `*` for repeat"),
        (
            choose("a: {key: 1, text: x}", "special: {refused: '#'}"),
            "the key `#` for `refused` holds the end key",
        ),
        (ask(more="special: {dont_know: 2}"), "the key `2` means no and `dont_know`"),
        (ask(more="end_key: '*'"), "steps.q.end_key: the end key `*` is taken by a universal"),
        (
            ask(kind="rating", more="range: [1, 10], special: {refused: 9}"),
            "`9` means `refused` and is an answer in the range; give this step a `special` of its own",
        ),
        (
            ask(kind="digits", more="length: [1, 4], special: {refused: 99}"),
            "`99` means `refused` and is an answer of that length; give this step a `special` of its own",
        ),
        (choose("a: {text: x}", "input: [dtmf]"), "choices.a: there is no `key` for this choice"),
        (
            choose("a: {key: 1, text: The one!}, b: {key: 2, text: y, synonyms: [the one]}"),
            "means `a` and `b`",
        ),
        (choose("a: {key: 1, text: '?'}"), "choices.a: a word in `en` is empty"),
    ],
)
def test_what_means_two_things_is_an_error(steps, line):
    found = errors(steps)
    assert any(line in each for each in found), found


def test_keys_that_do_not_meet_are_no_problem():
    read(ask(kind="numeric", more="range: [0, 110], special: {refused: 999}"))
    read(ask(kind="digits", more="length: 4, special: {refused: 9}"))
    read(ask(kind="numeric", more="range: [0, 9], special: {refused: '7*'}"))
    read(ask(more="input: [speech], special: {refused: 1}"))
    read(choose("a: {key: 1, text: x}, b: {key: 2, text: x}", "input: [dtmf]"))


def test_a_key_that_begins_another_is_a_warning():
    assert warnings(choose("a: {key: 1, text: x}, b: {key: 12, text: y}")) == [
        "f:3:57: steps.q.choices.a.key: after `1` the caller waits, because `12` begins with it"
    ]


def test_a_choice_that_can_only_be_spoken_is_a_warning():
    assert "it can only be spoken" in warnings(choose("a: x, b: {key: 2, text: y}"))[0]


def flow_of(steps):
    return load_flow("flow: x\nsteps:\n" + steps + END, path="f", audio_exists=lambda _: True)


def test_the_length_counts_words_and_answers_on_the_shortest_and_the_longest_way():
    ten = "one two three four five six seven eight nine ten"
    hello = f"  - {{message: a, prompt: {ten}}}\n"
    assert estimate_seconds(flow_of(hello)) == (4, 4)
    skipped = f"  - {{message: b, when: q, prompt: {ten}}}\n"
    assert estimate_seconds(flow_of(hello + ask() + skipped)) == (7, 11)
    assert estimate_seconds(flow_of(ask(kind="open"))) == (12, 12)


def test_a_loop_is_counted_once():
    assert estimate_seconds(flow_of(ask(more="then: [{when: q, goto: q}]"))) == (3, 3)


@pytest.mark.parametrize(
    ("when", "label"),
    [
        ("q", "not q"),
        ("!q", "q"),
        ("q != true", "q == true"),
        ("n >= 3", "n < 3"),
        ("n<=3", "n > 3"),
        ("t != ''", "t == ''"),
        ("t == 'a != b && c'", "t != 'a != b && c'"),
        ("q && n > 3", "unless q && n > 3"),
        ("!(q || n == 3)", "unless !(q || n == 3)"),
        ("t in ['a', 'b']", "unless t in ['a', 'b']"),
    ],
)
def test_the_diagram_denies_nothing_twice(when: str, label: str):
    steps = ask() + ask("n", kind="numeric", more="range: [0, 9]") + ask("t", kind="open")
    drawn = FlowGraph(flow_of(f'{steps}  - {{message: m, when: "{when}", prompt: Hello.}}\n')).mermaid()
    assert f'|"{label}"|' in drawn


def test_the_diagram_shows_every_ordinary_way():
    steps = ask(more="on_fail: bye, then: [{when: q == true, goto: bye}]") + "  - {transfer: +15550100}\n"
    steps = "  - {label: operator, goto: q, when: false}\n" + steps
    drawn = FlowGraph(flow_of(steps)).mermaid()
    assert 's1{{"q"}}' in drawn
    assert 's0 -->|"always"| s1' in drawn
    assert 's1 -->|"q == true"| s3' in drawn
    assert 's1 -->|"no answer"| s3' in drawn
    assert 's2 -->|"nobody there"| s3' in drawn
    assert "operator|" not in drawn

"""What an author may write of a conversation, what the loader and the lint say to it, and how it is drawn."""

import json
import re

import jsonschema
import pytest
from ruamel.yaml import YAML

from app.domain.conversation import FieldKind
from app.flows import schema
from app.flows.graph import FlowGraph
from app.flows.length import estimate_seconds
from app.flows.loader import FlowErrors, load_with_warnings
from app.flows.manual import manual
from app.flows.model import ConverseStep, LanguageSpec
from app.flows.talk_compiler import SUMMARY_ABOUT

FLOW = """\
flow: clinic
languages: {en: {voice: Joanna, vocabulary: clinic-words, lexicons: [a, b]}, es: {}}
defaults: {timeout: 4s, interdigit: 2s, max_attempts: 2, on_fail: thanks, bargein: keys}
variables: [patient]
partial_if: [incident, why_summary]
steps:
  - rating: score
    prompt: {en: "From 1 to 5?", es: "¿Del 1 al 5?"}
  - converse: followup
    when: score <= 2
    prompt: {en: "What happened?", es: "¿Qué pasó?"}
    goal: Learn why ${patient} gave ${score}.
    style: warm
    extract:
      incident: text
      rooms: number
      want_call: {type: boolean, about: {en: "May we call?", es: "¿Podemos llamar?"}}
      when_it_was: {type: date, about: the day of the visit}
      mood: [happy, sad]
      place: {choices: [ward, lab]}
    exits:
      urgent: {when: "the caller describes an emergency", goto: rescue}
    limits: {turns: 4, duration: 90s, forbid: [medical advice]}
    noinput: [{en: "Hello?", es: "¿Hola?"}]
    help: {en: "Just talk.", es: "Hable."}
    timeout: 6s
    bargein: any
    max_attempts: 4
    on_fail: skip
    then: [{when: 'want_call && mood == "sad"', goto: rescue}]
  - open: why
    prompt: {en: "Anything else?", es: "¿Algo más?"}
    probe: {max: 2, about: "what ${why} means"}
    summary: true
  - {label: thanks, end: completed, prompt: {en: "You feel ${mood}. Bye.", es: "Adiós."}}
  - {label: rescue, end: callback}
"""

BARE = """\
flow: x
steps:
  - {converse: chat, goal: Chat.}
  - end: completed
"""


def read(text):
    return load_with_warnings(text, path="f", audio_exists=lambda _: True)


def errors(old, new):
    assert old in FLOW
    with pytest.raises(FlowErrors) as caught:
        read(FLOW.replace(old, new, 1))
    return str(caught.value).split("\n")


@pytest.fixture(scope="module")
def flow():
    loaded, found = read(FLOW)
    assert found == ()
    return loaded


def test_a_conversation_is_compiled_with_all_that_the_author_said(flow):
    step = flow.steps[1]
    assert isinstance(step, ConverseStep)
    assert [(each.name, each.kind, each.choices) for each in step.wanted] == [
        ("incident", FieldKind.TEXT, ()),
        ("rooms", FieldKind.NUMBER, ()),
        ("want_call", FieldKind.BOOLEAN, ()),
        ("when_it_was", FieldKind.DATE, ()),
        ("mood", FieldKind.CHOICE, ("happy", "sad")),
        ("place", FieldKind.CHOICE, ("ward", "lab")),
    ]
    about = {each.name: each.about for each in step.wanted}
    assert about["want_call"] == {"en": "May we call?", "es": "¿Podemos llamar?"}
    assert about["when_it_was"] == {"en": "the day of the visit", "es": "the day of the visit"}
    assert about["incident"] == {}
    assert [(way.name, way.when, way.goto) for way in step.exits] == [
        ("urgent", "the caller describes an emergency", "rescue")
    ]
    assert (step.most_turns, step.duration_ms, step.forbid) == (4, 90_000, ("medical advice",))
    assert (step.style, step.on_fail, step.max_attempts, step.bargein) == ("warm", "skip", 4, "any")
    assert (step.policy.first_input_ms, step.policy.inter_digit_ms) == (6_000, 2_000)
    assert (step.policy.dtmf, step.policy.speech, step.policy.end_key) == (True, True, "")
    assert step.help is not None
    assert len(step.noinput) == 1


def test_a_conversation_takes_what_it_does_not_say_from_the_defaults():
    step = read(BARE)[0].steps[0]
    assert (step.prompt, step.help, step.noinput, step.exits, step.wanted) == (None, None, (), (), ())
    assert (step.most_turns, step.duration_ms, step.on_fail, step.max_attempts) == (6, 120_000, "skip", 3)
    assert step.policy.first_input_ms == 5_000


def test_a_probe_is_a_conversation_under_the_questions_name(flow):
    probe = flow.steps[2].probe
    assert (probe.name, probe.most_turns, probe.prompt, probe.on_fail) == ("why", 2, None, "skip")
    assert (probe.policy.first_input_ms, probe.max_attempts, probe.bargein) == (4_000, 2, "keys")
    assert [(each.name, each.about["es"]) for each in probe.wanted] == [("why_summary", SUMMARY_ABOUT)]
    assert "what " in str(probe.goal.parts[0])


def test_a_summary_may_have_a_name_of_its_own_or_be_none():
    named = FLOW.replace("summary: true", "summary: gist").replace("why_summary", "gist")
    assert read(named)[0].steps[2].probe.wanted[0].name == "gist"
    without = FLOW.replace("summary: true", "summary: false").replace(", why_summary", "")
    assert read(without)[0].steps[2].probe.wanted == ()
    plain = FLOW.replace(
        '    probe: {max: 2, about: "what ${why} means"}\n    summary: true\n', "    probe: {}\n"
    )
    probe = read(plain.replace(", why_summary", ""))[0].steps[2].probe
    assert (probe.most_turns, probe.wanted) == (1, ())


def test_a_language_names_its_vocabulary_and_lexicons(flow):
    assert flow.languages["en"] == LanguageSpec("en", "en-US", "Joanna", "clinic-words", ("a", "b"))
    assert flow.languages["es"].lexicons == ()


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("rooms: number", "rooms: nmber", "steps.followup.extract.rooms: `nmber` is not one of"),
        ("rooms: number", "rooms: nmber", "(did you mean number?)"),
        ("rooms: number", "rooms: {typ: number}", "unknown key `typ` (did you mean type?)"),
        ("rooms: number", "rooms: choice", "extract.rooms: `choices` are missing"),
        ("rooms: number", "rooms: []", "extract.rooms: `choices` are missing"),
        ("rooms: number", "rooms: [a, A]", "extract.rooms: two of these are the same"),
        ("rooms: number", "rooms: {type: text, choices: [a]}", "`choices` belong to `type: choice`"),
        ("rooms: number", "score: number", "16:7: steps.followup.extract.score: the name `score` is taken"),
        ("rooms: number", "rescue: number", "the name `rescue` is taken by a step"),
        ("rooms: number", "patient: number", "`patient` is a value of a conversation"),
        ("rooms: number", "end: number", "`end` has a meaning of its own"),
        ("rooms: number", '"2 rooms": number', "a name is made of letters"),
        ("summary: true", "summary: incident", "the name `incident` is taken by an earlier conversation"),
        ("summary: true", "summary: yes no", "steps.why.summary: `yes no`: a name is made of letters"),
        ("    probe: {max: 2", "    help: {en: a, es: b} #", "`summary` needs a `probe`"),
        ("max: 2", "max: 4", "steps.why.probe.max: at most 3 is allowed here"),
        ("summary: true", "sensitive: true", "a sensitive answer is not given to a model"),
        ('es: "¿Podemos llamar?"', "fr: oui", "the flow has no language `fr`"),
        ("goto: rescue}\n    limits", "goto: resque}\n    limits", "(did you mean rescue?)"),
        ("turns: 4", "turns: 31", "at most 30 is allowed here"),
        ("duration: 90s", "duration: 9s", "limits.duration: at least 10s is allowed here"),
        ("turns: 4", "turn: 4", "unknown key `turn` (did you mean turns?)"),
        ("on_fail: skip", "on_fail: operator", "there is no step with `label: operator`"),
        ("    goal: Learn why ${patient} gave ${score}.\n", "", "`goal` is missing"),
        ("gave ${score}", "gave ${skore}", "there is no question `skore`"),
        ("gave ${score}", "gave ${incident}", "steps.followup.goal: `incident` cannot have been answered"),
        ("gave ${score}", "gave ${score", "the ${ is never closed by a }"),
        ("when: score <= 2", "when: want_call", "`want_call` cannot have been answered by then"),
        ('mood == "sad"', 'mood == "bad"', "`bad` is never an answer to `mood`"),
        ("You feel ${mood}", "You ${followup}", "`followup` is a step that has no answer"),
        ("partial_if: [incident", "partial_if: [incidnt", "(did you mean incident?)"),
        ("    noinput: [{en", "    nomatch: [{en", "`nomatch` does not belong to a step `converse`"),
    ],
)
def test_a_mistake_is_told_with_its_place(old, new, line):
    found = errors(old, new)
    assert any(line in each for each in found), "\n".join(found)


def test_a_sensitive_answer_is_told_no_model():
    (found,) = errors("  - rating: score\n", "  - rating: score\n    sensitive: true\n")
    assert "steps.followup.goal: `score` is sensitive, and a model would be told it" in found


def test_a_conversation_longer_than_its_call_is_odd():
    found = read(FLOW.replace("flow: clinic\n", "flow: clinic\nmax_duration: 60s\n"))[1]
    assert [problem.path for problem in found] == ["steps.followup.limits.duration"]


def test_a_conversation_without_values_exits_and_branches_is_fine():
    assert read(BARE)[1] == ()


def test_a_loop_through_a_conversation_ends_when_the_caller_leaves_it():
    text = BARE.replace(
        "goal: Chat.", "goal: Chat., exits: {stop: {when: enough, goto: bye}}, then: [{goto: chat}]"
    )
    assert read(text.replace("- end: completed", "- {label: bye, end: completed}"))[1] == ()


def test_a_flow_that_can_only_end_by_a_conversation_that_fails_has_an_end():
    text = "flow: x\nsteps:\n  - {converse: chat, goal: Chat., on_fail: end, then: [{goto: chat}]}\n"
    assert read(text)[1] == ()


def test_a_conversation_is_drawn_with_its_ways_out(flow):
    drawn = FlowGraph(flow).mermaid()
    assert '  s1[["followup"]]' in drawn
    assert '  s1 -->|"urgent"| s4' in drawn
    failing = FLOW.replace("on_fail: skip", "on_fail: thanks")
    assert '  s1 -->|"no conversation"| s3' in FlowGraph(read(failing)[0]).mermaid()


def test_a_conversation_takes_its_turns_and_no_more_than_its_bounds():
    assert estimate_seconds(read(BARE)[0]) == (60, 60)
    bounded = BARE.replace("goal: Chat.", "goal: Chat., limits: {duration: 20s}")
    assert estimate_seconds(read(bounded)[0]) == (20, 20)


def test_an_editor_accepts_what_the_loader_accepts_and_marks_what_it_does_not():
    validator = jsonschema.Draft202012Validator(schema.json_schema())
    as_json = json.loads(json.dumps(YAML(typ="safe", pure=True).load(FLOW)))
    assert [error.message for error in validator.iter_errors(as_json)] == []
    as_json["steps"][1]["extract"]["rooms"] = {"typ": "number"}
    assert not validator.is_valid(as_json)


def test_every_example_of_the_manual_is_a_flow_without_a_problem():
    shown = re.findall(r"```yaml\n(.*?)```", manual(), re.DOTALL)
    examples = [each for each in shown if "\nsteps:\n" in each and each.startswith("flow:")]
    kinds = set()
    for example in examples:
        loaded, found = read(example)
        assert found == (), example
        kinds |= {type(step).__name__ for step in loaded.steps}
    assert {"ConverseStep", "Open", "Section", "SetValue"} <= kinds


def test_every_key_of_a_conversation_is_explained_in_the_manual():
    text = manual()
    for key in (
        "goal",
        "extract",
        "exits",
        "forbid",
        "turns",
        "about",
        "probe",
        "summary",
        "vocabulary",
        "lexicons",
    ):
        assert f"| `{key}` |" in text

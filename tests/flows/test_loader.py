"""The loader's promises; most cases are one changed line of one good flow."""

from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml.error import YAMLError

from app.domain.answers import Status
from app.domain.call import Disposition
from app.domain.speech import BargeIn
from app.flows import model, yaml_tree
from app.flows.checking import KINDS
from app.flows.loader import FlowErrors, load_flow
from app.flows.sprint import Universal

FLOW = """\
flow: clinic-2026
version: 3
title: Clinic visit
languages: {en: {voice: Joanna, locale: en-US}, es: {voice: Lupe}}
defaults: {timeout: 4s, interdigit: 1.5s, max_attempts: 2, confirm: always, on_fail: thanks, bargein: keys}
universals: {repeat: "*", help: off, operator: "*0", opt_out: "*9"}
special: {dont_know: "8", refused: "9"}
variables: [patient]
partial_if: [gender, score]
max_duration: 15m
steps:
  - language: lang
    prompt: {en: "For English press 1.", es: "Para español oprima el 2."}
    keys: {"1": en, 2: es}
  - message: intro
    bargein: none
    prompt:
      en: {audio: audio/intro.wav, text: "Hello ${patient}.", ssml: "<speak>Hello</speak>"}
      es: Hola.
  - consent: agreed
    covers: [survey, recording]
    prompt: {en: "May we?", es: "¿Podemos?"}
    on_no: optout
  - select_one: gender
    prompt: {en: "Gender?", es: "¿Género?"}
    help: {en: "Press a key.", es: "Oprima."}
    choices:
      f: {key: 1, en: female, es: mujer, synonyms: {en: [woman, 010]}}
      "no": {key: "010", en: no, es: 10:00}
  - numeric: age
    prompt: {en: "Age?", es: "¿Edad?"}
    range: [0, 110]
    special: {refused: "999"}
    nomatch: [{en: "In years.", es: "En años."}]
    then: [{when: age < 18, goto: underage}]
  - digits: card
    prompt: {en: "Last four?", es: "¿Últimos cuatro?"}
    length: 4
    input: [dtmf]
    end_key: ""
    sensitive: true
  - rating: score
    prompt: {en: "From 1 to 5?", es: "¿Del 1 al 5?"}
  - open: why
    when: score <= 2
    required: false
    prompt: {en: "You gave ${score}. Why?", es: "Marcó ${score}. ¿Por qué?"}
    max_duration: 30s
  - yes_no: again
    prompt: {en: "Again?", es: "¿Otra vez?"}
  - goto: thanks
  - {label: operator, transfer: +15550100, on_fail: thanks, prompt: {en: One moment., es: Un momento.}}
  - {label: optout, end: refused}
  - {label: underage, end: ineligible}
  - {label: thanks, end: completed, prompt: {en: "Goodbye.", es: "Adiós."}}
"""

SMALL = "flow: x\nsteps:\n  - {message: a, prompt: Hello.}\n  - end: completed\n"


def load(text, *, audio=True):
    return load_flow(text, path="f.yaml", audio_exists=lambda _: audio)


def errors(text, *, audio=True):
    with pytest.raises(FlowErrors) as caught:
        load(text, audio=audio)
    lines = str(caught.value).split("\n")
    assert len(lines) == len(caught.value.problems)
    return [line.removeprefix("f.yaml:") for line in lines]


def changed(old, new):
    assert FLOW.count(old) == 1, old
    return FLOW.replace(old, new)


@pytest.fixture(scope="module")
def flow():
    return load(FLOW)


def step(flow, name):
    return next(s for s in flow.steps if name in (s.name, s.label))


def test_a_flow_says_what_its_file_says(flow):
    assert (flow.name, flow.version, flow.title) == ("clinic-2026", "3", "Clinic visit")
    assert flow.languages["en"] == model.LanguageSpec("en", "en-US", "Joanna")
    assert flow.languages["es"].locale == "es-US"
    assert flow.default_language == "en"
    assert flow.max_duration_ms == 900_000
    assert flow.partial_if == ("gender", "score")
    assert flow.variables == {"patient"}
    assert flow.source == FLOW
    assert flow.sha256 == sha256(FLOW.encode()).hexdigest()
    assert load(FLOW.encode()) == flow


def test_universals_are_renamed_and_switched_off(flow):
    assert flow.universals == {Universal.REPEAT: "*", Universal.OPERATOR: "*0", Universal.OPT_OUT: "*9"}


def test_a_universal_operator_needs_someone_to_ask():
    assert Universal.OPERATOR not in load(SMALL).universals
    assert load(SMALL).universals[Universal.HELP] == "*4"


def test_what_a_step_leaves_out_comes_from_the_defaults(flow):
    age = step(flow, "age")
    assert age.policy.first_input_ms == 4_000
    assert age.policy.inter_digit_ms == 1_500
    assert (age.max_attempts, age.confirm, age.on_fail) == (2, model.Confirm.ALWAYS, "thanks")
    assert age.bargein is BargeIn.KEYS


def test_a_steps_special_replaces_the_flows(flow):
    assert step(flow, "age").special == {Status.REFUSED: "999"}
    assert step(flow, "gender").special == {Status.DONT_KNOW: "8", Status.REFUSED: "9"}
    assert step(flow, "agreed").special == step(flow, "lang").special == {}


def test_consent_is_heard_whole_and_never_taken_from_silence(flow):
    agreed = step(flow, "agreed")
    assert (agreed.bargein, agreed.on_fail, agreed.on_no) == (BargeIn.NONE, "end", "optout")
    assert agreed.covers == {"survey", "recording"}


def test_every_kind_of_step_is_compiled(flow):
    assert {type(s) for s in flow.steps} == {
        model.Message,
        model.ChooseLanguage,
        model.Consent,
        model.AskYesNo,
        model.SelectOne,
        model.Numeric,
        model.AskDigits,
        model.Open,
        model.Goto,
        model.TransferStep,
        model.EndStep,
    }
    elsewhere = {"converse", "section", "set", "select_many", "date"}  # which stand in files of their own
    assert len(KINDS.keys() - elsewhere) >= 12
    assert step(flow, "score").kind == "rating"
    assert (step(flow, "score").minimum, step(flow, "score").maximum) == (1, 5)
    assert (step(flow, "card").min_length, step(flow, "card").max_length) == (4, 4)
    assert step(flow, "card").sensitive
    assert step(flow, "card").policy.end_key == ""
    assert not step(flow, "card").policy.speech
    assert step(flow, "why").max_duration_ms == step(flow, "why").policy.max_speech_ms == 30_000
    assert not step(flow, "why").required
    assert step(flow, "lang").keys == {"1": "en", "2": "es"}
    assert step(flow, "operator").on_fail == "thanks"
    assert step(flow, "optout").disposition is Disposition.REFUSED
    assert step(flow, "goto_10").target == "thanks"


def test_what_is_said_keeps_its_recording_and_its_holes(flow):
    said = step(flow, "intro").prompt["en"]
    assert said.audio == "audio/intro.wav"
    assert said.text.parts[1].source == "patient"
    assert said.ssml is not None


def test_yaml_is_what_it_looks_like(flow):
    choice = step(flow, "gender").choices[1]
    assert (choice.value, choice.key) == ("no", "010")
    assert choice.text == {"en": "no", "es": "10:00"}
    assert step(flow, "gender").choices[0].synonyms == {"en": ("woman", "010")}


def test_a_folded_text_is_one_line_of_words():
    flow = load(
        SMALL.replace(
            "  - {message: a, prompt: Hello.}", "  - message: a\n    prompt: >-\n      One\n      two."
        )
    )
    assert flow.steps[0].prompt["en"].text.parts == ("One two.",)


def test_an_end_key_that_is_a_choice_ends_nothing():
    flow = load(changed('{key: "010",', '{key: "#",'))
    assert step(flow, "gender").policy.end_key == ""


def test_a_byte_order_mark_is_no_mistake():
    assert load(b"\xef\xbb\xbf" + SMALL.encode()).name == "x"


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("version: 3", "vresion: 3", "2:1: vresion: unknown key `vresion` (did you mean version?)"),
        ("clinic-2026", "a b", "1:7: flow: `a b`: a flow's name is made of letters, digits, `-` and `_`"),
        ("timeout: 4s", "timeout: 5m", "5:21: defaults.timeout: at most 60s is allowed here"),
        ("timeout: 4s", "timeout: 5", "5:21: defaults.timeout: a duration is expected here, such as"),
        (
            "confirm: always",
            "confirm: allways",
            "`allways` is not one of never, low or always (did you mean always?)",
        ),
        ("max_attempts: 2", "max_attempts: two", "defaults.max_attempts: a whole number is expected here"),
        ("help: off", 'help: "4"', "universals.help: `4`: a `*`, alone or with up to three digits, or `off`"),
        ("help: off", 'help: "*0"', "universals.operator: the keys `*0` are taken by `help`"),
        ("[patient]", "[patient, age]", "variables[1]: `age` is the name of a step"),
        (
            "[gender, score]",
            "[gendre]",
            "9:14: partial_if[0]: there is no question `gendre` (did you mean gender?)",
        ),
        (
            "{voice: Lupe}",
            "{locale: fr-FR}",
            "no words are known for `fr-FR`; this version speaks de, en or es",
        ),
        ("2: es}", "2: fr}", "14:24: steps.lang.keys.2: the flow has no language `fr`"),
        ("  - open: why", "  - opne: why", "steps[7].opne: unknown step `opne` (did you mean open?)"),
        (
            "    length: 4",
            "    lenght: 4",
            "38:5: steps.card.lenght: unknown key `lenght` (did you mean length?)",
        ),
        (
            "    length: 4",
            "    range: 4",
            "steps.card.range: the key `range` does not belong to a step `digits`",
        ),
        (
            "    length: 4",
            "    order: random",
            "steps.card.order: the key `order` does not belong to a step `digits`",
        ),
        ("input: [dtmf]", "input: dtmf", "39:12: steps.card.input: a list is expected here"),
        ("length: 4", "length: [5, 4]", "38:13: steps.card.length: the lowest stands first: `[4, 5]`"),
        ("[0, 110]", "[0]", "32:12: steps.age.range: two numbers are expected here, as in `[1, 5]`"),
        ("[0, 110]", "[0, 1, 2]", "steps.age.range: two numbers are expected here, as in `[1, 5]`"),
        ("[0, 110]", "[0, x]", "steps.age.range[1]: a whole number is expected here"),
        ("[0, 110]", "3", "steps.age.range: two numbers are expected here, as in `[1, 5]`"),
        ("input: [dtmf]", "input: []", "steps.card.input: this is empty; at least one is needed"),
        ("input: [dtmf]", "input: [dtmf, speech, dtmf]", "steps.card.input: at most 2 are allowed here"),
        (
            "sensitive: true",
            "sensitive: yes",
            "41:16: steps.card.sensitive: `true` or `false` is expected here",
        ),
        (
            "goto: underage}]",
            "goto: underag}]",
            "there is no step or label `underag` (did you mean underage?)",
        ),
        (
            "goto: underage}]",
            "got: underage}]",
            "steps.age.then[0].got: unknown key `got` (did you mean goto?)",
        ),
        ("on_no: optout", "on_no: nowhere", "23:12: steps.agreed.on_no: there is no step or label `nowhere`"),
        (
            "on_no: optout",
            "on_no: optout\n    on_fail: skip",
            "steps.agreed.on_fail: consent cannot be skipped",
        ),
        ("+15550100", "15550100", "steps.operator.transfer: `15550100` is no telephone number; write it as"),
        (
            "label: operator",
            "label: operater",
            "universals.operator: there is no step with `label: operator`",
        ),
        (
            "when: score <= 2",
            "when: score <=",
            "steps.why.when: this is not an expression: it ends too early: score <=",
        ),
        (
            "Hello ${patient}.",
            "Hello ${patient.",
            "steps.intro.prompt.en.text: the ${ is never closed by a }",
        ),
        ("es: Hola.", "fr: Salut.", "steps.intro.prompt.fr: the flow has no language `fr`, only en or es"),
        ("es: Hola.", 'es: " "', "19:11: steps.intro.prompt.es: the text is empty"),
        ("es: Hola.", "es: [Hola]", "steps.intro.prompt.es: keys with values are expected here"),
        ('prompt: {en: "Age?", es: "¿Edad?"}', "prompt: Age?", "a text for each language is needed: en, es"),
        (
            'prompt: {en: "Age?", es: "¿Edad?"}',
            "prompt:",
            "a text, or a text for each language, is expected here",
        ),
        ("es: mujer", "se: mujer", "choices.f.se: unknown key or language `se` (did you mean es?)"),
        ("es: mujer", "es: mujer, exclusive: true", "`exclusive` belongs to a `select_many`"),
        ("synonyms: {en:", "synonyms: {fr:", "choices.f.synonyms.fr: the flow has no language `fr`"),
        ("key: 1,", "key: a,", "choices.f.key: `a`: keys are digits, `*` and `#`"),
        ("digits: card", "digits: 1card", "`1card`: a name is made of letters, digits and `_`"),
        ("digits: card", "digits: __card", "`__card`: a name is made of letters, digits and `_`"),
        ("digits: card", "digits: card__", "`card__`: a name is made of letters, digits and `_`"),
        (
            "digits: card",
            "digits: age",
            "36:13: steps.age.digits: the name `age` is taken by an earlier step",
        ),
        (
            "digits: card",
            "digits: end",
            "steps.end.digits: `end` has a meaning of its own; choose another name",
        ),
        ("digits: card", "digits: " + "c" * 61, "at most 60 characters are allowed here"),
        ("audio/intro.wav", "../intro.wav", "`../intro.wav` leads out of the flow's folder"),
        ("audio/intro.wav", "/etc/passwd", "`/etc/passwd` leads out of the flow's folder"),
        (
            "  - goto: thanks",
            "  - {goto: thanks, message: b}",
            "a step is one thing, and this is `goto` and `message`",
        ),
        ("  - goto: thanks", "  - {message: b, yes_no: c}", "`message` and `yes_no`; begin a new `-`"),
        (
            "  - goto: thanks",
            "  - {when: again}",
            "steps[9]: this step does not say what it is: message, language",
        ),
        ("  - goto: thanks", "  - thanks", "51:5: steps[9]: a step is expected here"),
    ],
)
def test_a_mistake_is_one_line_with_its_place_and_the_right_spelling(old, new, line):
    found = errors(changed(old, new))
    assert any(line in each for each in found), "\n".join(found)


def test_a_recording_that_is_not_there_is_named():
    assert errors(FLOW, audio=False) == [
        "18:19: steps.intro.prompt.en.audio: there is no recording `audio/intro.wav` beside the flow"
    ]


def test_on_fail_operator_needs_an_operator():
    text = SMALL.replace("message: a", "yes_no: a, on_fail: operator")
    assert errors(text) == [
        "3:26: steps.a.on_fail: there is no step with `label: operator`; add one with `transfer`"
    ]


def test_all_mistakes_come_at_once_and_in_order():
    text = FLOW.replace("range: [0, 110]", "rang: [0, 110]").replace("length: 4", "length: x")
    assert [line.split(":")[0] for line in errors(text)] == ["32", "38"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "1:1: a flow is a file of keys; the first is `flow: NAME`"),
        ("- a", "1:1: a flow is a file of keys; the first is `flow: NAME`"),
        ("flow: x", "1:1: `steps` is missing"),
        ("flow: x\nsteps: []", "2:8: steps: a list of steps is expected here"),
        ("flow: x\nflow: y", "2:1: the key `flow` stands here twice; the first is in line 1"),
        ("[" * 3_000, "1:17: nested more than 16 deep"),
        ("- " * 2_000, "1:33: nested more than 16 deep"),
        ("a: &x 1", "1:4: anchors (&name) are not used in flows"),
        ("a: *x", "1:4: aliases (*name) are not used in flows"),
        ("a: !!python/object:os.system 1", "1:4: tags (!name) are not used in flows"),
        ("a: 'x", "1:4: a quote is opened here and never closed"),
        ("a: \x00", "1:4: a character that no text may hold stands here"),
        ("a: \ud800", "1:4: a character that no text may hold stands here"),
        ("%YAML 1.1\n---\na: 1", "2:1: leave out the % line: flows are read as YAML 1.2"),
        ("a: 1\n---\nb: 2", "2:1: a file holds one flow; a second document begins here"),
        ("a:\n\t- b", "2:1: a tab is used for indentation; use spaces"),
        ("a: b\n c: d", "2:3: wrong indentation, or a `: ` in a text without quotes"),
        ("steps:\n  - a: 1\n   b: 2", "3:4: wrong indentation"),
        ("{[a]: 1}", "1:2: a key is a plain word"),
        ("a: @x", "1:4: this is no YAML: found character '@' that cannot start any token"),
        (b"a: 1\nb: \xff", "2:4: this is not UTF-8; save the file as UTF-8"),
        ("x" * 300_000, "1:1: the file has more than 262144 bytes"),
        ("a: 1\nb: " + "x" * 5_000, "2:1: the line is longer than 4000 characters"),
        ("- a\n" * 10_001, "more than 10000 values"),
        ("%BAD", "this is no YAML"),
    ],
)
def test_a_file_that_is_no_flow_is_one_line(text, line):
    found = errors(text)
    assert any(line in each for each in found), found


def test_names_of_broken_steps_still_count_as_targets():
    text = changed("  - {label: underage, end: ineligible}", "  - {label: underage, end: inelegible}")
    (found,) = errors(text)
    assert found == (
        "54:28: steps.underage.end: `inelegible` is not one of completed, partial, refused, opted_out, "
        "ineligible, quota_full, callback, no_input or machine (did you mean ineligible?)"
    )


@given(st.integers(0, len(FLOW)), st.sampled_from(list('\t :-"{}[]#&*!|>%@`x\n')))
def test_no_slip_of_the_finger_is_a_traceback(where, slip):
    with suppress(FlowErrors):
        load(FLOW[:where] + slip + FLOW[where:])


@given(st.binary(max_size=60))
def test_no_bytes_are_a_traceback(data):
    with pytest.raises(FlowErrors):
        load(b"flow: x\nsteps:\n" + data + b"\n")


@pytest.mark.parametrize(
    "text",
    [
        r'a: "\UFFFFFFFF"',
        r'a: "\U00110000"',
        r'a: "\uD800"',
        r'a: "\0"',
        r'a: "\xZZ"',
        "%YAML a.b\n---\na: 1",
        "%TAG ! x",
        "? a\n? b",
        "a: |9x\n b",
    ],
)
def test_strange_yaml_is_one_line(text):
    assert {line.split(":")[0] for line in errors(text)} <= {"1", "2"}


def test_whatever_else_the_parser_says_is_one_line(monkeypatch):
    def fail(_text):
        raise YAMLError("lines\nof\ntext")

    monkeypatch.setattr(yaml_tree, "_events", fail)
    assert errors(SMALL) == ["1:1: this is no YAML"]


def test_a_recording_needs_no_language_in_a_flow_of_one():
    small = load(SMALL.replace("prompt: Hello.", "prompt: {text: Hello., audio: a.wav}"))
    assert small.steps[0].prompt["en"].audio == "a.wav"

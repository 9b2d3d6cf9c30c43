from pathlib import Path

import pytest

from app.simulator import twiml
from app.simulator.script import (
    DropSocket,
    HangUp,
    Noise,
    Press,
    Say,
    ScriptError,
    Silent,
    WaitPrompt,
    load,
    parse,
)

EVERYTHING = """
title: All of it
flow: csat
outbound: true
locale: es-US
answers: human
number: "+12025550143"
variables: {name: Ana, age: 40}
steps:
  - wait_prompt
  - wait_prompt: {quiet_ms: 300, mark: a}
  - say: "no"
  - press: "1*#"
    gap_ms: 100
  - interrupt_after_ms: 500
    say: "four"
  - silent_ms: 2000
  - {noise_ms: 300, level: 0.2}
  - drop_socket
  - hang_up
"""


def test_every_step_can_be_written():
    script = parse(EVERYTHING)
    assert script.steps == (
        WaitPrompt(),
        WaitPrompt(quiet_ms=300, mark="a"),
        Say("no"),
        Press("1*#", gap_ms=100),
        Say("four", interrupt_after_ms=500),
        Silent(2000),
        Noise(300, 0.2),
        DropSocket(),
        HangUp(),
    )
    assert (script.flow, script.outbound, script.variables) == ("csat", True, {"name": "Ana", "age": 40})


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("steps:\n  - press: #12", "x.yaml:2: `press` needs keys"),
        ("steps:\n  - wait_prompt\n  - press: 'a'", "x.yaml:3: `press` needs keys"),
        ("steps:\n  - say: yes_\n  - sya: 'yes'", "x.yaml:3: `sya` is no step"),
        ("steps:\n  - say: ''", "x.yaml:2: `say` needs the words"),
        ("steps:\n  - say: 12", "x.yaml:2: `say` needs the words"),
        ("steps:\n  - {say: 'a', press: '1'}", "x.yaml:2: a step does one thing, here: `say`, `press`"),
        ("steps:\n  - {interrupt_after_ms: 5}", "x.yaml:2: a step does one thing, here: no action"),
        ("steps:\n  - {silent_ms: 5, level: 1}", "x.yaml:2: `level` does not go with `silent_ms`"),
        ("steps:\n  - silent_ms: soon", "x.yaml:2: `silent_ms` must be a number"),
        ("steps:\n  - silent_ms: -1", "x.yaml:2: `silent_ms` must be a number"),
        ("steps:\n  - silent_ms: 1.5", "x.yaml:2: `silent_ms` must be whole milliseconds"),
        ("steps:\n  - wait_prompt: 5", "x.yaml:2: `wait_prompt` takes"),
        ("steps:\n  - wait_prompt: {quiet_ms: x}", "x.yaml:2: `quiet_ms` must be a number"),
        ("steps:\n  - hang_up: 1", "x.yaml:2: `hang_up` takes no value"),
        ("steps:\n  - 5", "x.yaml:2: `5` is no step of a caller"),
        ("steps:\n  - [5]", "x.yaml:2: a step is a word or a mapping"),
        ("steps: 5", "x.yaml:1: `steps` must be a list"),
        ("flow: csat\nstep: []", "x.yaml:2: `step` is no key"),
        ("flow: [5]\nsteps: []", "x.yaml:1: `flow` must be text"),
        ("number: abc\nsteps: []", "x.yaml:1: `number` must be a telephone number"),
        ("outbound: yes\nsteps: []", "x.yaml:1: `outbound` must be true or false"),
        ("patience_ms: -5\nsteps: []", "x.yaml:1: `patience_ms` must be a number of milliseconds"),
        ("seed: one\nsteps: []", "x.yaml:1: `seed` must be a whole number"),
        ("steps:\n  - silent_ms: 99999999999999999999999", "x.yaml:2: `silent_ms` must be a number of"),
        ("steps:\n  - silent_ms: 3600001", "x.yaml:2: `silent_ms` must be a number of milliseconds, 3600000"),
        ("steps:\n  - {noise_ms: 5, level: 2}", "x.yaml:2: `level` must be a number from 0 to 1"),
        ("steps:\n  - wait_prompt: {mark: [a]}", "x.yaml:2: `mark` must be text"),
        ("variables: 5\nsteps: []", "x.yaml:1: `variables` must be a mapping"),
        ("variables: {a: {b: c}}\nsteps: []", "x.yaml:1: `a` in `variables` must be a text, a number"),
        ("expects: {answers: 5}\nsteps: []", "x.yaml:1: `answers` must be a mapping"),
        ("expects: {answers: {a: {b: 1}}}\nsteps: []", "x.yaml:1: `a` in `answers` must be a text"),
        ("expects: {disposition: done}\nsteps: []", "x.yaml:1: `disposition` must be one of completed"),
        ("steps: " + "[" * 3_000, "x.yaml:1: nested more than 16 deep"),
        ("steps: []\nvariables: &a {b: *a}", "x.yaml:2: "),
        ("flow: csat\nexpects: {answer: 1}\nsteps: []", "x.yaml:2: `expects` takes"),
        ("flow: csat\nanswers: maybe\nsteps: []", "x.yaml:2: `answers` must be one of"),
        ("dialled: perhaps\nsteps: []", "x.yaml:1: `dialled` must be one of"),
        ("- 5", "x.yaml:1: a caller script is a mapping"),
        ("steps: [", "x.yaml:1: "),
        ("a: 1\na: 2", "x.yaml:2: "),
    ],
)
def test_a_mistake_is_told_in_one_line_with_its_place(text, complaint):
    with pytest.raises(ScriptError) as error:
        parse(text, "x.yaml")
    assert str(error.value).startswith(complaint)
    assert "\n" not in str(error.value)


def test_values_are_what_they_look_like_as_in_flows():
    script = parse(
        "number: anonymous\nvariables: {n: 2026-02-30, code: 0012, no: no, empty: }\nsteps: [press: 12]\n"
        "expects: {answers: {visit: 2026-11-01, used: [lab, xray], age: 30, why: null}}"
    )
    assert script.steps == (Press("12"),)
    assert script.variables == {"n": "2026-02-30", "code": "0012", "no": "no"}
    assert script.expects["answers"] == {"visit": "2026-11-01", "used": "lab, xray", "age": "30", "why": None}


def test_a_file_that_is_not_there_or_no_text_is_told_in_one_line(tmp_path):
    with pytest.raises(ScriptError, match="cannot be read"):
        load(tmp_path / "none.yaml")
    (tmp_path / "b.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScriptError, match="UTF-8"):
        load(tmp_path / "b.yaml")
    with pytest.raises(ScriptError, match="a pipe or a device"):
        load(Path("/dev/zero"))


def test_every_verb_of_twiml_is_read_in_its_order():
    text = (
        '<Response><Say language="es-MX" loop="2">Un  momento</Say><Pause length="3"/><Play digits="1w2"/>'
        '<Connect action="/a"><Stream url="/s"><Parameter name="n" value="v"/></Stream></Connect>'
        '<Dial action="/b"><Number>+12025550101</Number></Dial><Redirect method="GET">/r</Redirect>'
        '<Hangup/><Reject reason="busy"/></Response>'
    )
    assert twiml.parse(text).verbs == (
        twiml.Say("Un momento", "es-MX", 2),
        twiml.Pause(3),
        twiml.Play("", "1w2"),
        twiml.Connect("/s", {"n": "v"}, "/a"),
        twiml.Dial("+12025550101", "/b"),
        twiml.Redirect("/r", "GET"),
        twiml.Hangup(),
        twiml.Reject("busy"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<response/>",
        "<Response><say>x</say></Response>",
        "<Response><Connect/></Response>",
        "<Response><Connect><Stream/></Connect></Response>",
        '<Response><Connect><Stream url="/s"><Parameter name="n"/></Stream></Connect></Response>',
        '<Response><Pause length="long"/></Response>',
        (
            '<Response><Connect><Stream url="/s">'
            f'<Parameter name="n" value="{"v" * 500}"/></Stream></Connect></Response>'
        ),
    ],
)
def test_twiml_that_twilio_would_not_run_is_refused(text):
    with pytest.raises(twiml.TwimlError):
        twiml.parse(text)

"""A scenario fails in one line that names its place, whatever of it does not come."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.commands.flows import flows
from app.flows.walk import walk

ROOT = Path(__file__).parents[2]

FLOW = """\
flow: a
variables: [name]
languages: {en: {locale: en-US}}
steps:
  - {yes_no: ready, prompt: "Ready, ${name}?", then: [{when: "!ready", goto: operator}]}
  - {numeric: age, prompt: "Age?", range: [0, 99], when: ready, special: {refused: "999"}}
  - {label: bye, end: completed, prompt: "Bye."}
  - {label: operator, transfer: "+15550100", on_fail: bye}
"""
SCENARIOS = """\
flow: a
scenarios:
  - scenario: ready
    variables: {name: Ann}
    caller:
      - press: "1"
      - press: "30#"
    expects:
      disposition: completed
      path: [ready, age, bye]
      answers:
        ready: true
        age: 30
"""


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("DIALAI_FLOWS_DIR", str(tmp_path))
    (tmp_path / "tests").mkdir()
    (tmp_path / "a.yaml").write_text(FLOW)
    return lambda *args: CliRunner().invoke(flows, ["test", *map(str, args)])


@pytest.fixture
def line(run, tmp_path):
    """Run the scenarios with one part changed; return the one line that complains, without its file."""

    def failing(old, new):
        assert SCENARIOS.count(old) == 1, old
        path = tmp_path / "tests" / "a.yaml"
        path.write_text(SCENARIOS.replace(old, new))
        result = run()
        assert result.exit_code == 1
        (complaint,) = [each for each in result.output.splitlines() if each.startswith("failed")]
        return complaint.removeprefix(f"failed {path}:")

    return failing


def test_a_kept_promise_passes(run, tmp_path):
    (tmp_path / "tests" / "a.yaml").write_text(SCENARIOS)
    result = run()
    assert result.exit_code == 0, result.output
    assert f"ok {tmp_path / 'a.yaml'}" in result.output
    assert "walk: steps 4 of 4" in result.output
    assert "1 scenarios: steps 3 of 4, branches 2 of " in result.output


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("age: 30", "age: 31", "13:14: ready: age is 30, 31 is expected"),
        ("age: 30", "age:", "13:9: ready: age is 30, no answer is expected"),
        ("age: 30", "agee: 30", "13:15: ready: agee was not answered, 30 is expected (did you mean age?)"),
        ('press: "30#"', 'press: "999"', "13:14: ready: age is refused, 30 is expected"),
        ("disposition: completed", "disposition: partial", "9:20: ready: the call ended as completed, not"),
        ("[ready, age, bye]", "[ready, bye]", "10:21: ready: `age` came where `bye` is expected"),
        ("[ready, age, bye]", "[ready, age]", "10:21: ready: after this `bye` came, and is not expected"),
        ("[ready, age, bye]", "[ready, age, bye, x]", "10:31: ready: nothing came where `x` is expected"),
        ('      - press: "30#"\n', "", "3:5: ready: the caller has nothing more to do, and `age` waits"),
        ('"30#"', '"30#"\n      - silence', "8:9: ready: the call is over before this, as completed"),
        ('press: "1"', "taken", "6:9: ready: the call is not handed over here: `ready` waits for the caller"),
        ('press: "1"', 'press: "2"', "7:9: ready: the call is handed over at `operator`: write `taken` or"),
        ("  - scenario: ready", "  - scenarioo: ready", "3:5: scenarios[0].scenarioo: unknown key"),
        ('press: "1"', "press: one", "6:16: scenarios[0].caller[0].press: keys are digits, `*` and `#`"),
        ('press: "1"', "say: 1", "6:14: scenarios[0].caller[0].say: words are expected here"),
        ('press: "1"', "{say: yes, sure: 2}", "scenarios[0].caller[0].sure: how well the words are heard"),
        ('press: "1"', "{say: yes, press: 2}", "scenarios[0].caller[0]: `press: \"1\"` or `say: WORDS` is"),
        ('press: "1"', "silense", "the caller does one thing here"),
        ('press: "1"', "silense", "(did you mean silence?)"),
        ("disposition: completed", "disposition: compleated", "`compleated` is not one of completed"),
        ("flow: a", "flow: aa", "flow: there is no usable flow `aa` in the folder above (did you mean a?)"),
        ("flow: a", "flow: [a", "no YAML"),
        ("    caller:", "    caler:", "unknown key `caler` (did you mean caller?)"),
    ],
)  # fmt: skip
def test_a_broken_promise_is_one_line_with_its_place(line, old, new, complaint):
    assert complaint in line(old, new)


def test_a_transfer_is_taken_or_not_and_a_caller_may_leave(run, tmp_path):
    (tmp_path / "tests" / "a.yaml").write_text(
        "flow: a\nscenarios:\n"
        "  - {scenario: taken, caller: [press: 2, taken], expects: {disposition: transferred}}\n"
        "  - {scenario: not, caller: [press: 2, nobody], expects: {disposition: completed}}\n"
        "  - {scenario: leaves, caller: [silence, hang_up], expects: {disposition: break_off}}\n"
        "  - {scenario: so so, caller: [{say: yes, sure: 0.6}, say: yes, hang_up],"
        " expects: {answers: {ready: true, age: }}}\n"
    )
    result = run()
    assert result.exit_code == 0, result.output
    assert "4 scenarios: steps 4 of 4" in result.output


def test_a_file_alone_is_tested_alone(run, tmp_path):
    (tmp_path / "b.yaml").write_text(FLOW.replace("flow: a", "flow: b"))
    broken = tmp_path / "tests" / "b.yaml"
    broken.write_text(SCENARIOS.replace("flow: a", "flow: b").replace("age: 30", "age: 31"))
    (tmp_path / "tests" / "a.yaml").write_text(SCENARIOS)
    assert run(tmp_path / "a.yaml").exit_code == run(tmp_path / "tests" / "a.yaml").exit_code == 0
    for path in (tmp_path / "b.yaml", broken):
        result = run(path)
        assert result.exit_code == 1
        assert f"{broken}:13:14: ready: age is 30" in result.output
        assert "a.yaml\n" not in result.output


def test_a_machine_reads_the_same(run, tmp_path):
    (tmp_path / "tests" / "a.yaml").write_text(SCENARIOS.replace("age: 30", "age: 31"))
    (tmp_path / "tests" / "b.yaml").write_text("flow: b\nscenarios: []\n")
    result = run("--json")
    assert result.exit_code == 1
    found = json.loads(result.output)
    (only,) = found["flows"]
    assert (only["flow"], only["ok"], only["scenarios"]) == ("a", False, 1)
    assert only["problems"][0]["line"] == 13
    assert found["problems"][0]["message"] == "this is empty; at least one is needed"


def test_what_cannot_be_read_is_one_line(run, tmp_path):
    (tmp_path / "tests" / "a.yaml").mkdir()
    result = run()
    assert "a.yaml:1:1: cannot be read: Is a directory" in result.output
    assert "cannot be read: No such file" in run(tmp_path / "none.yaml").output
    assert "Traceback" not in result.output


def test_a_folder_stands_for_its_flows_or_its_scenarios(run, tmp_path):
    (tmp_path / "tests" / "a.yaml").write_text(SCENARIOS)
    assert run(tmp_path).output == run().output
    assert run(tmp_path / "tests").output == run(tmp_path / "tests" / "a.yaml").output
    (tmp_path / "tests" / "b.yaml").write_text(SCENARIOS.replace("flow: a", "flow: b"))
    for folder in (tmp_path, tmp_path / "tests"):
        assert "there is no usable flow `b` in the folder above" in run(folder).output


def test_flows_without_scenarios_are_walked_alone(run, tmp_path):
    (tmp_path / "tests").rmdir()
    result = run()
    assert result.exit_code == 0, result.output
    assert "0 scenarios" in result.output
    named = tmp_path / "tests" / "a.yaml"
    result = run(named)
    assert result.exit_code == 1
    assert f"failed {named}:1:1: cannot be read: No such file or directory" in result.output


def test_an_empty_folder_says_what_to_do(run, tmp_path):
    (tmp_path / "a.yaml").unlink()
    assert "there are no flows here; set DIALAI_FLOWS_DIR" in run().output


def test_the_call_of_a_scenario_that_fails_can_be_read(run, tmp_path):
    (tmp_path / "tests" / "a.yaml").write_text(SCENARIOS.replace("age: 30", "age: 31"))
    assert "bot>" not in run().output
    shown = run("--verbose").output
    assert "   bot> Ready, Ann?\n   you> 1\n" in shown
    assert '   you> 30#\n      = age = 30, key "30"' in shown
    (tmp_path / "tests" / "a.yaml").write_text(SCENARIOS)
    assert "bot>" not in run("--verbose").output


def test_what_no_caller_can_reach_fails_with_its_place(run, tmp_path):
    (tmp_path / "a.yaml").write_text(FLOW.replace("!ready", "!ready && ready"))
    result = run()
    assert result.exit_code == 1
    line = (
        f"{tmp_path / 'a.yaml'}:5:5: ready > operator (!ready && ready): the walk never reaches this branch"
    )
    assert line in result.output


def test_a_walk_that_was_cut_short_is_not_ok_until_scenarios_come_to_the_rest(run, monkeypatch, tmp_path):
    def cut(flow):
        return walk(flow, most_work=1, most_by_lot=0)

    monkeypatch.setattr("app.commands.tested_flows.walk", cut)
    result = run()
    assert result.exit_code == 1
    assert "ways tried, cut short" in result.output
    cut_short = "the walk was cut short before it reached this"
    assert f":7:5: bye: completed: {cut_short} end; write a scenario that does" in result.output
    (tmp_path / "tests" / "a.yaml").write_text(SCENARIOS)
    played = run().output
    assert f"{cut_short} end" in played
    assert "bye: completed" not in played


def test_every_flow_that_ships_keeps_its_scenarios_and_is_walked_whole(monkeypatch):
    monkeypatch.setenv("DIALAI_FLOWS_DIR", str(ROOT / "call_flows"))
    result = CliRunner().invoke(flows, ["test", "--json"])
    assert result.exit_code == 0, result.output
    for each in json.loads(result.output)["flows"]:
        assert each["scenarios"]
        assert each["walk"]["is_complete"]
        walked, played = each["walk"]["coverage"], each["scenarios_reach"]
        assert not any(walked[kind]["missed"] for kind in ("steps", "branches", "ends"))
        assert not played["steps"]["missed"]

import json
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from app.commands import call_server
from app.commands.call import call, surprises

SERVER = (sys.executable, str(Path(__file__).parent / "fake_server.py"))
INBOUND = 'patience_ms: 8000\nsteps: [{wait_prompt: {quiet_ms: 200}}, press: "4"]'
OUTBOUND = INBOUND + "\noutbound: true\nvariables: {name: Ana}"

app = typer.Typer()
app.command()(call)


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    monkeypatch.setattr(call_server, "PROGRAM", SERVER)
    monkeypatch.setenv("DIALAI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DIALAI_FLOWS_DIR", str(tmp_path / "flows"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.setenv("COLUMNS", "200")
    callers = tmp_path / "flows" / "callers"
    callers.mkdir(parents=True)
    (callers / "tiny.yaml").write_text(INBOUND)
    (callers / "out.yaml").write_text(OUTBOUND)
    return tmp_path


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_a_call_scrolls_by_and_ends_with_answers_turns_and_files(place):
    result = run("tiny")
    assert result.exit_code == 0, result.output
    for piece in ("caller dials", "bot How many?", 'heard "four"', "log score = four (by key)", "presses 4"):
        assert piece in result.output
    for piece in ("Answers", "total", "Call 1: completed", "Both sides: ", "Server's log: "):
        assert piece in result.output
    assert len(list((place / "data" / "simulated").glob("*.wav"))) == 3


def test_the_result_is_json_alone_when_asked_for(place):
    result = run("tiny", "--json", "--save-audio", str(place / "audio"))
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["ok"]
    assert found["call"]["disposition"] == "completed"
    assert [act["text"] for act in found["line"]["acts"]] == ["4"]
    assert Path(found["files"]["Both sides"]).parent == place / "audio"


def test_an_outbound_script_is_dialled_by_the_server(place):
    result = run("tiny", "--caller", "out")
    assert result.exit_code == 0, result.output
    assert "rings at +12025550143" in result.output


def test_a_script_that_cannot_be_followed_is_a_failed_call(place):
    (place / "flows" / "callers" / "tiny.yaml").write_text(INBOUND.replace("]", ', wait_prompt, press: "5"]'))
    result = run("tiny")
    assert result.exit_code == 1
    assert "The call ended with 1 of the caller's steps left to do" in result.output


def test_a_flow_without_a_caller_of_its_own_is_called_by_anyone_and_may_end_when_it_will(place):
    (place / "flows" / "callers" / "tiny.yaml").unlink()
    result = run("tiny", "--json")
    assert result.exit_code == 0, result.output
    assert [act["text"] for act in json.loads(result.stdout)["line"]["acts"]] == ["1"]
    assert run("tiny", "--caller", "anyone").exit_code == 0


def test_an_answer_that_the_script_did_not_expect_fails_the_call(place):
    expects = "\nexpects: {disposition: completed, answers: {score: 5, other: 1}}"
    (place / "flows" / "callers" / "tiny.yaml").write_text(INBOUND + expects)
    result = run("tiny")
    assert result.exit_code == 1
    assert "expects score = 5; it is 4" in result.output
    assert "expects other = 1; it is None" in result.output
    assert "disposition" not in result.output.partition("expects score")[2]


def test_answers_are_compared_as_scenarios_write_them():
    record = {
        "answers": {
            "used": {"value": ["lab", "xray"], "status": "ok"},
            "visit": {"value": "2026-11-01", "status": "ok"},
            "age": {"value": None, "status": "refused"},
            "came": {"value": True, "status": "ok"},
        }
    }
    met = {"used": "lab, xray", "visit": "2026-11-01", "age": "refused", "came": "true", "why": None}
    assert surprises({"answers": met}, record) == ()
    (line,) = surprises({"answers": {"age": None}}, record)
    assert line.endswith("expects age = None; it is refused")


def test_a_flow_that_is_not_there_needs_no_server(place, monkeypatch):
    (place / "flows" / "other.yaml").write_text("flow: other\nsteps: [end: completed]\n")
    monkeypatch.setattr("app.commands.call.ChildServer", None)
    result = run("nothing")
    assert result.exit_code == 1
    assert result.output.strip() == "no flow is named 'nothing'; there are: other"


def test_a_data_directory_in_use_is_left_alone(place, monkeypatch):
    monkeypatch.setenv("DIALAI_DATA_DIR", str(place / "taken"))
    result = run("tiny")
    assert result.exit_code == 0, result.output
    assert "the data directory is taken by another server" in result.output
    assert "Trying again with a data directory of its own" in result.output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("nothing",), "no flow is named 'nothing'; there are: tiny"),
        (("tiny", "--caller", "nobody"), "no caller script 'nobody'"),
        (("nothing", "--caller", "tiny"), "no flow is named 'nothing'; there are: tiny"),
        (("tiny", "--caller", "refused"), "the server refused to dial: HTTP 400"),
        (("tiny", "--caller", "broken"), "`say` needs the words"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(place, arguments, complaint):
    callers = place / "flows" / "callers"
    if "refused" in arguments:
        (callers / "refused.yaml").write_text(OUTBOUND.replace("name: Ana", "refuse: true"))
    if "broken" in arguments:
        (callers / "broken.yaml").write_text("steps: [say: 5]")
    result = run(*arguments)
    assert result.exit_code == 1
    assert complaint in result.output
    assert "Traceback" not in result.output

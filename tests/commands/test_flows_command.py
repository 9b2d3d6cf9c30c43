import json

import jsonschema
import pytest
from typer.testing import CliRunner

from app.commands.flows import flows

GOOD = "flow: a\nsteps:\n  - {message: hi, prompt: Hello.}\n  - end: completed\n"


@pytest.fixture
def run(monkeypatch, tmp_path):
    monkeypatch.setenv("DIALAI_FLOWS_DIR", str(tmp_path))
    return lambda *args: CliRunner().invoke(flows, [str(arg) for arg in args])


def test_a_good_flow_passes_with_its_length(run, tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD)
    result = run("check")
    assert result.exit_code == 0
    assert "a.yaml: a, 2 steps, en, about 0 s" in result.output.replace("\n", "")


def test_a_bad_flow_fails_with_its_line_and_without_a_traceback(run, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text(GOOD.replace("prompt", "promt"))
    result = run("check", bad)
    assert result.exit_code == 1
    assert f"{bad}:3:19: steps.hi.promt: unknown key `promt` (did you mean prompt?)" in result.output
    assert "Traceback" not in result.output


def test_a_machine_reads_the_same(run, tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "bad.yml").write_text("flow: b\n")
    result = run("check", "--json")
    assert result.exit_code == 1
    good, bad = json.loads(result.output)
    assert good == {
        "file": str(tmp_path / "a.yaml"),
        "flow": "a",
        "ok": True,
        "estimated_seconds": [0, 0],
        "problems": [],
    }
    assert not bad["ok"]
    assert bad["problems"][0]["message"] == "`steps` is missing"


def test_two_files_cannot_hold_one_flow(run, tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "b.yaml").write_text(GOOD)
    result = run("check")
    assert result.exit_code == 1
    assert "the name `a` is taken by" in result.output


@pytest.mark.parametrize("command", ["check", "graph"])
def test_a_file_that_is_not_there_is_one_line(run, tmp_path, command):
    result = run(command, tmp_path / "none.yaml")
    assert result.exit_code == 1
    assert "none.yaml:1:1: cannot be read: No such file or directory" in result.output


def test_an_empty_folder_says_what_to_do(run, tmp_path):
    (tmp_path / "empty").mkdir()
    for named in ((), (tmp_path / "empty",)):
        result = run("check", *named)
        assert result.exit_code == 1
        assert "there are no flows here; set DIALAI_FLOWS_DIR or name a file" in result.output


def test_a_folder_stands_for_its_flows(run, tmp_path):
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "b.yaml").write_text(GOOD.replace("flow: a", "flow: b"))
    (tmp_path / "a.yaml").write_text(GOOD)
    result = run("check", tmp_path / "more", tmp_path / "a.yaml")
    assert result.exit_code == 0
    assert [line.split()[2] for line in result.output.splitlines()] == ["b,", "a,"]


def test_a_setting_that_cannot_be_used_is_one_line(run, monkeypatch):
    monkeypatch.setenv("DIALAI_MAX_CALLS", "many")
    result = run("check")
    assert result.exit_code == 1
    assert result.output.startswith("DIALAI_MAX_CALLS='many'")


def test_the_schema_is_a_json_schema(run):
    result = run("schema")
    jsonschema.Draft202012Validator.check_schema(json.loads(result.output))


def test_the_manual_is_printed(run):
    assert run("docs").output.startswith("# Writing a call flow")


def test_a_flow_is_drawn(run, tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD)
    assert run("graph", tmp_path / "a.yaml").output == (
        'flowchart TD\n  s0["hi"]\n  s1(["end_2"])\n  s0 --> s1\n'
    )

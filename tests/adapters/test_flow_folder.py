from pathlib import Path

from app.adapters.flow_folder import FlowFolder, check_file

GOOD = (
    "flow: good\nsteps:\n  - {message: a, prompt: {text: Hello., audio: sound/a.wav}}\n  - end: completed\n"
)


def folder(tmp_path):
    (tmp_path / "sound").mkdir()
    (tmp_path / "sound" / "a.wav").write_bytes(b"RIFF")
    (tmp_path / "good.yaml").write_text(GOOD)
    return FlowFolder(tmp_path)


def test_one_bad_file_does_not_take_the_good_ones_with_it(tmp_path):
    flows = folder(tmp_path)
    (tmp_path / "bad.yml").write_text("flow: bad\n")
    (tmp_path / "notes.txt").write_text("no flow")
    found, failures = flows.load_all()
    assert list(found) == ["good"]
    assert [str(failure) for failure in failures] == [f"{tmp_path / 'bad.yml'}:1:1: `steps` is missing"]


def test_a_second_flow_of_the_same_name_is_refused(tmp_path):
    flows = folder(tmp_path)
    (tmp_path / "zz.yaml").write_text(GOOD)
    _, failures = flows.load_all()
    assert "another file in this folder holds a flow `good` already" in str(failures[0])


def test_an_unknown_flow_is_none_and_the_nearest_is_named(tmp_path):
    flows = folder(tmp_path)
    assert flows.nearest("goood") == "good"
    assert flows.get("good").name == "good"
    assert flows.get("x") is None
    assert FlowFolder(tmp_path).names() == flows.names() == ["good"]
    assert FlowFolder(tmp_path).nearest("gud") == "good"
    assert FlowFolder(tmp_path).get("good") is not None


def test_no_folder_is_no_flows(tmp_path):
    assert FlowFolder(tmp_path / "none").load_all() == ({}, [])


def test_a_recording_outside_the_folder_is_never_opened(tmp_path):
    flows = folder(tmp_path)
    (tmp_path / "sound" / "out.wav").symlink_to("/etc/passwd")
    assert flows.audio_file("sound/a.wav") == (tmp_path / "sound" / "a.wav").resolve()
    for audio in ("../x.wav", "/etc/passwd", "sound/out.wav", "sound/none.wav", "sound", "a\0b"):
        assert flows.audio_file(audio) is None


def test_a_recording_that_is_missing_is_named(tmp_path):
    flows = folder(tmp_path)
    (tmp_path / "sound" / "a.wav").unlink()
    _, failures = flows.load_all()
    assert "there is no recording `sound/a.wav` beside the flow" in str(failures[0])


def test_a_call_that_began_with_a_flow_can_go_on_without_its_file(tmp_path):
    flows = folder(tmp_path)
    began_with = flows.get("good")
    for path in (tmp_path / "good.yaml", tmp_path / "sound" / "a.wav"):
        path.unlink()
    assert flows.by_source(began_with.source, "good.yaml") == began_with
    assert flows.compile(began_with.source) == began_with


def test_a_file_that_cannot_be_read_is_one_problem(tmp_path):
    checked = check_file(tmp_path)
    assert checked.flow is None
    assert str(checked.problems[0]) == f"{tmp_path}:1:1: cannot be read: Is a directory"


def test_an_operator_is_told_of_broken_files_an_empty_folder_and_a_default_that_is_missing(tmp_path):
    nothing = FlowFolder(tmp_path).complaints("good")
    assert nothing == [f"no usable flow in {tmp_path}: no call can be taken; see DIALAI_FLOWS_DIR"]
    flows = folder(tmp_path)
    assert flows.complaints("good") == []
    (tmp_path / "bad.yaml").write_text("flow: bad\n")
    assert flows.complaints("good") == [f"{tmp_path / 'bad.yaml'}:1:1: `steps` is missing"]
    missing = "DIALAI_DEFAULT_FLOW=nope: there is no such flow, so calls that name none are turned away"
    assert flows.complaints("nope")[1] == f"{missing}; there are: good"


def test_a_folder_that_may_not_be_read_is_no_flows(tmp_path, monkeypatch):
    def denied(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", denied)
    assert folder(tmp_path).files() == []

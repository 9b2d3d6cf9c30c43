import asyncio
import os
from pathlib import Path
from types import SimpleNamespace

from structlog.testing import capture_logs

from app.adapters.flow_folder import Changes, FlowFolder, check_file, words_beside
from app.commands.tested_flows import gather
from app.domain.call import Disposition
from app.flows.interpreter import FlowRun
from app.flows.sprint import End
from app.main.house import House
from tests.flows.clinic import key

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


def test_what_is_no_file_or_a_huge_one_is_told_and_not_read_to_its_end(tmp_path):
    folder(tmp_path)
    pipe, huge = tmp_path / "pipe.yaml", tmp_path / "huge.yaml"
    os.mkfifo(pipe)
    with huge.open("wb") as file:
        file.truncate(1 << 40)
    others = tmp_path / "tests"
    others.mkdir()
    (others / "huge.yaml").symlink_to(huge)
    (tmp_path / "languages").mkdir()
    (tmp_path / "languages" / "en.yaml").symlink_to(huge)
    for path in (pipe, Path("/dev/zero")):
        (problem,) = check_file(path).problems
        assert problem.message == "cannot be read: it is a pipe or a device, no file"
    told = "the file has more than 262144 bytes"
    assert [each.message for each in check_file(huge).problems] == [told]
    assert [each.message for each in words_beside(tmp_path)[1]] == [told]
    _, strays = gather([others / "huge.yaml", pipe.rename(others / "pipe.yaml")])
    assert [each.message for each in strays] == [told, "cannot be read: it is a pipe or a device, no file"]


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


ASKS = "flow: good\nversion: {}\nsteps:\n  - {{yes_no: a, prompt: Well?}}\n  - end: {}\n"


def saved(tmp_path, version, ends="completed", name="good.yaml"):
    # Another length each time: no test waits for a file system's clock to tick.
    (tmp_path / name).write_text(ASKS.format(version, ends) + "#" * len(str(version)) * int(version))


def test_a_saved_flow_is_taken_over_and_calls_in_progress_keep_theirs(tmp_path):
    flows = folder(tmp_path)
    saved(tmp_path, 1)
    flows.load_all()
    assert flows.refresh() == Changes()
    in_progress = FlowRun(flows.get("good"))
    in_progress.start()
    saved(tmp_path, 2, "callback")
    changes = flows.refresh()
    assert [flow.version for flow in changes.read] == [flows.get("good").version] == ["2"]
    assert flows.refresh() == Changes()
    assert in_progress.flow.version == "1"
    fresh = FlowRun(flows.get("good"))
    fresh.start()
    assert ends_as(in_progress) is Disposition.COMPLETED
    assert ends_as(fresh) is Disposition.CALLBACK


def ends_as(run):
    sprint = run.resume(key(value=True))
    assert isinstance(sprint.wait, End)
    return sprint.wait.disposition


def test_a_broken_file_keeps_the_last_good_flow_and_says_so_once(tmp_path):
    flows = folder(tmp_path)
    saved(tmp_path, 1)
    flows.load_all()
    good = flows.get("good")
    (tmp_path / "good.yaml").write_text("flow: good\nversoin: 2\n")
    line = (
        f"{tmp_path / 'good.yaml'}:1:1: `steps` is missing (and 1 more); calls are held by its last good "
        "version, good 1"
    )
    assert flows.refresh() == Changes(complaints=(line,))
    assert flows.refresh() == Changes()
    assert flows.get("good") is good
    assert flows.broken() == (line,)
    saved(tmp_path, 3)
    assert [flow.version for flow in flows.refresh().read] == ["3"]
    assert flows.broken() == ()


def test_files_come_and_go(tmp_path):
    flows = folder(tmp_path)
    flows.load_all()
    (tmp_path / "other.yaml").write_text(ASKS.format(1, "completed").replace("good", "other"))
    (tmp_path / "bad.yaml").write_text("flow: bad\n")
    changes = flows.refresh()
    assert [flow.name for flow in changes.read] == ["other"]
    assert changes.complaints == flows.broken() == (f"{tmp_path / 'bad.yaml'}:1:1: `steps` is missing",)
    (tmp_path / "good.yaml").unlink()
    (tmp_path / "bad.yaml").unlink()
    assert flows.refresh() == Changes(gone=("good",))
    assert (flows.names(), flows.broken()) == (["other"], ())


def test_a_name_that_becomes_free_is_taken_by_the_file_that_waited_for_it(tmp_path):
    flows = folder(tmp_path)
    saved(tmp_path, 2, name="zz.yaml")
    flows.load_all()
    assert "another file in this folder holds a flow `good` already" in flows.broken()[0]
    assert flows.refresh() == Changes()
    (tmp_path / "good.yaml").unlink()
    assert [flow.version for flow in flows.refresh().read] == ["2"]
    assert flows.get("good").version == "2"


def test_a_folder_that_cannot_be_read_keeps_its_flows_and_says_so_once(tmp_path, monkeypatch):
    flows = folder(tmp_path)
    flows.load_all()

    def denied(_):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as away:
        away.setattr(Path, "iterdir", denied)
        line = f"{tmp_path}: cannot be read: Permission denied; its flows stay as they were"
        assert flows.refresh() == Changes(complaints=(line,))
        assert flows.refresh() == Changes()
        assert (flows.names(), flows.broken()) == (["good"], (line,))
    assert flows.refresh() == Changes()
    assert flows.broken() == ()


def test_a_file_that_vanishes_while_it_is_read_is_a_problem_like_any_other(tmp_path, monkeypatch):
    flows = folder(tmp_path)
    flows.load_all()
    gone = tmp_path / "gone.yaml"
    monkeypatch.setattr("app.adapters.flow_folder._flow_files", lambda _: [gone, tmp_path / "good.yaml"])
    assert flows.refresh().complaints == (f"{gone}:1:1: cannot be read: No such file or directory",)


def test_each_change_is_one_log_line_and_what_was_read_is_spoken(tmp_path):
    flows = folder(tmp_path)
    spoken = []

    async def speak(read):
        spoken.extend(read)

    good = flows.get("good")
    with capture_logs() as lines:
        changes = Changes((good,), ("old",), ("bad.yaml:1:1: wrong",))
        asyncio.run(House.take_over(SimpleNamespace(_speak=speak), changes))
    assert spoken == [good]
    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("flow_not_taken_over", "warning"),
        ("flow_gone", "warning"),
        ("flow_read", "info"),
    ]
    assert lines[0]["problem"] == "bad.yaml:1:1: wrong"


def worded(tmp_path, text, name="en.yaml"):
    (tmp_path / "languages").mkdir(exist_ok=True)
    path = tmp_path / "languages" / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_projects_own_words_are_said_and_taken_over_while_the_server_runs(tmp_path):
    folder(tmp_path)
    words = worded(tmp_path, "help: Speak.\n")
    flows = FlowFolder(tmp_path)
    assert not flows.load_all()[1]
    assert flows.get("good").languages["en"].prompts.help == "Speak."
    assert flows.by_source(flows.get("good").source, "stored").languages["en"].prompts.help == "Speak."
    assert flows.refresh().read == ()
    words.write_text("help: Speak up, please.\n", encoding="utf-8")
    (read,) = flows.refresh().read
    assert read.languages["en"].prompts.help == "Speak up, please."
    words.unlink()
    (read,) = flows.refresh().read
    assert read.languages["en"].prompts is None


def test_a_broken_file_of_words_keeps_the_last_good_ones_and_says_where(tmp_path):
    folder(tmp_path)
    words = worded(tmp_path, "help: Speak.\n")
    flows = FlowFolder(tmp_path)
    flows.load_all()
    words.write_text("hepl: Speak up.\n", encoding="utf-8")
    (line,) = flows.refresh().complaints
    assert line.startswith(f"{words}:1:1: hepl: the bot has no such prompt")
    assert flows.get("good").languages["en"].prompts.help == "Speak."


def test_words_for_a_language_nobody_knows_are_refused_by_name(tmp_path):
    folder(tmp_path)
    words = worded(tmp_path, "help: Parlez.\n", "fr.yaml")
    (problem,) = check_file(tmp_path / "good.yaml").problems
    assert str(problem) == f"{words}:1:1: no words are known for `fr`; this version speaks de, en or es"


def test_words_that_cannot_be_read_are_a_problem_like_any_other(tmp_path, monkeypatch):
    folder(tmp_path)
    words = worded(tmp_path, "help: Speak.\n")
    real = type(words).open

    def closed(self, *how):
        if self == words:
            raise PermissionError(13, "Permission denied")
        return real(self, *how)

    monkeypatch.setattr(type(words), "open", closed)
    (problem,) = check_file(tmp_path / "good.yaml").problems
    assert str(problem) == f"{words}:1:1: cannot be read: Permission denied"


INNER = "flow: about\nsteps:\n  - {{yes_no: {name}, prompt: Do you smoke?}}\n  - end: completed\n"
OUTER = "flow: visit\nsteps:\n  - {run_flow: you, flow: about}\n  - end: completed\n"


def test_a_flow_that_is_run_within_another_is_taken_over_when_it_is_saved_and_calls_keep_theirs(tmp_path):
    (tmp_path / "visit.yaml").write_text(OUTER)
    (tmp_path / "b.yaml").write_text(INNER.format(name="smokes"))
    folder = FlowFolder(tmp_path)
    before = folder.get("visit")
    assert [step.name for step in before.steps][:2] == ["you", "you_smokes"]
    (tmp_path / "b.yaml").write_text(INNER.format(name="smoker"))
    assert {flow.name for flow in folder.refresh().read} == {"visit", "about"}
    assert folder.get("visit").steps[1].name == "you_smoker"
    assert folder.get("visit").sha256 != before.sha256
    assert folder.compile(before.source).steps[1].name == "you_smokes"
    assert folder.refresh().read == ()


def test_a_flow_whose_other_flow_is_missing_works_once_that_is_there(tmp_path):
    (tmp_path / "visit.yaml").write_text(OUTER)
    folder = FlowFolder(tmp_path)
    assert folder.get("visit") is None
    assert "there is no flow `about` in this folder" in folder.broken()[0]
    (tmp_path / "about.yaml").write_text(INNER.format(name="smokes"))
    folder.refresh()
    assert folder.get("visit") is not None
    assert folder.broken() == ()

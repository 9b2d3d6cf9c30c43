"""Warnings of a flow's recordings."""

from pathlib import Path

from app.adapters.flow_folder import FlowFolder, check_file
from app.adapters.prompts.takes import odd_takes
from app.media.audio import write_wav

FLOW = """\
flow: visit
version: 1
languages: {en: {locale: en-US}}
steps:
  - message: hello
    prompt: {audio: a/hello.wav, text: Hello.}
  - rating: score
    prompt: How was it?
    range: [1, 5]
    nomatch:
      - {audio: broken.wav, text: "From 1 to 5, please."}
      - {audio: a/hello.wav, text: Hello.}
  - {end: completed, prompt: Goodbye.}
"""


def test_each_recording_is_judged_once_where_it_is_used(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "hello.wav").write_bytes(write_wav(bytes(16_000)))
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    file = tmp_path / "visit.yaml"
    file.write_text(FLOW)
    flow = check_file(file).flow
    assert flow is not None
    quiet, broken = (str(each) for each in odd_takes(flow, file, FlowFolder(tmp_path).audio_file))
    assert (
        quiet == f"{file}:5:5: steps.hello: a/hello.wav: no voice is in it: its loudest 10 ms are at -96 dBFS"
    )
    assert "steps.score: broken.wav: its text is spoken instead: the recording broken.wav is no WAV" in broken


def test_a_recording_that_went_missing_is_said_by_its_text(tmp_path: Path) -> None:
    file = tmp_path / "visit.yaml"
    (tmp_path / "a").mkdir()
    for name in ("a/hello.wav", "broken.wav"):
        (tmp_path / name).write_bytes(b"RIFF")
    file.write_text(FLOW)
    flow = check_file(file).flow
    assert flow is not None
    gone = odd_takes(flow, file, lambda _: None)
    assert [problem.message.split(": ")[1] for problem in gone] == ["its text is spoken instead"] * 2

# ruff: noqa: E501 - what is refused in a line is easier to read in one
"""What is written to harm is refused, in one line that says where and why."""

import random
import time

import pytest

from app.adapters.flow_folder import FlowFolder
from app.flows.loader import FlowErrors, load_flow

HEAD = "flow: x\nsteps:\n"


def refused(data):
    with pytest.raises(FlowErrors) as caught:
        load_flow(data, path="f.yaml", audio_exists=lambda _: False)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "anchors (&name) are not used in flows"),
        ("a: &a [*a]\n", "anchors (&name) are not used in flows"),
        ("a: {<<: *x}\n", "aliases (*name) are not used in flows"),
        ("a: " + "{a: " * 900, "nested more than 16 deep"),
        ("? " * 1_900, "a key is a plain word"),
        ("a: |\n" + " x\n" * 100_000, "the file has more than 262144 bytes"),
        ("a: " + "x" * 4_000, "the line is longer than 4000 characters"),
        (HEAD + "\t- end: completed\n", "a tab is used for indentation; use spaces"),
        (HEAD + "-\tend: completed\n", "this is no YAML"),
        ("flow: x\n" + "title: y\n" * 30_000, "the file has more than 262144 bytes"),
        ("flow: x\n" + "title: y\n" * 20_000, "the key `title` stands here twice; the first is in line 2"),
        ("flow: x\n".encode("utf-16"), "this is not UTF-8; save the file as UTF-8"),
        ("flow: é\n".encode("latin-1"), "this is not UTF-8; save the file as UTF-8"),
        (b"\0" * 1_000, "a character that no text may hold stands here"),
        (HEAD + "- end: completed\n" * 501, "2:1: steps: there are 501 steps; 500 at most"),
        (HEAD + "- a\n" * 9_000, "there are 9000 steps; 500 at most"),
        ("".join(f"k{i}: 1\n" for i in range(10_001)), "the file has more than 10000 values"),
    ],
)  # fmt: skip
def test_a_file_that_is_written_to_harm_is_refused_in_one_line(data, line):
    (found,) = refused(data)
    assert line in found or line.removeprefix("2:1: ") in found


def test_wrong_types_are_told_one_by_one():
    kinds = ("languages: 3", "universals: []", "defaults: x", "partial_if: {a: b}", "variables: x")
    found = refused("flow: [x]\nsteps: {a: b}\ntitle: []\n" + "\n".join(kinds) + "\n")
    told = {line.split(": ")[1] for line in found}
    assert told >= {"flow", "steps", "title", *(kind.split(":")[0] for kind in kinds)}


def test_of_a_thousand_mistakes_a_hundred_are_told():
    steps = "".join(f"- {{yes_no: q, prompt: Hi {i}, when: }}\n" for i in range(400))
    assert len(refused(HEAD + steps)) == 100


PIECES = ("..", ".", "", "/", "\\", "~", "a", "a.wav", "..wav", "%2e%2e", "etc", "passwd", "out", "C:", "\0",
          "....", "sound", "..\\..", "／", "‥")  # fmt: skip


def test_no_recording_leaves_the_folder_in_ten_thousand_ways(tmp_path):
    root = tmp_path / "flows"
    (root / "sound").mkdir(parents=True)
    (root / "sound" / "a.wav").write_bytes(b"in")
    (tmp_path / "a.wav").write_bytes(b"out")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.wav").write_bytes(b"out")
    (root / "out").symlink_to(tmp_path / "out")
    folder = FlowFolder(root)
    lot = random.Random(7)  # noqa: S311 - the same paths each time, no secret
    inside = (root / "sound" / "a.wav").resolve()
    found = set()
    for _ in range(10_000):
        parts = lot.choices(PIECES, k=lot.randint(1, 6))
        path = lot.choice(("", "/", str(tmp_path) + "/", "../")) + lot.choice("/\\/").join(parts)
        found.add(folder.audio_file(path))
    assert found <= {None, inside}
    assert folder.audio_file("sound/a.wav") == inside
    assert folder.audio_file("out/a.wav") is None


BIG = "".join(f"      - {{yes_no: q{n}, prompt: Q?}}\n" for n in range(99))


@pytest.mark.parametrize(
    ("steps", "line"),
    [
        ("- {quota: q, full: bye}\n", "steps.q.quota: the flow has no `quotas`"),
        (f"- repeat: r\n  times: 50\n  steps:\n{BIG}", "the flow has more than 500 steps"),
        ("- {goto: a}\n- {repeat: r, times: 2, steps: [{yes_no: a, prompt: A?}]}\n", "`a` stands inside the repeat `r`"),
        ("- repeat: r\n  times: " + "(" * 300 + "\n  steps: [{yes_no: a, prompt: A?}]\n", "this is not an expression"),
        ("- {repeat: r, over: " + "[" + "x, " * 60 + "y], steps: [{yes_no: a, prompt: A?}]}\n", "two of these are the same"),
        ("- {message: m, prompt: \"${''.__class__}\"}\n", "answers have no attributes such as `__class__`"),
        ("- {run_flow: ../../etc/passwd}\n", "a name is made of letters"),
        ("- {run_flow: a, flow: ../../etc/passwd}\n", "there is no flow `../../etc/passwd` in this folder"),
        ("- {date: d, prompt: D?, range: [today + 99999y, today + 99999w]}\n", "the day lies outside of 1800 to 2200"),
        ("- {webhook: w, url: 'https://169.254.169.254/', send: {}}\n", "steps.w.url"),
    ],
)  # fmt: skip
def test_steps_that_are_written_to_harm_are_refused_within_a_second_of_work(steps, line):
    begun = time.process_time()
    found = refused(HEAD + steps + "- {label: bye, end: completed}\n")
    assert any(line in each for each in found), found
    assert all(each.startswith("f.yaml:") for each in found)
    assert time.process_time() - begun < 1


def test_rounds_of_rounds_of_rounds_are_refused_before_they_are_laid_out():
    steps = "- {yes_no: q, prompt: Q?}\n"
    for depth in range(4):
        inner = "".join(f"    {line}\n" for line in steps.splitlines())
        steps = f"- repeat: r{depth}\n  times: 50\n  steps:\n{inner}"
    begun = time.process_time()
    assert "more than 500 steps" in refused(HEAD + steps)[0]
    assert time.process_time() - begun < 1

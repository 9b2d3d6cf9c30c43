"""`dialai flows try`: the conversation in a terminal, and what happens when the file is saved."""

import io
import os
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from app.commands.try_flow import FlowFile, Terminal, next_line, try_flow, value_of

FLOW = """\
flow: mini
version: 1
title: Mini
languages: {en: {locale: en-US}}
variables: [name]
steps:
  - message: hello
    prompt: "Hello ${name}."
  - yes_no: ready
    prompt: "Are you ready?"
  - numeric: age
    prompt: "How old are you?"
    range: [0, 110]
  - end: completed
    label: bye
    prompt: "Goodbye."
"""

app = typer.Typer()
app.command()(try_flow)


@pytest.fixture
def path(tmp_path) -> Path:
    path = tmp_path / "mini.yaml"
    path.write_text(FLOW)
    return path


def run(path: Path, typed: str, *options: str):
    return CliRunner().invoke(app, [str(path), *options], input=typed)


def test_a_conversation_is_held_to_its_end_with_the_answers_below(path):
    result = run(path, "yes\n35\n", "--var", "name=Ann")
    assert result.exit_code == 0
    assert "bot> Hello Ann." in result.output
    assert "you> yes" in result.output
    assert "end> completed" in result.output
    assert '     age = 35, key "35"' in result.output


def test_the_end_of_the_input_hangs_up(path):
    assert "end> break_off" in run(path, "yes\n").output


def test_a_bad_file_says_what_is_wrong_and_where_in_one_line_each(path):
    path.write_text(FLOW.replace("yes_no:", "yes_not:"))
    result = run(path, "")
    assert result.exit_code == 1
    assert f"{path}:9:5: steps[1].yes_not" in result.output
    assert "Traceback" not in result.output


def test_a_file_that_is_not_there_is_named(path):
    result = run(path.with_name("none.yaml"), "")
    assert result.exit_code == 1
    assert "none.yaml:1:1: cannot be read: No such file or directory" in result.output


def test_a_flow_of_the_folder_is_found_by_its_name(path, monkeypatch):
    monkeypatch.setenv("DIALAI_FLOWS_DIR", str(path.parent))
    assert "Are you ready?" in run(Path("mini"), "").output


def test_a_warning_is_shown_and_keeps_nobody_from_trying(path):
    path.write_text(FLOW.replace("Hello ${name}.", "${name}"))
    result = run(path, "yes\n35\n")
    assert "steps.hello" in result.output
    assert "end> completed" in result.output


@pytest.mark.parametrize("written", ["name", "=Ann", "my name=Ann"])
def test_a_variable_that_is_no_variable_is_explained(path, written):
    result = run(path, "", "--var", written)
    assert result.exit_code == 2
    assert "write NAME=VALUE" in result.output


def test_variables_keep_the_type_they_are_written_in():
    written = ("true", "false", "12", "-3", "0012", "4.5", "Ann", "")
    assert [value_of(text) for text in written] == [True, False, 12, -3, "0012", "4.5", "Ann", ""]


class Typist(io.StringIO):
    """A pipe that does something to the file before each line is read."""

    def __init__(self, *lines) -> None:
        super().__init__()
        self.lines = list(lines)

    def readline(self, size=-1) -> str:
        while self.lines and callable(self.lines[0]):
            self.lines.pop(0)()
        return f"{self.lines.pop(0)}\n" if self.lines else ""


def hold(path: Path, *lines) -> str:
    out = io.StringIO()
    file = FlowFile(path)
    Terminal(file, file.load().flow, {}, Console(file=out, width=200)).run(Typist(*lines))
    return out.getvalue()


def test_a_saved_flow_starts_anew_with_the_lines_that_were_typed(path):
    out = hold(path, "yes", lambda: path.write_text(FLOW.replace("How old", "Well, how old")), "35")
    assert f"{path} was saved: from the start." in out
    assert "bot> Well, how old are you?" in out
    assert out.count("you> yes") == 2
    assert "end> completed" in out


def test_lines_that_no_longer_fit_are_not_given_to_another_question(path):
    renamed = FLOW.replace("yes_no: ready", "yes_no: prepared")
    out = hold(path, "yes", lambda: path.write_text(renamed), "no", "35")
    assert "The lines typed after this no longer fit." in out
    assert 'prepared = false (no), speech "no"' in out


def test_a_saved_flow_that_ends_sooner_ends_the_replay(path):
    shorter = FLOW.replace('"Are you ready?"', '"Are you ready?"\n    then: [{when: ready, goto: bye}]')
    out = hold(path, "yes", "banana", lambda: path.write_text(shorter), "35")
    assert "no longer fit" in out
    assert "end> completed" in out


def test_a_flow_saved_with_a_mistake_goes_on_as_it_was(path):
    out = hold(path, "yes", lambda: path.write_text(FLOW.replace("yes_no:", "yes_not:")), "35")
    assert "unknown step `yes_not`" in out
    assert "The flow goes on as it was before." in out
    assert "end> completed" in out


def test_a_file_that_is_deleted_meanwhile_changes_nothing(path):
    assert "end> completed" in hold(path, "yes", path.unlink, "35")


def test_the_terminal_asks_whether_somebody_takes_a_transferred_call(path):
    path.write_text(
        FLOW.replace("  - end: completed", '  - {label: person, transfer: "+15550100"}\n  - end: completed')
    )
    assert "you> n" in hold(path, "yes", "35", "n")
    assert "(Enter: somebody takes the call, n: nobody)" in hold(path, "yes", "35", "")


class Keyboard(io.TextIOWrapper):
    """A pipe that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def keyboard():
    reading, writing = os.pipe()
    with Keyboard(os.fdopen(reading, "rb")) as stdin, os.fdopen(writing, "w") as typist:
        yield stdin, typist


def test_a_terminal_is_watched_for_a_save_while_it_waits(keyboard, path):
    stdin, typist = keyboard
    file = FlowFile(path)
    shown = io.StringIO()
    terminal = Terminal(file, file.load().flow, {}, Console(file=shown, width=200))
    path.write_text(FLOW.replace("Are you", "Well, are you"))
    looked = []
    was_saved = file.was_saved

    def look() -> bool:
        """Type the first line only after the save was seen."""
        looked.append(saved := was_saved())
        if len(looked) == 1:
            typist.write("yes\n")
            typist.flush()
            typist.close()
        return saved

    file.was_saved = look
    terminal.run(stdin)
    assert "was saved: from the start" in shown.getvalue()
    assert "bot> Well, are you ready?" in shown.getvalue()
    assert "end> break_off" in shown.getvalue()


def test_a_terminal_that_waits_reads_the_line_when_it_comes(keyboard):
    stdin, typist = keyboard

    def type_later() -> bool:
        typist.write("yes\r\n")
        typist.flush()
        return False

    assert next_line(stdin, type_later) == "yes"


def test_an_interrupt_leaves_without_a_traceback(path, monkeypatch):
    def interrupted(*args) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.commands.try_flow.next_line", interrupted)
    assert run(path, "").exit_code == 130

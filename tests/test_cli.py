"""The command line: every room is found, none is imported for another, no complaint is a traceback."""

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from app import cli
from app.cli import ROOMS, build, main


def test_every_command_is_listed_by_its_own_first_line() -> None:
    listed = CliRunner().invoke(build(["--help"]), ["--help"]).stdout
    for name, room in ROOMS.items():
        command = room.command()
        told = command.info.help if isinstance(command, typer.Typer) else command.__doc__
        assert room.summary == str(told).splitlines()[0]
        assert name in listed


@pytest.mark.parametrize("name", ROOMS)
def test_a_command_that_is_named_is_the_real_one(name: str) -> None:
    done = CliRunner().invoke(build([name, "--help"]), [name, "--help"])
    assert done.exit_code == 0
    assert "Options" in done.stdout
    assert len(done.stdout.splitlines()) > 6


def test_help_costs_none_of_the_rooms() -> None:
    code = (
        "import sys; from app.cli import build; build(['--help'])\n"
        "print([name for name in sys.modules if name.startswith('app.') and name != 'app.cli'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout.strip() == "[]"


def run(monkeypatch: pytest.MonkeyPatch, fails: Exception | type[BaseException]) -> int:
    def broken(_: object) -> object:
        raise fails

    monkeypatch.setattr(cli, "build", broken)
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def test_an_interrupt_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, KeyboardInterrupt) == 130
    assert capsys.readouterr().err == ""


def test_what_the_system_refuses_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, PermissionError(13, "Permission denied", "/root/x")) == 2
    assert capsys.readouterr().err == "dialai: /root/x: Permission denied\n"
    assert run(monkeypatch, OSError(28, "No space left on device")) == 2
    assert capsys.readouterr().err == "dialai: No space left on device\n"


def test_a_reader_that_goes_away_gets_no_traceback() -> None:
    # `head` has left before the first line: standard output is a pipe that nobody reads.
    code = (
        "import os, sys; read, write = os.pipe(); os.close(read); os.dup2(write, 1)\n"
        "sys.argv = ['dialai', 'flows', 'docs']; from app.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    assert done.stderr == ""

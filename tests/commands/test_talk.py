"""`dialai talk` whole: a process of its own under a terminal, with real engines and an arithmetic device."""

import contextlib
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.adapters.device.ports import NoSound
from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError
from app.cli import build
from app.commands import talk
from app.media.audio import read_wav
from tests.commands.talk_phone import ArithmeticDevice

ROOT = Path(__file__).parents[2]
PHONE = Path(__file__).parent / "talk_phone.py"
FLOW = """
flow: phone
version: 1
title: Phone
max_duration: 2m
steps:
  - yes_no: happy
    prompt: >-
      This is a long question that nobody wants to hear to its end, so please do interrupt it. It goes on, and
      on, and on, and on, and on, until somebody stops it, and then it is your turn. Are you happy?
  - digits: pin
    prompt: "Number?"
    length: 3
  - label: bye
    end: completed
    prompt: "Bye."
"""
AWAY = """
flow: away
version: 1
title: Away
steps:
  - message: hello
    prompt: "Hello."
  - label: person
    transfer: "+12025550123"
    on_fail: nobody
  - label: nobody
    end: callback
    prompt: "Sorry."
"""
ASKED_MS = 12_000
"""The first question takes longer than this to say."""


def run(arguments, **options):
    return CliRunner().invoke(build(arguments), arguments, **options)


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "phone.yaml").write_text(FLOW)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIALAI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DIALAI_FLOWS_DIR", str(tmp_path / "flows"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TERM", "xterm")
    return tmp_path


@pytest.fixture
def timed(place, monkeypatch) -> Path:
    """The same place with engines that need no process of their own: for calls within this one."""
    monkeypatch.setenv("DIALAI_TTS", "timed")
    monkeypatch.setenv("DIALAI_STT", "timed")
    return place


class Phone:
    """One `dialai talk` under a terminal of its own: what it prints is read, what is typed is written."""

    def __init__(self, place: Path, words: str = "") -> None:
        self.heard = place / "heard.wav"
        self.shown = ""
        self.terminal, self.other_end = pty.openpty()
        self.before = termios.tcgetattr(self.other_end)
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, str(PHONE), str(self.heard), words, "phone"],
            stdin=self.other_end,
            stdout=self.other_end,
            stderr=self.other_end,
        )

    def read_until(self, words: str) -> None:
        """Read what is printed until these words were; nothing more can come once the process has ended."""
        while words not in self.shown:
            piece = os.read(self.terminal, 4_096)
            self.shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", piece.decode(errors="ignore"))
            assert piece, self.shown

    def type(self, text: str) -> None:
        os.write(self.terminal, text.encode())

    def ends(self) -> int:
        """Wait for the end; return the exit code. The terminal must be as it was."""
        self.read_until("dialai calls show ")
        code = self.process.wait()
        assert termios.tcgetattr(self.other_end) == self.before
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for descriptor in (self.terminal, self.other_end):
            with contextlib.suppress(OSError):
                os.close(descriptor)


@pytest.fixture
def ring(place):
    phones = []

    def rung(words=""):
        phones.append(Phone(place, words))
        return phones[-1]

    yield rung
    for phone in phones:
        phone.close()


def test_a_call_by_voice_keys_and_enter_is_held_shown_and_logged(place, ring):
    phone = ring("yes")
    phone.read_until("This is a long question")
    phone.read_until("speaking")
    phone.type("\n")
    phone.read_until("stops after")
    phone.read_until("happy = yes (by speech)")
    phone.read_until("Number?")
    phone.type("\x1b[15~42")  # F5's digits are nobody's
    phone.type("5")
    phone.read_until("pin = 4 2 5 (by key)")
    assert phone.ends() == 0, phone.shown
    for piece in ("speaking", "listening", "dBFS", 'heard  "ye', "press 4", "Answers", "Turns", "threads: "):
        assert piece in phone.shown, phone.shown
    sound = read_wav(phone.heard.read_bytes())
    spoken = [at for at in range(0, len(sound.pcm16), 320) if any(sound.pcm16[at : at + 320])]
    assert 0 < len(spoken) * 20 < ASKED_MS, phone.shown
    listed = run(["calls", "list"])
    assert "completed" in listed.output


def test_hanging_up_ends_the_call_and_gives_the_terminal_back(ring):
    phone = ring()
    phone.read_until("This is a long question")
    phone.type("q")
    assert phone.ends() == 0
    assert "(hangup)" in phone.shown


def test_a_signal_hangs_up_and_gives_the_terminal_back(ring):
    phone = ring()
    phone.read_until("This is a long question")
    phone.process.send_signal(signal.SIGINT)
    assert phone.ends() == 0
    assert "(hangup)" in phone.shown


def test_while_a_server_holds_the_log_the_call_is_kept_beside_it(place, ring):
    database = Database.serve(f"sqlite:///{place / 'data' / 'dialai.sqlite3'}")
    try:
        phone = ring()
        phone.read_until("another server already uses")
        phone.read_until("This is a long question")
        phone.type("q")
        assert phone.ends() == 0
    finally:
        database.close()
    assert f"DIALAI_DATA_DIR={place / 'data' / 'talk'}" in phone.shown
    assert (place / "data" / "talk" / "dialai.sqlite3").is_file()


def test_a_call_without_a_terminal_is_printed_in_lines(timed, monkeypatch):
    device = ArithmeticDevice([], timed / "heard.wav")
    monkeypatch.setattr(talk, "find_device", lambda *_: device)
    result = run(["talk", "phone", "--var", "name=Ann"], input="1\n425\n\n")
    assert result.exit_code == 0, result.output
    for piece in ("Enter interrupts", "happy = yes (by key)", "pin = 4 2 5 (by key)", "frames waited"):
        assert piece in result.output
    assert "completed" in result.output


def test_a_transfer_says_that_nobody_can_be_reached_from_here(timed, monkeypatch):
    (timed / "flows" / "away.yaml").write_text(AWAY)
    monkeypatch.setattr(talk, "find_device", lambda *_: ArithmeticDevice([], timed / "heard.wav"))
    result = run(["talk", "away"], input="\n\n")
    assert result.exit_code == 0, result.output
    assert "Nobody can be reached from here at +12025550123" in result.output


def test_a_device_that_goes_away_ends_the_call_and_is_told(timed, monkeypatch):
    class Unplugged(ArithmeticDevice):
        def start(self, wires):
            super().start(wires)
            wires.lost()

    monkeypatch.setattr(talk, "find_device", lambda *_: Unplugged([], timed / "heard.wav"))
    result = run(["talk", "phone"], input="")
    assert result.exit_code == 0, result.output
    assert "The sound device went away" in result.output


def test_a_log_that_cannot_be_read_afterwards_is_told_in_one_line(timed, monkeypatch):
    def unreadable(_settings):
        raise StoreError("the call log is gone")

    monkeypatch.setattr(talk, "find_device", lambda *_: ArithmeticDevice([], timed / "heard.wav"))
    monkeypatch.setattr(talk, "open_reader", unreadable)
    result = run(["talk", "phone"], input="q\n")
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "the call log is gone"


def lines(*arguments: str) -> list[str]:
    result = run(["talk", *arguments])
    assert result.exit_code == 2, result.output
    return result.output.strip().splitlines()


def no_device(*_):
    raise NoSound("this machine has no microphone")


def test_without_a_sound_device_one_line_says_so_and_offers_text(place, monkeypatch):
    monkeypatch.setattr(talk, "find_device", no_device)
    (line,) = lines("phone")
    text = f"dialai flows try {place / 'flows' / 'phone.yaml'}"
    assert line == f"dialai: this machine has no microphone; in text, without sound: {text}"


def test_without_the_sound_library_one_line_says_what_to_install(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    (line,) = lines("phone")
    assert "pip install sounddevice" in line
    assert "dialai flows try" in line


def test_an_unknown_flow_is_refused_in_one_line_with_the_names_there_are(place):
    assert lines("fone") == ["dialai: no flow is named 'fone'; there are: phone"]


def test_a_flow_with_a_mistake_is_refused_with_its_place(place):
    (place / "flows" / "odd.yaml").write_text("flow: odd\nversion: 1\ntitle: Odd\nstepz: []\n")
    assert any("odd.yaml:4" in line for line in lines("odd"))


def test_a_variable_that_is_none_is_refused_in_one_line(place):
    assert lines("phone", "--var", "name") == [
        "dialai: --var name: write NAME=VALUE, for example --var name=Ann"
    ]


def test_a_bad_setting_is_refused_in_one_line(place, monkeypatch):
    monkeypatch.setenv("DIALAI_MAX_CALLS", "none")
    (line,) = lines("phone")
    assert "MAX_CALLS" in line.upper()


def test_a_data_directory_that_cannot_be_written_is_refused_in_one_line(place, monkeypatch):
    monkeypatch.setattr(talk, "find_device", lambda *_: None)
    (place / "data").write_text("a file")
    (line,) = lines("phone")
    assert str(place / "data") in line


def test_a_device_that_is_taken_is_refused_in_one_line_and_leaves_no_call(place, monkeypatch):
    class Taken:
        name, latency_ms = "taken", 0

        def start(self, wires):
            raise NoSound("the sound device cannot be opened: Device unavailable")

        def close(self):
            pass

    monkeypatch.setattr(talk, "find_device", lambda *_: Taken())
    (line,) = lines("phone")
    assert "Device unavailable" in line
    assert "No such calls" in run(["calls", "list"]).output

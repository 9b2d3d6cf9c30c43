"""What is typed, and what becomes of the terminal it is typed into."""

import asyncio
import contextlib
import io
import os
import pty
import termios

import pytest

from app.commands import talk_keys
from app.commands.talk_keys import Typed, typing


class Told:
    """What was typed, as a word for each meaning; `changed` when there is more."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.changed = asyncio.Event()

    def add(self, word: str) -> None:
        self.words.append(word)
        self.changed.set()

    @property
    def typed(self) -> Typed:
        return Typed(lambda: self.add("interrupt"), self.add, lambda: self.add("hang up"))

    async def until(self, *words: str) -> None:
        while self.words != list(words):
            self.changed.clear()
            await self.changed.wait()


@pytest.fixture
def terminal():
    ours, theirs = pty.openpty()
    stdin = os.fdopen(theirs, closefd=False)
    yield ours, stdin
    stdin.close()
    for descriptor in (ours, theirs):
        with contextlib.suppress(OSError):
            os.close(descriptor)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1*#0", ["1", "*", "#", "0"]),
        ("\r", ["interrupt"]),
        ("\n", ["interrupt"]),
        ("q", ["hang up"]),
        ("\x04", ["hang up"]),
        ("xyz ?", []),
        ("\x1b[A\x1b[15~\x1bOP\x1b", []),
        ("4\x1b[1;5C2", ["4", "2"]),
    ],
)
def test_each_character_means_what_the_phone_has_for_it(text, words):
    told = Told()
    told.typed.take(text)
    assert told.words == words


def test_a_line_of_keys_is_no_interruption_and_an_empty_one_is():
    told = Told()
    told.typed.take_line("42\n")
    told.typed.take_line("\n")
    assert told.words == ["4", "2", "interrupt"]


def test_a_terminal_is_read_key_by_key_without_echo_and_given_back(terminal):
    ours, stdin = terminal
    before = termios.tcgetattr(stdin)

    async def main() -> None:
        told = Told()
        with typing(stdin, told.typed):
            flags = termios.tcgetattr(stdin)[3]
            assert not flags & (termios.ECHO | termios.ICANON)
            assert flags & termios.ISIG  # Ctrl-C stays a signal
            os.write(ours, b"4")
            await told.until("4")
            os.write(ours, b"\r")
            await told.until("4", "interrupt")

    asyncio.run(main())
    assert termios.tcgetattr(stdin) == before


def test_a_terminal_is_given_back_when_the_call_fails(terminal):
    _, stdin = terminal
    before = termios.tcgetattr(stdin)

    async def main() -> None:
        with typing(stdin, Told().typed):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        asyncio.run(main())
    assert termios.tcgetattr(stdin) == before


def test_a_terminal_that_is_closed_hangs_up(terminal):
    ours, stdin = terminal

    async def main() -> None:
        told = Told()
        with typing(stdin, told.typed):
            os.close(ours)
            await told.until("hang up")

    asyncio.run(main())


def test_a_pipe_is_read_by_lines_and_its_end_hangs_nobody_up():
    read, write = os.pipe()
    os.write(write, b"4\n\n")
    os.close(write)

    async def main() -> None:
        told = Told()
        with os.fdopen(read) as stdin, typing(stdin, told.typed):
            await told.until("4", "interrupt")
        assert told.words == ["4", "interrupt"]

    asyncio.run(main())


def test_a_terminal_without_single_keys_hangs_up_at_its_end(monkeypatch):
    monkeypatch.setattr(talk_keys, "_HAS_TERMIOS", False)

    class Console(io.StringIO):
        def isatty(self):
            return True

    async def main() -> None:
        told = Told()
        with typing(Console("1\n"), told.typed):
            await told.until("1", "hang up")

    asyncio.run(main())

"""What is typed while a call is on: Enter, keys of the phone, hanging up; knows no call.

A terminal is read key by key and given back as it was; anything else is read by lines.
"""

import asyncio
import contextlib
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TextIO

try:
    import termios
    import tty
except ModuleNotFoundError:  # Windows: by lines
    _HAS_TERMIOS = False
else:
    _HAS_TERMIOS = True

_PHONE_KEYS: Final = frozenset("0123456789*#")
_HANG_UP: Final = frozenset("qQ\x04")  # \x04 is Ctrl-D
_ENTER: Final = frozenset("\r\n")
_ESCAPE: Final = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|O.|.)?", re.DOTALL)
"""What arrow and function keys send: it holds digits that nobody typed."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Whom to tell what was typed; each is called on the loop's thread."""

    interrupt: Callable[[], None]
    key: Callable[[str], None]
    hang_up: Callable[[], None]

    def take(self, text: str) -> None:
        """Tell what this text means, one character after the other; others mean nothing."""
        for character in _ESCAPE.sub("", text):
            if character in _PHONE_KEYS:
                self.key(character)
            elif character in _ENTER:
                self.interrupt()
            elif character in _HANG_UP:
                self.hang_up()

    def take_line(self, line: str) -> None:
        """Tell what a line means: an empty one is Enter, in any other its end is no key of its own."""
        words = line.strip()
        self.take(words or "\n")


@contextlib.contextmanager
def typing(stdin: TextIO, typed: Typed) -> Iterator[None]:
    """Listen to what is typed as long as the block runs; on the way out the terminal is as it was."""
    if _HAS_TERMIOS and stdin.isatty():
        with _by_key(stdin, typed):
            yield
    else:
        _by_line(stdin, typed)
        yield


@contextlib.contextmanager
def _by_key(stdin: TextIO, typed: Typed) -> Iterator[None]:
    descriptor = stdin.fileno()
    before = termios.tcgetattr(descriptor)
    loop = asyncio.get_running_loop()

    def readable() -> None:
        try:
            data = os.read(descriptor, 1_024)
        except OSError:  # the terminal is gone
            data = b""
        if not data:
            loop.remove_reader(descriptor)
            typed.hang_up()
        typed.take(data.decode(errors="ignore"))

    try:
        # Key by key and without echo; Ctrl-C stays a signal.
        tty.setcbreak(descriptor, termios.TCSADRAIN)
        loop.add_reader(descriptor, readable)
        yield
    finally:
        loop.remove_reader(descriptor)
        with contextlib.suppress(termios.error):  # a terminal that was closed needs nothing
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def _by_line(stdin: TextIO, typed: Typed) -> None:
    loop = asyncio.get_running_loop()

    def read() -> None:
        # When the loop is closed, the call is over: nobody cares for more.
        with contextlib.suppress(RuntimeError, ValueError, OSError):
            for line in stdin:
                loop.call_soon_threadsafe(typed.take_line, line)
            if stdin.isatty():
                # Nobody types any more; a pipe that ends has only said all it had to say.
                loop.call_soon_threadsafe(typed.hang_up)

    # A read cannot be called off, so the thread must not keep the process.
    threading.Thread(target=read, name="dialai-typed", daemon=True).start()

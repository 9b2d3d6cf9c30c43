"""How far that goes which is not for the ear, by what began it: a line, a sentence, a section. Pure."""

import re
from typing import Final

from app.adapters.aws.parts import Part

PASSED: Final = frozenset((Part.THOUGHT, Part.KEY, Part.SECTION, Part.ENDLESS))
"""What is dropped beyond its label."""

_SENTENCE_STOPS: Final = re.compile(r"[.!?](?=\s)|\n")
_NEXT_SECTION: Final = re.compile(r"\n(?=#)")
_A_SPACE: Final = re.compile(r"\s")


def passed(text: str, part: Part, *, is_whole: bool) -> tuple[int, bool]:
    """Return how many characters of the text belong to it, and whether it ends behind them.

    Where it does, a space or a line's end follows. What may be the beginning of its end waits.
    """
    if part is Part.SECTION:
        return _up_to(_NEXT_SECTION, text, waits="\n", is_whole=is_whole)
    if part is Part.ENDLESS:
        return _up_to(_A_SPACE, text)
    if part is Part.THOUGHT:
        at = text.find("\n")
        return (len(text), False) if at < 0 else (at, True)
    end = _SENTENCE_STOPS.search(text)
    if end:
        return (end.start() if end[0] == "\n" else end.end()), True
    return len(text) - (text[-1] in ".!?…" and not is_whole), False


def _up_to(mark: re.Pattern[str], text: str, *, waits: str = "", is_whole: bool = False) -> tuple[int, bool]:
    found = mark.search(text)
    if found:
        return found.start(), True
    return len(text) - (waits != "" and text.endswith(waits) and not is_whole), False

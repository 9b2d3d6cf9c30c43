"""Words in a model's text that are for a machine: `end_call`, alone or in code's type. Pure."""

import re
from typing import Final

from app.adapters.aws.parts import NO_LABEL, Label, Part, part_of

LONGEST: Final = 100

_MARKS: Final = r"[\"'*`]{0,3}"
_SNAKE: Final = r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+"
_ALONE: Final = re.compile(
    rf"{_MARKS}{_SNAKE}{_MARKS}(?:[.!;]{{0,3}}[ \t]{{0,3}}(?=\n)|[.!;]{{1,3}}(?=[ \t]))"
)
_AT_THE_END: Final = re.compile(rf"{_MARKS}{_SNAKE}{_MARKS}[.!;]{{0,3}}[ \t]{{0,3}}")
_LOUD: Final = re.compile(rf"{_MARKS}[A-Z][A-Z0-9]+(?:_[A-Z0-9]{{2,}})+{_MARKS}[ \t]{{1,3}}(?=[A-Z¿¡])")
_SO_FAR: Final = re.compile(
    rf"{_MARKS}(?:[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9]+(?:_[A-Za-z0-9]*)+{_MARKS}[.!;]{{0,3}}[ \t]{{0,3}})?"
)


def lone_order(text: str, *, is_whole: bool) -> Label | None:
    """Return as a label the name that is a whole sentence (`I see. END_CALL`); None while one cannot tell.

    A name within a sentence is a word of it, and no name is longer than LONGEST.
    """
    text = text[: LONGEST + 1]
    found = _ALONE.match(text) or _LOUD.match(text)
    if found is None and is_whole and len(text) <= LONGEST:
        found = _AT_THE_END.fullmatch(text)
    if found:
        return Label(Part.ORDER, found.end())
    return None if not is_whole and len(text) <= LONGEST and _SO_FAR.fullmatch(text) else NO_LABEL


def is_order(inside: str) -> bool:
    """Whether what stands in code's type is for a machine: a key, a call, a setting."""
    first = inside.split(maxsplit=1)[0] if inside.strip() else ""
    return part_of(first.rstrip(":")) is Part.KEY or any(sign in inside for sign in "(={")

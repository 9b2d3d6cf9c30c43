"""A model's text in plain signs: entities read, look-alikes made brackets, the unseen left out. Pure.

What comes out does not depend on how the text was cut into pieces.
"""

import re
import sys
import unicodedata
from html.entities import html5
from typing import Final

MOST: Final = 4_000
"""Characters of one reply that are looked at: more than four minutes of speech, and no turn is so long."""

_ENTITY: Final = re.compile(r"&(?:([A-Za-z]{2,8})|#(\d{1,8})|#[xX]([\da-fA-F]{1,8}));")
_OPEN_ENTITY: Final = re.compile(r"&(?:[A-Za-z]{0,8}|#\d{0,8}|#[xX][\da-fA-F]{0,8})$")
_LOOK_ALIKE: Final = str.maketrans("＜＞［］【】（）｛｝：＝\u2028\u2029", "<>[][](){}:=\n\n")


def _entity(found: re.Match[str]) -> str:
    """Return the sign that is meant; none where nobody could see or hear it, the text where none is meant."""
    name, decimal, hexadecimal = found.groups()
    if name:
        sign = html5.get(f"{name};", found[0])
    else:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        sign = chr(code) if code <= sys.maxunicode else ""
    if unicodedata.category(sign[:1] or "\0") in {"Cc", "Cs"}:
        return " " if sign.isspace() else ""
    return sign.replace("\xa0", " ").translate(_SIGNS)


class _Signs(dict[int, str | int | None]):
    """What stands for each character: marks that nobody sees or hears (Unicode's Cf) are left out."""

    def __missing__(self, code: int) -> str | int | None:
        plain: str | int | None = None
        if unicodedata.category(chr(code)) != "Cf":
            plain = _LOOK_ALIKE.get(code, code)
        self[code] = plain
        return plain


_SIGNS: Final = _Signs()


class PlainText:
    """One reply's text: `feed` it pieces, `end` it once; what is beyond the bound is gone."""

    def __init__(self) -> None:
        self._left = MOST
        self._held = ""

    @property
    def is_full(self) -> bool:
        """Whether the bound is reached."""
        return not self._left

    def feed(self, piece: str) -> str:
        """Return what is certain by now."""
        piece = piece[: self._left]
        self._left -= len(piece)
        text = self._held + piece.translate(_SIGNS)
        found = None if self.is_full else _OPEN_ENTITY.search(text)
        sure = text[: found.start()] if found else text
        self._held = text[len(sure) :]
        return _ENTITY.sub(_entity, sure)

    def end(self) -> str:
        """Return the rest."""
        held, self._held = self._held, ""
        return held

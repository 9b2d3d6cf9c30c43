"""What a reply says so far, joined as speech is written: spaces, stops, lines that become sentences. Pure."""

import re
from typing import Final

from app.adapters.aws.wording import Wording

SENTENCE_ENDS: Final = ".!?…"
_STOPS: Final = ".,!?;:…"
_SPACE: Final = re.compile(r"\s+")


class Said:
    """Takes words and the spaces between them; `take` gives what was not given yet.

    `last` is the last character said, `line_begins` whether a line begins here.
    """

    def __init__(self, locale: str) -> None:
        self.last = ""
        self.line_begins = True
        self._wording = Wording(locale)
        self._breaks = False
        self._spaced = self._gapped = False
        self._out: list[str] = []

    @property
    def ended(self) -> bool:
        """Whether what was said last ends a sentence."""
        return self.last != "" and self.last in SENTENCE_ENDS

    @property
    def begins(self) -> bool:
        """Whether a line or a sentence begins here."""
        return self.line_begins or (self._spaced and self.ended)

    @property
    def is_apart(self) -> bool:
        """Whether what comes stands apart from what was said last."""
        return self._spaced or self.line_begins

    @property
    def is_glued(self) -> bool:
        """Whether what comes stands right behind a stop."""
        return self.ended and not self._spaced

    def gap(self) -> None:
        """Take that something that is not said stands here."""
        self._spaced = True

    def sign(self) -> int:
        """Take that one sign stands here that is not said; return its length."""
        self._spaced = True
        return 1

    def space(self, text: str) -> int:
        """Take the spaces at the head of the text; return how many."""
        found = _SPACE.match(text)
        used = found.end() if found else 1
        if "\n" in text[:used]:
            self.line_begins = True
            self._breaks = self.last.isalnum()
        self._spaced = True
        if self.ended and not self._gapped:
            # Told at once: behind a number it is the space that makes its full stop the sentence's.
            self._gapped = True
            self._out.append(" ")
        return used

    def say(self, text: str) -> None:
        """Take words."""
        for n, word in enumerate(text.split()):
            self._spaced = self._spaced or n > 0
            if spoken := self._wording.spoken(word):
                self._put(spoken)

    def take(self) -> str:
        """Return what was said since the last time."""
        said, self._out = "".join(self._out), []
        return said

    def _put(self, words: str) -> None:
        bare = all(c in _STOPS for c in words)
        if bare and (not self.last or self.last in _STOPS):
            return
        if self._breaks and not bare:
            self._out.append(".")
        self._breaks = self.line_begins = False
        if self.last and self._spaced and not bare and not self._gapped:
            self._out.append(" ")
        self._out.append(words)
        self.last = words[-1]
        self._spaced = self._gapped = False

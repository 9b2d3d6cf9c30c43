"""Lets through of a model's text only what is for the ear, as it streams. Pure; knows no model's service.

Markdown, stage directions, notes, labels, calls, JSON, tags and control tokens go; a model that begins to
speak the caller's part is cut off. What comes out does not depend on how the text was cut into pieces: a
decision waits until the text it rests on is there. One does not: a stop behind a plain word ends it at once,
since waiting would cost every sentence the time of a further word.
"""

import re
from typing import Final

from app.adapters.aws.labels import (
    CLOSE,
    HEADER,
    LONG,
    Part,
    balanced,
    begins_their_part,
    call_at,
    close_by,
    closes_hidden,
    closing_of,
    is_data,
    is_direction,
    is_note,
    label_at,
    parted,
)
from app.adapters.aws.wording import Wording, is_rule
from app.flows.sentences import ends_plainly

_SPACE: Final = re.compile(r"\s+")
_WORD: Final = re.compile(r"[^\s<{\[(*`]+")
_BULLET: Final = re.compile(r"[-•–—+]+")
_NUMBER: Final = re.compile(r"\d{1,2}[.)]")
_SENTENCE_ENDS: Final = re.compile(r"[.!?](?=\s)|\n")
_THE_END: Final = ("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|python_tag|>", "<|im_end|>")
_STOPS: Final = ".,!?;:…"
_ENDS: Final = ".!?…"


class Ear:
    """One reply's filter: `feed` it pieces, `end` it once; each gives what may be spoken by now."""

    def __init__(self, locale: str = "en-US") -> None:
        self._wording = Wording(locale)
        self._text = ""
        self._whole = False
        self._is_over = False
        self._line_begins = True
        self._passing: Part | None = None
        self._breaks = False
        self._spaced = self._gapped = False
        self._last = ""
        self._out: list[str] = []

    @property
    def is_over(self) -> bool:
        """Whether nothing that follows is for the ear any more."""
        return self._is_over

    def feed(self, piece: str) -> str:
        """Take more of the text."""
        self._text += piece
        return self._drain()

    def end(self) -> str:
        """Take that no more comes."""
        self._whole = True
        return self._drain()

    def _drain(self) -> str:
        while self._text and not self._is_over:
            used = self._step(self._text)
            if not used:
                break
            self._text = self._text[used:]
        if self._is_over:
            self._text = ""
        said, self._out = "".join(self._out), []
        return said

    def _step(self, text: str) -> int:
        """Deal with what stands first; return how many characters that took, 0 to wait for more."""
        if self._passing is not None:
            return self._pass_by(text, self._passing)
        first = text[0]
        if first not in "<{[(`" and self._begins and not first.isspace():
            label = label_at(text, is_whole=self._whole)
            if label is None:
                return 0
            if label.part is not Part.NONE:
                return self._labelled(label.part, label.length)
        return self._piece(text, first)

    @property
    def _begins(self) -> bool:
        """Whether a line or a sentence begins here."""
        return self._line_begins or (self._spaced and self._last in _ENDS)

    def _labelled(self, part: Part, length: int) -> int:
        self._is_over = part is Part.THEIRS
        self._passing = part if part in {Part.THOUGHT, Part.KEY} else None
        return length

    def _pass_by(self, text: str, part: Part) -> int:
        """Drop the rest of the line, behind a key only of the sentence."""
        self._spaced = True
        end = _SENTENCE_ENDS.search(text)
        if part is Part.THOUGHT or (end and end[0] == "\n"):
            at = text.find("\n")
            if at < 0:
                return len(text)
            self._passing = None
            return at + self._space(text[at:])
        if end:
            self._passing = None
            return end.end()
        return len(text) - (text[-1] in _ENDS and not self._whole)

    def _piece(self, text: str, first: str) -> int:
        if first.isspace():
            return self._space(text)
        match first:
            case "<":
                return self._tag(text)
            case "{":
                return self._enclosed(text, "{", "}")
            case "[":
                return self._bracket(text)
            case "(":
                return self._aside(text)
            case "*":
                return self._emphasis(text)
            case "`":
                return self._code(text)
            case _:
                return self._word(text)

    def _space(self, text: str) -> int:
        found = _SPACE.match(text)
        used = found.end() if found else 1
        if "\n" in text[:used]:
            self._line_begins = True
            self._breaks = self._last.isalnum()
        self._spaced = True
        if self._last and self._last in _ENDS and not self._gapped:
            # Told at once: behind a number it is the space that makes its full stop the sentence's.
            self._gapped = True
            self._out.append(" ")
        return used

    def _tag(self, text: str) -> int:
        if len(text) == 1:
            return 1 if self._whole else 0
        if not (text[1].isalpha() or text[1] in "|/!"):
            return self._drop()
        end = text.find(">", 0, CLOSE)
        if end < 0:
            if self._whole:
                return len(text)
            return 0 if len(text) < CLOSE else 1
        tag = text[: end + 1]
        if tag in _THE_END or (self._last and closes_hidden(tag)):
            self._is_over = True
        closing = closing_of(tag)
        self._spaced = True
        return self._past(text, closing) if closing else len(tag)

    def _past(self, text: str, mark: str) -> int:
        """Drop everything up to and with the mark, or to the end where it never comes."""
        end = text.find(mark)
        if end >= 0:
            self._is_over = self._is_over or (mark == HEADER[1] and text[:end].endswith(">user"))
            return end + len(mark)
        return len(text) if self._whole else 0

    def _enclosed(self, text: str, opening: str, closing: str) -> int:
        """Return where JSON, or a note in such brackets, ends; bounded, so that neither silences a reply."""
        data = is_data(text, is_whole=self._whole)
        if data is None:
            return 0
        bound = LONG if data else CLOSE
        self._spaced = True
        if end := balanced(text[:bound], opening, closing, quotes=data):
            return end
        if data and self._whole and len(text) < bound:
            return len(text)
        return 1 if self._whole or len(text) >= bound else 0

    def _bracket(self, text: str) -> int:
        end = self._enclosed(text, "[", "]")
        if end <= 1:
            return end
        if end == len(text) and not self._whole:
            return 0
        self._spaced = True
        if not text.startswith("(", end):
            return end
        address = text.find(")", end, end + CLOSE)
        if address < 0:
            return end if self._whole or len(text) >= end + CLOSE else 0
        self._say(text[1 : end - 1])
        return address + 1

    def _aside(self, text: str) -> int:
        end = close_by(text, ")")
        if end is None and not self._whole and len(text) < CLOSE:
            return 0
        self._spaced = True
        if not end:
            return 1
        inside = text[1:end].strip()
        if not is_note(inside):
            self._say(inside)
        return end + 1

    def _emphasis(self, text: str) -> int:
        if len(text) == 1 and not self._whole:
            return 0
        if text.startswith("**"):
            return 2
        if len(text) == 1 or text[1].isspace():
            return self._drop()
        end = close_by(text, "*")
        if end is None and not self._whole and len(text) < CLOSE:
            return 0
        if not end:
            return self._drop()
        inside = text[1:end]
        if not is_direction(inside, begins=not self._last or self._last in _ENDS):
            self._say(inside)
        return end + 1

    def _drop(self) -> int:
        self._spaced = True
        return 1

    def _code(self, text: str) -> int:
        if len(text) < 3 and set(text) == {"`"} and not self._whole:  # noqa: PLR2004 - a fence is three
            return 0
        if not text.startswith("```"):
            return 1
        end = text.find("```", 3)
        self._spaced = True
        if end >= 0:
            return end + 3
        return len(text) if self._whole else 0

    def _word(self, text: str) -> int:
        found = _WORD.match(text)
        end = found.end() if found else 1
        if end == len(text) and not self._whole and not ends_plainly(text):
            return 0
        word = text[:end]
        if text.startswith("(", end) and (self._spaced or self._line_begins):
            call = call_at(text, end, is_whole=self._whole)
            if call != 0:
                self._spaced = True
                return call or 0
        ours = parted(word, glued=self._last != "" and self._last in _ENDS and not self._spaced)
        if ours is not None or begins_their_part(word):
            self._is_over = True
            self._say(ours or "")
            return end
        if self._line_begins:
            rest = text[end:].lstrip(" \t")
            if _NUMBER.fullmatch(word) and not rest and not self._whole:
                return 0
            if self._opens_line(word, rest):
                return end
        self._say(word)
        return end

    def _opens_line(self, word: str, rest: str) -> bool:
        """Whether the line's first word is not for the ear: a bullet, a number of a list."""
        if _BULLET.fullmatch(word) or is_rule(word):
            return True
        return bool(_NUMBER.fullmatch(word) and rest and not rest.startswith("\n"))

    def _say(self, text: str) -> None:
        for n, word in enumerate(text.split()):
            self._spaced = self._spaced or n > 0
            if spoken := self._wording.spoken(word):
                self._put(spoken)

    def _put(self, words: str) -> None:
        bare = all(c in _STOPS for c in words)
        if bare and (not self._last or self._last in _STOPS):
            return
        if self._breaks and not bare:
            self._out.append(".")
        self._breaks = self._line_begins = False
        if self._last and self._spaced and not bare and not self._gapped:
            self._out.append(" ")
        self._out.append(words)
        self._last = words[-1]
        self._spaced = self._gapped = False

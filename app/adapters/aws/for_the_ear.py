"""Lets through of a model's text only what is for the ear, as it streams. Pure; knows no model's service.

Markdown, stage directions, notes, labels, calls, JSON, tags and control tokens go; a model that begins to
speak the caller's part is cut off. What comes out does not depend on how the text was cut into pieces: a
decision waits until the text it rests on is there. One does not: a stop behind a plain word ends it at once,
since waiting would cost every sentence the time of a further word.
"""

import re
from typing import Final

from app.adapters.aws import tags
from app.adapters.aws.labels import (
    CLOSE,
    LONG,
    NUMBER,
    balanced,
    begins_their_part,
    call_at,
    close_by,
    is_data,
    is_direction,
    is_note,
    label_at,
    opens_line,
    parted,
)
from app.adapters.aws.orders import is_order, lone_order
from app.adapters.aws.parts import NO_LABEL, Label, Part
from app.adapters.aws.passing import PASSED, passed
from app.adapters.aws.plain_text import PlainText
from app.adapters.aws.roles import begins_theirs
from app.adapters.aws.said import Said
from app.flows.sentences import ends_plainly

_WORD: Final = re.compile(r"[^\s<{\[(*`]+")
_THE_END: Final = ("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|python_tag|>", "<|im_end|>")
_FENCES: Final = ("```", "~~~")
_MOST_UNCLOSED: Final = 50
"""So many brackets are looked for the ends of in vain, each through all that follows; then they are signs."""


class Ear:
    """One reply's filter: `feed` it pieces, `end` it once; each gives what may be spoken by now."""

    def __init__(self, locale: str = "en-US") -> None:
        self._plain = PlainText()
        self._said = Said(locale)
        self._text = ""
        self._whole = False
        self._is_over = False
        self._passing: Part | None = None
        self._unclosed = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing that follows is for the ear any more."""
        return self._is_over

    def feed(self, piece: str) -> str:
        """Take more of the text."""
        self._text += self._plain.feed(piece)
        if not self._plain.is_full:
            return self._drain()
        said = self.end()
        self._is_over = True
        return said

    def end(self) -> str:
        """Take that no more comes."""
        self._text += self._plain.end()
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
        return self._said.take()

    def _step(self, text: str) -> int:
        """Deal with what stands first; return how many characters that took, 0 to wait for more."""
        if self._passing is not None:
            return self._pass_by(text, self._passing)
        first = text[0]
        if first.isspace():
            return self._said.space(text)
        if self._said.begins and first not in "<{[(":
            label = self._label(text, first)
            if label is None:
                return 0
            if label != NO_LABEL:
                self._is_over = label.part is Part.THEIRS
                self._passing = label.part if label.part in PASSED else None
                return label.length
        return self._piece(text, first)

    def _label(self, text: str, first: str) -> Label | None:
        found = lone_order(text, is_whole=self._whole)
        if found != NO_LABEL or first == "`":
            return found
        return label_at(text, is_whole=self._whole, at_line=self._said.line_begins)

    def _pass_by(self, text: str, part: Part) -> int:
        """Drop what a label begins."""
        self._said.gap()
        used, is_over = passed(text, part, is_whole=self._whole)
        if not is_over:
            return used
        self._passing = None
        return used + self._said.space(text[used:])

    def _piece(self, text: str, first: str) -> int:
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
                return self._emphasis(text, first)
            case "_" if len(text) == 1 or text[1].isalpha():
                return self._emphasis(text, first)
            case "`" | "~":
                return self._code(text, first)
            case _:
                return self._word(text)

    def _tag(self, text: str) -> int:
        if len(text) == 1:
            return 1 if self._whole else 0
        if not (text[1].isalpha() or text[1] in "|/!"):
            return self._said.sign()
        end = text.find(">", 0, CLOSE)
        if end < 0:
            if self._whole:
                return len(text)
            return 0 if len(text) < CLOSE else 1
        return self._whole_tag(text, text[: end + 1])

    def _whole_tag(self, text: str, tag: str) -> int:
        theirs = self._is_theirs(tags.name_of(tag), text[len(tag) :])
        used = tags.message_at(text, tag, is_whole=self._whole)
        if theirs is None or used is None:
            return 0
        ends = tag in _THE_END or (self._said.last != "" and tags.closes_hidden(tag))
        self._is_over = ends or theirs or tags.begins_their_message(text)
        hiding = tags.hiding_of(tag)
        self._said.gap()
        return self._past(text, len(tag), hiding) if hiding else used

    def _is_theirs(self, name: str, after: str) -> bool | None:
        """Whether a name in brackets begins the caller's part: so it does where a sentence begins."""
        if not (self._said.begins or self._said.ended):
            return False
        return begins_theirs(name, after, is_whole=self._whole, is_first=not self._said.last)

    def _past(self, text: str, length: int, hiding: tags.Hiding) -> int:
        """Drop everything up to and with the mark that ends what is hidden; `length` is what begins it."""
        end = text.find(hiding.until)
        if end >= 0:
            self._is_over = self._is_over or (hiding.until == tags.HEADER[1] and text[:end].endswith(">user"))
            return end + len(hiding.until)
        if hiding.for_good:
            return len(text) if self._whole else 0
        return length if self._whole or len(text) >= LONG else 0

    def _enclosed(self, text: str, opening: str, closing: str) -> int:
        """Return where JSON, or a note in such brackets, ends; bounded, so that neither silences a reply."""
        data = is_data(text, is_whole=self._whole)
        if self._unclosed > _MOST_UNCLOSED:
            return self._said.sign()
        if data is None:
            return 0
        bound = LONG if data else CLOSE
        self._said.gap()
        if end := balanced(text[:bound], opening, closing, quotes=data):
            return end
        if data and self._whole and len(text) < bound:
            return len(text)
        if not self._whole and len(text) < bound:
            return 0
        self._unclosed += 1
        return 1

    def _bracket(self, text: str) -> int:
        end = self._enclosed(text, "[", "]")
        if end <= 1:
            return end
        theirs = self._is_theirs(text[1 : end - 1], text[end:])
        if theirs is None or (end == len(text) and not self._whole):
            return 0
        self._is_over = theirs
        self._said.gap()
        if hiding := tags.bracket_hiding(text[1 : end - 1]):
            return self._past(text, end, hiding)
        if not text.startswith("(", end):
            return end
        address = text.find(")", end, end + CLOSE)
        if address < 0:
            return end if self._whole or len(text) >= end + CLOSE else 0
        self._said.say(text[1 : end - 1])
        return address + 1

    def _aside(self, text: str) -> int:
        end = close_by(text, ")")
        if end is None and not self._whole and len(text) < CLOSE:
            return 0
        if not end:
            self._said.gap()
            return 1
        theirs = self._is_theirs(text[1:end], text[end + 1 :])
        if theirs is None:
            return 0
        self._is_over = theirs
        self._said.gap()
        inside = text[1:end].strip()
        if not theirs and not is_note(inside):
            self._said.say(inside)
        return end + 1

    def _emphasis(self, text: str, mark: str) -> int:
        if len(text) == 1 and not self._whole:
            return 0
        if text.startswith(mark + mark):
            return 2
        if len(text) == 1 or text[1].isspace():
            return self._said.sign()
        end = close_by(text, mark)
        if end is None and not self._whole and len(text) < CLOSE:
            return 0
        if not end:
            return self._said.sign()
        inside = text[1:end]
        if not is_direction(inside, begins=not self._said.last or self._said.ended):
            self._said.say(inside)
        return end + 1

    def _code(self, text: str, sign: str) -> int:
        if len(text) < 3 and set(text) == {sign} and not self._whole:  # noqa: PLR2004 - a fence is three
            return 0
        if not text.startswith(_FENCES):
            return self._inline(text) if sign == "`" else self._word(text)
        end = text.find(text[:3], 3)
        self._said.gap()
        if end >= 0:
            return end + 3
        return len(text) if self._whole else 0

    def _inline(self, text: str) -> int:
        """A word in code's type is said, an order is not."""
        end = close_by(text, "`")
        if end is None and not self._whole and len(text) < CLOSE:
            return 0
        if not end:
            return 1
        if not is_order(text[1:end]):
            self._said.say(text[1:end])
        return end + 1

    def _word(self, text: str) -> int:
        found = _WORD.match(text)
        end = found.end() if found else 1
        if end >= CLOSE:  # no word is so long
            self._passing = Part.ENDLESS
            return CLOSE
        if end == len(text) and not self._whole and not ends_plainly(text):
            return 0
        word = text[:end]
        if text.startswith("(", end) and (self._said.is_apart or self._said.is_glued):
            bound = LONG if self._unclosed <= _MOST_UNCLOSED else 0
            call = call_at(text, end, is_whole=self._whole, bound=bound)
            if call is None:
                return 0
            if call:
                self._unclosed += call == end + 1
                self._said.gap()
                return call
        ours = parted(word, glued=self._said.is_glued)
        if ours is not None or begins_their_part(word):
            self._is_over = True
            self._said.say(ours or "")
            return end
        if self._said.line_begins:
            rest = text[end:].lstrip(" \t")
            if NUMBER.fullmatch(word) and not rest and not self._whole:
                return 0
            if opens_line(word, rest):
                return end
        self._said.say(word)
        return end

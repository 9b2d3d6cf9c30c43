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
    LONG,
    Part,
    balanced,
    begins_their_part,
    call_at,
    close_by,
    is_data,
    is_direction,
    is_note,
    is_order,
    label_at,
    parted,
)
from app.adapters.aws.plain_text import PlainText
from app.adapters.aws.said import Said
from app.adapters.aws.tags import HEADER, Hiding, bracket_hiding, closes_hidden, hiding_of
from app.adapters.aws.wording import is_rule
from app.flows.sentences import ends_plainly

_WORD: Final = re.compile(r"[^\s<{\[(*`]+")
_BULLET: Final = re.compile(r"[-•–—+]+")
_NUMBER: Final = re.compile(r"\d{1,2}[.)]")
_SENTENCE_STOPS: Final = re.compile(r"[.!?](?=\s)|\n")
_NEXT_SECTION: Final = re.compile(r"\n(?=#)")
_A_SPACE: Final = re.compile(r"\s")
_THE_END: Final = ("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|python_tag|>", "<|im_end|>")
_FENCES: Final = ("```", "~~~")
_MOST_UNCLOSED: Final = 50
"""So many brackets are looked for the ends of in vain, each through all that follows; then they are signs."""

_PASSED: Final = frozenset((Part.THOUGHT, Part.KEY, Part.SECTION, Part.ENDLESS))


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
        if first not in "<{[(`" and self._said.begins and not first.isspace():
            label = label_at(text, is_whole=self._whole, at_line=self._said.line_begins)
            if label is None:
                return 0
            if label.part is not Part.NONE:
                return self._labelled(label.part, label.length)
        return self._said.space(text) if first.isspace() else self._piece(text, first)

    def _labelled(self, part: Part, length: int) -> int:
        self._is_over = part is Part.THEIRS
        self._passing = part if part in _PASSED else None
        return length

    def _pass_by(self, text: str, part: Part) -> int:
        """Drop what a label begins: the rest of the line, of the sentence, of the section, of a word."""
        self._said.gap()
        if part is Part.SECTION:
            return self._pass_to(text, _NEXT_SECTION, keep="\n")
        if part is Part.ENDLESS:
            return self._pass_to(text, _A_SPACE)
        end = _SENTENCE_STOPS.search(text)
        if part is Part.THOUGHT or (end and end[0] == "\n"):
            at = text.find("\n")
            if at < 0:
                return len(text)
            self._passing = None
            return at + self._said.space(text[at:])
        if end:
            self._passing = None
            return end.end()
        return len(text) - (text[-1] in ".!?…" and not self._whole)

    def _pass_to(self, text: str, mark: re.Pattern[str], keep: str = "") -> int:
        """Drop everything in front of the mark; of the text's end, what may be its beginning waits."""
        found = mark.search(text)
        if found:
            self._passing = None
            return found.start() + self._said.space(text[found.start() :])
        return len(text) - (keep != "" and text.endswith(keep) and not self._whole)

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
        tag = text[: end + 1]
        if tag in _THE_END or (self._said.last and closes_hidden(tag)):
            self._is_over = True
        hiding = hiding_of(tag)
        self._said.gap()
        return self._past(text, len(tag), hiding) if hiding else len(tag)

    def _past(self, text: str, length: int, hiding: Hiding) -> int:
        """Drop everything up to and with the mark that ends what is hidden; `length` is what begins it."""
        end = text.find(hiding.until)
        if end >= 0:
            self._is_over = self._is_over or (hiding.until == HEADER[1] and text[:end].endswith(">user"))
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
        if end == len(text) and not self._whole:
            return 0
        self._said.gap()
        if hiding := bracket_hiding(text[1 : end - 1]):
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
        self._said.gap()
        if not end:
            return 1
        inside = text[1:end].strip()
        if not is_note(inside):
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
            call = call_at(text, end, is_whole=self._whole)
            if call != 0:
                self._said.gap()
                return call or 0
        ours = parted(word, glued=self._said.is_glued)
        if ours is not None or begins_their_part(word):
            self._is_over = True
            self._said.say(ours or "")
            return end
        if self._said.line_begins:
            rest = text[end:].lstrip(" \t")
            if _NUMBER.fullmatch(word) and not rest and not self._whole:
                return 0
            if _opens_line(word, rest):
                return end
        self._said.say(word)
        return end


def _opens_line(word: str, rest: str) -> bool:
    """Whether the line's first word is not for the ear: a bullet, a number of a list."""
    if _BULLET.fullmatch(word) or is_rule(word):
        return True
    return bool(_NUMBER.fullmatch(word) and rest and not rest.startswith("\n"))

"""Lets through of a model's text only what is for the ear, as it streams. Pure; knows no model's service.

Markdown, stage directions, JSON, tags and control tokens go; addresses are read as a person would; a model
that begins to speak the caller's part is cut off. What comes out does not depend on how the text was cut
into pieces: a decision waits until the text it rests on is there. One does not: a stop behind a plain word
ends it at once, since waiting would cost every sentence the time of a further word.
"""

import re
import unicodedata
from typing import Final

_SPACE: Final = re.compile(r"\s+")
_WORD: Final = re.compile(r"[^\s<{\[(*`]+")
_ENDED: Final = re.compile(r"[^\W\d_]{4,}\.|[^\W\d_]{2,}[!?]")
_LABEL: Final = re.compile(r"[\"'_#>]*([^\W\d_]+)[_]*:[\"'_]*")
_OURS: Final = frozenset(
    ("assistant", "agent", "bot", "ai", "interviewer", "system", "host", "asistente", "agente", "sistema")
)
_THEIRS: Final = frozenset(
    ("caller", "user", "customer", "human", "client", "llamante", "usuario", "cliente")
)
_BULLET: Final = re.compile(r"[-•–—+]+")
_RULE: Final = re.compile(r"[-=_~#|>\\^]+")
_NUMBER: Final = re.compile(r"\d{1,2}[.)]")
_ADDRESS: Final = re.compile(
    r"(?:https?://|www\.)(?:[^/@\s]*@)?(?:www\.)?([^\s/:?#,;!\"']+)\S*", re.IGNORECASE
)
_MAIL: Final = re.compile(r"([\w.+-]+)@([\w-]+(?:\.[\w-]+)+)")
_TAIL: Final = re.compile(r"[.,;:!?\"')\]]+$")
_SOFT: Final = re.compile(r"[_#~|^=<>{}\[\]()*`\\]")
_GAP: Final = re.compile(r" ([.,!?;:…])")
_ACTION: Final = re.compile(r"[a-z]+s(?: [a-z ]*)?")
_ASIDE: Final = re.compile(r"[^\W\d_]+(?: [^\W\d_]+){0,3}")
_SILENT: Final = frozenset(("So", "Co", "Cn", "Cc", "Cs"))
_HIDDEN: Final = (
    "think",
    "thinking",
    "reasoning",
    "tool_call",
    "function_call",
    "function",
    "tool",
    "script",
)
_THE_END: Final = ("<|eot_id|>", "<|eom_id|>", "<|end_of_text|>", "<|python_tag|>", "<|im_end|>")
_HEADER: Final = ("<|start_header_id|>", "<|end_header_id|>")
_NAMES: Final = {"es": ("punto", "arroba"), "fr": ("point", "arobase"), "de": ("Punkt", "ät")}
_CLOSE: Final = 300
"""Characters within which a tag, an aside or an emphasis is closed, if it is one."""

_STOPS: Final = ".,!?;:…"


class Ear:
    """One reply's filter: `feed` it pieces, `end` it once; each gives what may be spoken by now."""

    def __init__(self, locale: str = "en-US") -> None:
        self._dot, self._at = _NAMES.get(locale.partition("-")[0].lower(), ("dot", "at"))
        self._text = ""
        self._whole = False
        self._is_over = False
        self._line_begins = True
        self._breaks = False
        self._spaced = False
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
        first = text[0]
        if first.isspace():
            return self._space(text)
        match first:
            case "<":
                return self._tag(text)
            case "{":
                return self._json(text)
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
        return used

    def _tag(self, text: str) -> int:
        if len(text) == 1:
            return 1 if self._whole else 0
        if not (text[1].isalpha() or text[1] in "|/!"):
            return self._drop()
        end = text.find(">", 0, _CLOSE)
        if end < 0:
            if self._whole:
                return len(text)
            return 0 if len(text) < _CLOSE else 1
        tag = text[: end + 1]
        if tag in _THE_END:
            self._is_over = True
        closing = _closing(tag)
        self._spaced = True
        return self._past(text, closing) if closing else len(tag)

    def _past(self, text: str, mark: str) -> int:
        """Drop everything up to and with the mark, or to the end where it never comes."""
        end = text.find(mark)
        if end >= 0:
            return end + len(mark)
        return len(text) if self._whole else 0

    def _json(self, text: str) -> int:
        self._spaced = True
        return _balanced(text, "{", "}") or (len(text) if self._whole else 0)

    def _bracket(self, text: str) -> int:
        end = _balanced(text, "[", "]")
        if not end:
            return len(text) if self._whole else 0
        if end == len(text) and not self._whole:
            return 0
        self._spaced = True
        if not text.startswith("(", end):
            return end
        address = text.find(")", end)
        if address < 0:
            return len(text) if self._whole else 0
        self._say(text[1 : end - 1])
        return address + 1

    def _aside(self, text: str) -> int:
        end = _close_by(text, ")")
        if end is None and not self._whole and len(text) < _CLOSE:
            return 0
        self._spaced = True
        if not end:
            return 1
        inside = text[1:end].strip()
        if not _ASIDE.fullmatch(inside):
            self._say(inside)
        return end + 1

    def _emphasis(self, text: str) -> int:
        if len(text) == 1 and not self._whole:
            return 0
        if text.startswith("**"):
            return 2
        if len(text) == 1 or text[1].isspace():
            return self._drop()
        end = _close_by(text, "*")
        if end is None and not self._whole and len(text) < _CLOSE:
            return 0
        if not end:
            return self._drop()
        inside = text[1:end]
        if not _ACTION.fullmatch(inside):
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
        if end == len(text) and not self._whole and not _ENDED.fullmatch(text):
            return 0
        word = text[:end]
        if self._line_begins:
            rest = text[end:].lstrip(" \t")
            if _NUMBER.fullmatch(word) and not rest and not self._whole:
                return 0
            if self._opens_line(word, rest):
                return end
        self._say(word)
        return end

    def _opens_line(self, word: str, rest: str) -> bool:
        """Whether the line's first word is not for the ear: a label, a bullet, a number of a list."""
        if _BULLET.fullmatch(word) or _RULE.fullmatch(word):
            return True
        if _NUMBER.fullmatch(word):
            return bool(rest) and not rest.startswith("\n")
        label = _LABEL.fullmatch(word)
        if label is None:
            return False
        who = label[1].lower()
        self._is_over = who in _THEIRS
        return self._is_over or who in _OURS

    def _say(self, text: str) -> None:
        for n, word in enumerate(text.split()):
            self._spaced = self._spaced or n > 0
            if spoken := self._spoken(word):
                self._put(spoken)

    def _spoken(self, word: str) -> str:
        if _RULE.fullmatch(word):
            return ""
        tail = _TAIL.search(word)
        core, end = (word[: tail.start()], tail[0]) if tail else (word, "")
        if address := _ADDRESS.fullmatch(core):
            word = address[1].replace(".", f" {self._dot} ") + end
        elif mail := _MAIL.fullmatch(core):
            word = f"{mail[1]} {self._at} {mail[2]}".replace(".", f" {self._dot} ") + end
        plain = "".join(c for c in _SOFT.sub(" ", word) if unicodedata.category(c) not in _SILENT)
        return _GAP.sub(r"\1", " ".join(plain.replace("\ufe0f", "").split()))

    def _put(self, words: str) -> None:
        bare = all(c in _STOPS for c in words)
        if bare and (not self._last or self._last in _STOPS):
            return
        if self._breaks and not bare:
            self._out.append(".")
        self._breaks = self._line_begins = False
        if self._last and self._spaced and not bare:
            self._out.append(" ")
        self._out.append(words)
        self._last = words[-1]
        self._spaced = False


def _closing(tag: str) -> str:
    """Return the mark up to which a tag's content is no speech either, empty where it may be."""
    if tag == _HEADER[0]:
        return _HEADER[1]
    name = re.match(r"<(\w+)", tag)
    return f"</{name[1]}>" if name and name[1].lower() in _HIDDEN else ""


def _close_by(text: str, mark: str) -> int | None:
    """Return where the mark closes what begins the text, on its line; 0 when not; None if undecided yet."""
    line = text.find("\n", 0, _CLOSE)
    end = text.find(mark, 1, _CLOSE if line < 0 else line)
    if end > 0:
        return end
    return None if line < 0 else 0


def _balanced(text: str, opening: str, closing: str) -> int:
    """Return the end of what begins with an opening bracket, 0 when it is not there; texts in quotes hide."""
    depth, quoted, escaped = 0, False, False
    for index, char in enumerate(text):
        if escaped:
            escaped = False
        elif quoted:
            quoted, escaped = char != '"', char == "\\"
        elif char == '"':
            quoted = True
        elif char in {opening, closing}:
            depth += 1 if char == opening else -1
            if not depth:
                return index + 1
    return 0

"""What in a model's text is none of its speech, by its shape: labels, calls, notes, stage directions. Pure.

Looks at the text's head only; what is heard of it is decided where it is streamed.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Part(StrEnum):
    """What a label begins: the bot's own words, the caller's, or what is neither.

    That is a line, behind a key a sentence, under a heading a section; or it is a word without an end.
    """

    OURS = "ours"
    THEIRS = "theirs"
    THOUGHT = "thought"
    KEY = "key"
    SECTION = "section"
    ENDLESS = "endless"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Label:
    """A label's part, and the characters that it takes itself."""

    part: Part
    length: int = 0


CLOSE: Final = 300
"""Characters within which a tag, an aside or an emphasis is closed, if it is one."""

LONG: Final = 2_000
"""The same for what has the shape of JSON or of a call: longer than a whole reply may be."""

_NO_LABEL: Final = Label(Part.NONE)
_WORDS: Final = {
    Part.OURS: "assistant agent bot ai interviewer host asistente agente answer response reply respuesta",
    Part.THEIRS: "caller user customer human client patient guest llamante usuario cliente paciente",
    Part.THOUGHT: "system sistema reasoning rationale thought thoughts thinking analysis internal plan note"
    " notes scratchpad razonamiento pensamiento nota observation prompt",
    Part.KEY: "exit goto tool function action intent values output input json status salida",
}
_PARTS: Final = {word: part for part, words in _WORDS.items() for word in words.split()}
_PAIRS: Final = {
    "action input": Part.KEY,
    "final answer": Part.OURS,
    "system prompt": Part.THOUGHT,
    "tool call": Part.KEY,
    "function call": Part.KEY,
}
_FIRST_OF_PAIR: Final = frozenset(pair.split()[0] for pair in _PAIRS)
_SECOND: Final = re.compile(r"[ \t]([A-Za-z]+)")
_SECOND_SO_FAR: Final = re.compile(r"[ \t][A-Za-z]{0,6}")
_HEAD: Final = re.compile(r"(?:#{1,6}[ \t]+)?[\"'_#>*]*([^\W\d_]+(?:_[^\W_]+)*)?")
_QUOTED: Final = re.compile(r"([\"'])\w[\w -]{0,40}\1[ \t]{0,3}:")
_QUOTED_SO_FAR: Final = re.compile(r"[\"'](?:\w[\w -]{0,40}(?:[\"'][ \t]{0,3})?)?")
_COMMENT: Final = re.compile(r"//")
_ROLE: Final = re.compile(
    r"[*_\"']{0,4}(?:[ \t]{1,3}[A-Z][\w-]{0,30})?[ \t]{0,3}(?:\([^()\n]{0,40}\))?[*_\"' \t]{0,4}:[*_\"']*"
)
_ROLE_SO_FAR: Final = re.compile(
    r"[*_\"']{0,4}(?:[ \t]{1,3}(?:[A-Z][\w-]{0,30})?)?[ \t]{0,3}(?:\([^()\n]{0,40}\)?)?[*_\"' \t]{0,4}"
)
_OTHER: Final = re.compile(r"[*_\"' \t]{0,4}:[*_\"']*")
_OTHER_SO_FAR: Final = re.compile(r"[*_\"' \t]{0,4}")
_KEYED: Final = re.compile(r"[*_\"' \t]{0,4}[:=][*_\"']*")
_ALONE: Final = re.compile(r"[ \t]{0,3}\n")
_HEADS: Final = re.compile(r"[*_: \t]{0,6}\n")
_HEADS_SO_FAR: Final = re.compile(r"[*_: \t]{0,6}")
_IS: Final = re.compile(r"[ \t]{0,3}=")
_IS_SO_FAR: Final = re.compile(r"[ \t]{0,3}")
_MIDWAY: Final = re.compile(r"([A-Z][a-z]+):")
_GLUED: Final = re.compile(r"((?:.*[.!?…][\"'”’)]*)?)(?:assistant|user|system)")
_NAME: Final = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*")
_KEYWORD: Final = re.compile(r"\w+\s*=")
_KEYWORD_SO_FAR: Final = re.compile(r"\w{0,60}\s{0,9}")
_NOTE: Final = re.compile(r"[A-Z]|[^\d]*$|\w+:")
_ACTION: Final = re.compile(r"[a-z]+s(?: [a-z ]*)?")
_GESTURE: Final = re.compile(
    r"\b(?:sigh|laugh|chuckl|paus|smil|nod|giggl|gasp|cough|whisper|breath)\w*", re.IGNORECASE
)
_DATA: Final = re.compile(r"[{\[]\s*[{\[\"'}\]]")
_DATA_SO_FAR: Final = re.compile(r"[{\[]\s{0,20}")


def label_at(text: str, *, is_whole: bool, at_line: bool) -> Label | None:
    """Return the label that begins a sentence, `at_line` a line; None while more is needed to tell."""
    if at_line and (found := _sign(text, is_whole=is_whole)) != _NO_LABEL:
        return found
    head = _HEAD.match(text)
    name = (head[1] if head else None) or ""
    rest = text[head.end() :] if head else ""
    if not rest:
        return _NO_LABEL if is_whole else None
    part = _PARTS.get(name.lower())
    if name.lower() in _FIRST_OF_PAIR:
        second = _SECOND.match(rest)
        if not is_whole and _SECOND_SO_FAR.fullmatch(rest):
            return None
        if second and (paired := _PAIRS.get(f"{name} {second[1]}".lower())):
            part, rest = paired, rest[second.end() :]
    if part is None:
        return _key(name, text, rest, is_whole=is_whole, at_line=at_line)
    return _named(part, name, text, rest, is_whole=is_whole, at_line=at_line)


def _sign(text: str, *, is_whole: bool) -> Label | None:
    """Return what a sign at the line's beginning says: a comment, or the first key of an object."""
    if _COMMENT.match(text) or _QUOTED.match(text):
        return Label(Part.THOUGHT, 1)
    if not is_whole and (text == "/" or _QUOTED_SO_FAR.fullmatch(text)):
        return None
    return _NO_LABEL


def _named(part: Part, name: str, text: str, rest: str, *, is_whole: bool, at_line: bool) -> Label | None:
    """Return the label that begins with a word that is known for one."""
    told = len(text) - len(rest)
    is_role = part in {Part.OURS, Part.THEIRS}
    if is_role and name.islower() and _ALONE.match(rest):
        return Label(part, told)
    if at_line and text.startswith("#"):
        if _HEADS.match(rest):
            return Label(part if is_role else Part.SECTION, told)
        if not is_whole and _HEADS_SO_FAR.fullmatch(rest):
            return None
    if part is Part.KEY and at_line and (name.isupper() or text.startswith(f"#{name}")):
        return Label(part, told)
    if part is Part.KEY:
        return _matched(part, text, rest, _KEYED, _OTHER_SO_FAR, is_whole=is_whole)
    whole, so_far = (_ROLE, _ROLE_SO_FAR) if is_role else (_OTHER, _OTHER_SO_FAR)
    return _matched(part, text, rest, whole, so_far, is_whole=is_whole)


def _key(name: str, text: str, rest: str, *, is_whole: bool, at_line: bool) -> Label | None:
    """A word that no sentence begins with is a key where a sign shows it: `wait_minutes: 5`, `name = x`."""
    if "_" in name or (at_line and name.islower()):
        found = _matched(Part.KEY, text, rest, _KEYED, _OTHER_SO_FAR, is_whole=is_whole)
        if found != _NO_LABEL:
            return found
    if not name.islower():
        return _NO_LABEL
    return _matched(Part.KEY, text, rest, _IS, _IS_SO_FAR, is_whole=is_whole)


def _matched(
    part: Part, text: str, rest: str, whole: re.Pattern[str], so_far: re.Pattern[str], *, is_whole: bool
) -> Label | None:
    found = whole.match(rest)
    if found and (found.end() < len(rest) or is_whole):
        return Label(part, len(text) - len(rest) + found.end())
    if found or (not is_whole and so_far.fullmatch(rest)):
        return None
    return _NO_LABEL


def begins_their_part(word: str) -> bool:
    """Whether a word in the middle of a sentence is a label of the caller's words (`Caller:`)."""
    found = _MIDWAY.fullmatch(word)
    return found is not None and _PARTS.get(found[1].lower()) is Part.THEIRS


def parted(word: str, *, glued: bool) -> str | None:
    """Return what of a word stands before a role that a template left behind (`Hello.assistant`), or None.

    `glued`: the word follows a stop without a space, which may have been told already.
    """
    found = _GLUED.fullmatch(word)
    return None if found is None or not (found[1] or glued) else found[1]


def call_at(text: str, opening: int, *, is_whole: bool) -> int | None:
    """Return the length of a call like `name(key=1)`, 0 where it is none, None while one cannot tell."""
    name, inside = text[:opening], text[opening + 1 :].lstrip()
    if not _NAME.fullmatch(name):
        return 0
    if "_" not in name and not inside.startswith(("{", "[", '"', "'", ")")):
        if not is_whole and _KEYWORD_SO_FAR.fullmatch(inside):
            return None
        if not _KEYWORD.match(inside):
            return 0
    if end := balanced(text[opening:LONG], "(", ")"):
        return opening + end
    if is_whole and len(text) < LONG:
        return len(text)
    return opening + 1 if len(text) >= LONG else None


def is_data(text: str, *, is_whole: bool) -> bool | None:
    """Whether a bracket opens JSON and no note; None while one cannot tell."""
    if not is_whole and _DATA_SO_FAR.fullmatch(text):
        return None
    return _DATA.match(text) is not None


def is_note(inside: str) -> bool:
    """Whether what stands in parentheses is a remark to nobody; lower-case text with a figure is told."""
    return _NOTE.match(inside) is not None


def is_order(inside: str) -> bool:
    """Whether what stands in code's type is for a machine: a key, a call, a setting."""
    first = inside.split(maxsplit=1)[0] if inside.strip() else ""
    return _PARTS.get(first.rstrip(":").lower()) is Part.KEY or any(sign in inside for sign in "(={")


def is_direction(inside: str, *, begins: bool) -> bool:
    """Whether emphasised text says what somebody does; in lower case no sentence begins."""
    return bool(_ACTION.fullmatch(inside) or _GESTURE.search(inside) or (begins and inside[:1].islower()))


def balanced(text: str, opening: str, closing: str, *, quotes: bool = True) -> int:
    """Return the end of what begins with an opening bracket, 0 when it is not there; quotes hide brackets."""
    depth, quoted, escaped = 0, False, False
    for index, char in enumerate(text):
        if escaped:
            escaped = False
        elif quoted:
            quoted, escaped = char != '"', char == "\\"
        elif char == '"' and quotes:
            quoted = True
        elif char in {opening, closing}:
            depth += 1 if char == opening else -1
            if not depth:
                return index + 1
    return 0


def close_by(text: str, mark: str) -> int | None:
    """Return where the mark closes what begins the text, on its line; 0 when not; None if undecided yet."""
    line = text.find("\n", 0, CLOSE)
    end = text.find(mark, 1, CLOSE if line < 0 else line)
    if end > 0:
        return end
    return None if line < 0 else 0

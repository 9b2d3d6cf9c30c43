"""What in a model's text is none of its speech, by its shape: labels, calls, notes, stage directions. Pure.

Looks at the text's head only; what is heard of it is decided where it is streamed.
"""

import re
from typing import Final

from app.adapters.aws.parts import NO_LABEL, Label, Part, part_of, part_of_phrase, phrase_at
from app.adapters.aws.roles import reported
from app.adapters.aws.wording import is_rule

CLOSE: Final = 300
"""Characters within which a tag, an aside or an emphasis is closed, if it is one."""

LONG: Final = 2_000
"""The same for what has the shape of JSON or of a call: longer than a whole reply may be."""

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
_PHRASED: Final = re.compile(r"[*_\"' \t]{0,4}(?::|[-–—]{1,2}[ \t])[*_\"']*")
_PHRASED_SO_FAR: Final = re.compile(r"[*_\"' \t]{0,4}[-–—]{0,2}")
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
_BULLET: Final = re.compile(r"[-•–—+]+")
NUMBER: Final = re.compile(r"\d{1,2}[.)]")
"""What numbers an item of a list."""

_NOTE: Final = re.compile(r"[A-Z]|[^\d]*$|\w+:")
_TIMED: Final = re.compile(
    r"(?:[a-z]+ly )?(?:(?:hace una )?pausa\b|paus(?:e|es|ing)\b(?: \w+)? \d|"
    r"(?:waits|sighs|laughs|chuckles|smiles|nods|giggles|gasps|whispers)\b)|.{0,40}\bpause$"
)
_ACTION: Final = re.compile(r"[a-z]+s(?: [a-z ]*)?")
_GESTURE: Final = re.compile(
    r"\b(?:sigh|laugh|chuckl|paus|smil|nod|giggl|gasp|cough|whisper|breath)\w*", re.IGNORECASE
)
_DATA: Final = re.compile(r"[{\[]\s*[{\[\"'}\]]")
_DATA_SO_FAR: Final = re.compile(r"[{\[]\s{0,20}")


def label_at(text: str, *, is_whole: bool, at_line: bool) -> Label | None:
    """Return the label that begins a sentence, `at_line` a line; None while more is needed to tell."""
    if at_line and (found := _sign(text, is_whole=is_whole)) != NO_LABEL:
        return found
    head = _HEAD.match(text)
    name = (head[1] if head else None) or ""
    rest = text[head.end() :] if head else ""
    if rest in {"", "_"}:
        return NO_LABEL if is_whole else None
    theirs = reported(text, is_whole=is_whole)
    if theirs != NO_LABEL:
        return theirs
    part = part_of(name)
    more = phrase_at(name, rest, is_whole=is_whole)
    if more is None:
        return None
    if more:
        name, rest = name + more, rest[len(more) :]
        part = part_of_phrase(name)
    if part is None:
        return _key(name, text, rest, is_whole=is_whole, at_line=at_line)
    return _named(part, name, text, rest, is_whole=is_whole, at_line=at_line)


def _sign(text: str, *, is_whole: bool) -> Label | None:
    """Return what a sign at the line's beginning says: a comment, a table, the first key of an object."""
    if _COMMENT.match(text) or _QUOTED.match(text) or text.startswith("|"):
        return Label(Part.THOUGHT, 1)
    if not is_whole and (text == "/" or _QUOTED_SO_FAR.fullmatch(text)):
        return None
    return NO_LABEL


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
    if part is Part.THOUGHT and " " in name:
        whole, so_far = _PHRASED, _PHRASED_SO_FAR
    return _matched(part, text, rest, whole, so_far, is_whole=is_whole)


def _key(name: str, text: str, rest: str, *, is_whole: bool, at_line: bool) -> Label | None:
    """A word that no sentence begins with is a key where a sign shows it: `wait_minutes: 5`, `name = x`."""
    if "_" in name or (at_line and name.islower()):
        found = _matched(Part.KEY, text, rest, _KEYED, _OTHER_SO_FAR, is_whole=is_whole)
        if found != NO_LABEL:
            return found
    if not name.islower():
        return NO_LABEL
    return _matched(Part.KEY, text, rest, _IS, _IS_SO_FAR, is_whole=is_whole)


def _matched(
    part: Part, text: str, rest: str, whole: re.Pattern[str], so_far: re.Pattern[str], *, is_whole: bool
) -> Label | None:
    found = whole.match(rest)
    if found and (found.end() < len(rest) or is_whole):
        return Label(part, len(text) - len(rest) + found.end())
    if found or (not is_whole and so_far.fullmatch(rest)):
        return None
    return NO_LABEL


def begins_their_part(word: str) -> bool:
    """Whether a word in the middle of a sentence is a label of the caller's words (`Caller:`)."""
    found = _MIDWAY.fullmatch(word)
    return found is not None and part_of(found[1]) is Part.THEIRS


def parted(word: str, *, glued: bool) -> str | None:
    """Return what of a word stands before a role that a template left behind (`Hello.assistant`), or None.

    `glued`: the word follows a stop without a space, which may have been told already.
    """
    found = _GLUED.fullmatch(word)
    return None if found is None or not (found[1] or glued) else found[1]


def call_at(text: str, opening: int, *, is_whole: bool, bound: int = LONG) -> int | None:
    """Return the length of a call like `name(key=1)`, 0 where it is none, None while one cannot tell.

    Its end is looked for within `bound` characters; where it is not, only the call's beginning is taken.
    """
    name, inside = text[:opening], text[opening + 1 :].lstrip()
    if not _NAME.fullmatch(name):
        return 0
    if "_" not in name and not inside.startswith(("{", "[", '"', "'", ")")):
        if not is_whole and _KEYWORD_SO_FAR.fullmatch(inside):
            return None
        if not _KEYWORD.match(inside):
            return 0
    if end := balanced(text[opening:bound], "(", ")"):
        return opening + end
    if is_whole and len(text) < bound:
        return len(text)
    return opening + 1 if len(text) >= bound else None


def opens_line(word: str, rest: str) -> bool:
    """Whether the line's first word is not for the ear: a bullet, a number of a list."""
    if _BULLET.fullmatch(word) or is_rule(word):
        return True
    return bool(NUMBER.fullmatch(word) and rest and not rest.startswith("\n"))


def is_data(text: str, *, is_whole: bool) -> bool | None:
    """Whether a bracket opens JSON and no note; None while one cannot tell."""
    if not is_whole and _DATA_SO_FAR.fullmatch(text):
        return None
    return _DATA.match(text) is not None


def is_note(inside: str) -> bool:
    """Whether what stands in parentheses is a remark to nobody.

    Lower-case text with a figure is told, unless it directs (`pauses 2 seconds`).
    """
    return _NOTE.match(inside) is not None or _TIMED.match(inside) is not None


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

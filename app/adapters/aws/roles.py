"""Whose words follow, where a model tells it otherwise than by `Caller:`. Pure.

A name in brackets or in a tag, a dash, or a verb: so scripts and minutes are written. What only mentions the
caller is no such label: `the caller said he waited`, `[Customer], welcome`.
"""

import re
from typing import Final

from app.adapters.aws.parts import NO_LABEL, THEIR_NAMES, Label, Part, begins_one, part_of

_LEAD: Final = re.compile(
    r"(?:#{1,6}[ \t]+)?[\"'_#>*]*(?:(?:the|el|la)[ \t]{1,3})?([^\W\d_]*)", re.IGNORECASE
)
_VERBS: Final = (
    "said says replied replies answered answers responded responds asked asks wrote response reply answer"
    " input words dijo dice respondió responde contestó contesta respuesta"
)
_SAYS: Final = re.compile(
    rf"(?:(?:['’]s)?[ \t]{{1,3}}(?:{'|'.join(_VERBS.split())}))?,?[*_\"' \t]{{0,4}}:[*_\"']*", re.IGNORECASE
)
_SAYS_SO_FAR: Final = re.compile(
    r"(?:['’](?:s(?:[ \t]{1,3}[a-zó]{0,9})?)?|[ \t]{1,3}[a-zó]{0,9})?,?[*_\"' \t]{0,4}", re.IGNORECASE
)
_DASH: Final = re.compile(r"[*_]{0,4}[ \t]{1,3}[-–—]{1,2}[ \t]{1,3}(?=[\"“'¿¡A-ZÁÉÍÓÚÑ])")
_DASH_SO_FAR: Final = re.compile(r"[*_]{0,4}[ \t]{1,3}[-–—]{0,2}[ \t]{0,3}")
_ARTICLE: Final = r"(?:(?:the|el|la)[ \t]+)?"
_NAMED: Final = re.compile(rf"{_ARTICLE}([^\W\d_]+)(?:[ \t]*\d{{1,3}})?[ \t]*:?", re.IGNORECASE)
_DESCRIBED: Final = re.compile(rf"{_ARTICLE}([^\W\d_]+)[ \t]*[,(–—-].*", re.IGNORECASE | re.DOTALL)
_STOPS: Final = ".,;!?'’)…("


def reported(text: str, *, is_whole: bool) -> Label | None:
    """Return the label of the caller's words with who said them (`The caller: ...`, `Caller said: ...`).

    None while more is needed to tell.
    """
    lead = _LEAD.match(text)
    name, rest = (lead[1].lower(), text[lead.end() :]) if lead else ("", text)
    if not rest:
        return None if not is_whole and begins_one(THEIR_NAMES, name) else NO_LABEL
    if part_of(name) is not Part.THEIRS:
        return NO_LABEL
    for found in (_SAYS.match(rest), _DASH.match(rest)):
        if found and (found.end() < len(rest) or is_whole):
            return Label(Part.THEIRS, len(text) - len(rest) + found.end())
    may_come = _SAYS_SO_FAR.fullmatch(rest) or _DASH_SO_FAR.fullmatch(rest) or _SAYS.fullmatch(rest)
    return None if may_come and not is_whole else NO_LABEL


def begins_theirs(inside: str, after: str, *, is_whole: bool, is_first: bool) -> bool | None:
    """Whether a name in brackets begins the caller's words (`[Caller]: I waited`).

    None while one cannot tell. `is_first`: nothing was said before it. There a sentence may begin with a name
    that is to be filled in.
    """
    name = inside.strip(" \t*_\"'")
    full = _NAMED.fullmatch(name)
    found = full or _DESCRIBED.fullmatch(name)
    if found is None or part_of(found[1]) is not Part.THEIRS:
        return False
    mark = after.lstrip(" \t")[:1]
    if not mark:
        return False if is_whole else None
    if mark in ":-–—*\n":
        return mark == ":" or full is not None
    if full is None or mark in _STOPS:
        return False
    return not after[0].isspace() or not (is_first and mark.islower())

"""Cuts a prompt's text into sentences, the unit of synthesis and of the prompt cache.

Knows punctuation and common abbreviations; knows no flow. In doubt it does not cut: two sentences in
one utterance sound right, half a sentence does not.
"""

import re
from typing import Final

_STOP: Final = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』”’]*")
_TWO_DOTS: Final = re.compile(r"(?<![.\s])\.\.$")
_LAST_WORD: Final = re.compile(r"[^\s(\[\"'“‘«¿¡]+$")
_NEXT_WORD: Final = re.compile(r"\s*[\"'“‘«(\[]*(\S?)")

_TITLES: Final = frozenset(
    (
        "mr",
        "mrs",
        "ms",
        "dr",
        "prof",
        "st",
        "sr",
        "sra",
        "srta",
        "dra",
        "lic",
        "ing",
        "gral",
        "mt",
        "rev",
        "gen",
        "col",
        "capt",
        "sgt",
    )
)
"""Abbreviations that a name follows: never the end of a sentence."""

_NUMBERED: Final = frozenset(("no", "núm", "nr", "tel", "ext", "approx", "ca", "vs", "fig", "ref", "sec"))
"""Abbreviations that end no sentence when a digit follows; `no` alone may be the word."""

_DOTTED: Final = re.compile(r"(?:\w\.)+\w?", re.UNICODE)
"""Single letters with dots: `a.m`, `e.g`, `U.S`, the initial of a name."""


def split_sentences(text: str) -> tuple[str, ...]:
    """Return the sentences in order, spaces made single.

    A piped "10 a.m." before the sentence's own full stop ends it with one dot, not two.
    """
    text = " ".join(text.split())
    sentences: list[str] = []
    start = 0
    for stop in _STOP.finditer(text):
        if _is_end(text, stop.start(), stop.end(), stop[0]):
            sentences.append(_TWO_DOTS.sub(".", text[start : stop.end()].strip()))
            start = stop.end()
    if rest := text[start:].strip():
        sentences.append(_TWO_DOTS.sub(".", rest))
    return tuple(sentences)


def _is_end(text: str, stop: int, after: int, mark: str) -> bool:
    following = _next_character(text, after)
    if following.islower():
        return False
    if not mark.startswith(".") or mark.startswith(".."):
        return True
    word = _LAST_WORD.search(text[:stop])
    last = word[0].lower() if word else ""
    if last in _TITLES or (last in _NUMBERED and following.isdigit()):
        return False
    return not (_DOTTED.fullmatch(last + ".") and not last.isdigit())


def _next_character(text: str, index: int) -> str:
    found = _NEXT_WORD.match(text, index)
    return found[1] if found else ""

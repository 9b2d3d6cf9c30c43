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


_PLAIN_END: Final = re.compile(r"(?:^|\s)(?:([^\W\d_]{4,})\.|[^\W\d_]{2,}[!?])\s*$")
"""A stop behind a whole word that is no abbreviation by its length; short ones may be (`Inc.`)."""


def split_sentences(text: str) -> tuple[str, ...]:
    """Return the sentences in order, spaces made single.

    A piped "10 a.m." before the sentence's own full stop ends it with one dot, not two.
    """
    whole, rest = _cut(" ".join(text.split()), len(text))
    return (*whole, _tidy(rest)) if rest.strip() else tuple(whole)


def take_sentences(text: str) -> tuple[tuple[str, ...], str]:
    """Return the sentences at the head of a text that still grows, and the rest as it came.

    A stop that nothing follows yet may turn out to be none, so its sentence waits, except behind a plain
    word: there it is an end nearly always, and waiting would cost every reply the time of a further word.
    """
    whole, rest = _cut(text, len(text.rstrip()))
    last = _PLAIN_END.search(rest)
    if last and (last[1] or "").lower() not in _TITLES | _NUMBERED:
        return (*whole, _tidy(rest)), ""
    return tuple(whole), rest


def _cut(text: str, until: int) -> tuple[list[str], str]:
    """Cut at the ends of sentences that lie before `until`."""
    sentences: list[str] = []
    start = 0
    for stop in _STOP.finditer(text):
        if stop.end() < until and _is_end(text, stop.start(), stop.end(), stop[0]):
            sentences.append(_tidy(text[start : stop.end()]))
            start = stop.end()
    return sentences, text[start:]


def _tidy(sentence: str) -> str:
    return _TWO_DOTS.sub(".", " ".join(sentence.split()))


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

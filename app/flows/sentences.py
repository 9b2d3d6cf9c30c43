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


_PLAIN: Final = re.compile(r"([^\W\d_]+)\.|[^\W\d_]{2,}[!?]|\d+[!?]")
_LONG: Final = 4
"""So long a word is no abbreviation; a shorter one may be (`Inc.`)."""

_CLOSING: Final = frozenset(
    (
        *("all", "bye", "day", "do", "for", "her", "him", "in", "it", "me", "now", "off", "old", "on", "one"),
        *("out", "own", "so", "to", "too", "two", "up", "us", "way", "yes", "yet", "you"),
        *(
            "así",
            "día",
            "dos",
            "fin",
            "hoy",
            "mal",
            "más",
            "mes",
            "muy",
            "ser",
            "sí",
            "ti",
            "ver",
            "vez",
            "ya",
        ),
    )
)
"""Short words that end many a sentence and abbreviate nothing."""

_NUMBER_ENDS: Final = re.compile(r"\S\s+\S*\d\.\s+$")
"""A number with its full stop and the space behind; not the number of a list's item, which stands first."""


LONGEST: Final = 600
"""Characters of a sentence that grows: three quarters of a minute, and nobody should wait for its end."""


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
    Behind a number it is one when a space follows, which a fraction has not. One without an end is cut
    between two words.
    """
    whole, rest = _cut(text, len(text.rstrip()))
    while len(rest) > LONGEST:
        at = rest.rfind(" ", 1, LONGEST)
        at = LONGEST if at < 0 else at
        whole, rest = [*whole, _tidy(rest[:at])], rest[at:]
    words = rest.split()
    if words and (ends_plainly(words[-1]) or _NUMBER_ENDS.search(rest)):
        return (*whole, _tidy(rest)), ""
    return tuple(whole), rest


def ends_plainly(word: str) -> bool:
    """Whether a word with its stop ends a sentence, as far as one can tell before anything follows."""
    plain = _PLAIN.fullmatch(word)
    if plain is None or plain[1] is None:
        return plain is not None
    last = plain[1].lower()
    return last in _CLOSING or (len(last) >= _LONG and last not in _TITLES | _NUMBERED)


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

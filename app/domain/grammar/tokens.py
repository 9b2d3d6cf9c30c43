"""From a recogniser's text to plain words, free of case, accents, marks and hesitations."""

import re
import unicodedata
from functools import lru_cache

from app.domain.languages import Language

Words = tuple[str, ...]

_LONGEST_GLUED = 60
_APOSTROPHES = re.compile("['’‘´`ʼ]")
_GROUPED = re.compile(r"(?<![\d.,])(\d{1,3})((?:[.,]\d{3})+)(?![\d.,]*\d)")


def words_of(text: str, language: Language) -> Words:
    """Return the words of `text` in plain letters. A fraction, a time or a negative number stays one word."""
    words = split(text, language.decimal_marks)
    if language.glued:
        words = tuple(part for word in words for part in _unglued(language.key, word, language.glued))
    return without_hesitations(words, language)


def without_hesitations(words: Words, language: Language) -> Words:
    """Return the words that say something; sounds of two words ("uh huh") become one first."""
    joined = _joined(language.key, tuple(language.joined.items()))
    hesitations = _plain(language.key, language.hesitations)
    kept: list[str] = []
    at = 0
    while at < len(words):
        sound = joined.get(words[at : at + 2])
        if sound is not None:
            kept.append(sound)
            at += 2
            continue
        if words[at] not in hesitations:
            kept.append(words[at])
        at += 1
    return tuple(kept)


def split(text: str, decimal_marks: str = ".") -> Words:
    """Return the words of `text` in plain letters, hesitations kept."""
    letters = unicodedata.normalize("NFD", text.casefold())
    letters = "".join(each for each in letters if not unicodedata.combining(each))
    letters = _APOSTROPHES.sub("", letters)
    letters = _GROUPED.sub(lambda number: number[1] + re.sub("[.,]", "", number[2]), letters)
    return tuple(_pattern(decimal_marks).findall(letters))


@lru_cache(maxsize=4_096)
def _unglued(language_key: str, word: str, glued: tuple[str, ...]) -> Words:
    """Return the words that make up this one, the longest first; itself when others do not."""
    known = _plain(language_key, glued)
    if len(word) > _LONGEST_GLUED or word in known:
        return (word,)
    ways: list[Words | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(end):
            before, last = ways[start], word[start:end]
            if before is not None and last in known:
                ways[end] = (*before, last)
                break
    return ways[-1] or (word,)


@lru_cache(maxsize=16)
def _plain(_language_key: str, words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(split(word)[0] for word in words)


@lru_cache(maxsize=16)
def _pattern(decimal_marks: str) -> re.Pattern[str]:
    fraction = rf"-?[0-9]+(?:[{re.escape(decimal_marks)}⁄][0-9]+)+"
    return re.compile(rf"{fraction}|(?<![^\W_])-[0-9]+|[0-9]+|[^\W\d_]+|[*#]")


@lru_cache(maxsize=16)
def _joined(_key: str, pairs: tuple[tuple[str, str], ...]) -> dict[Words, str]:
    return {split(sounds): split(word)[0] for sounds, word in pairs}

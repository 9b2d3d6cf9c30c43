"""Which choice a part of its label means; knows no sentence."""

from collections.abc import Sequence
from functools import lru_cache

from app.domain.grammar.keys import language_of
from app.domain.grammar.lexicon import phrases_of
from app.domain.grammar.shapes import Choices, Grammar, Option, Several
from app.domain.grammar.tokens import Words, words_of

_SHORTEST = 3
"""Letters of a word's beginning that may stand for it."""


def options_of(body: object) -> tuple[Option, ...]:
    """Return the options of a question that lists its answers, else none."""
    return body.options if isinstance(body, Choices | Several) else ()


@lru_cache(maxsize=1_024)
def owners_of(said: Words, grammar: Grammar) -> tuple[Option, ...]:
    """Return the options of whose labels or synonyms these words are a part."""
    options = options_of(grammar.body)
    return tuple(option for option in options if _holds(said, phrases_of(option), grammar))


def _holds(said: Words, phrases: Sequence[str], grammar: Grammar) -> bool:
    """Whether a phrase holds these words in a row, and denies nothing."""
    spoken_in = language_of(grammar)
    denials = {words_of(word, spoken_in) for word in spoken_in.negations}
    for phrase in phrases:
        words = words_of(phrase, spoken_in)
        inside = any(
            all(_is_short_for(one, other) for one, other in zip(said, words[at:], strict=False))
            for at in range(len(words) - len(said) + 1)
        )
        if inside and not any((word,) in denials for word in words):
            return True
    return False


def _is_short_for(said: str, word: str) -> bool:
    """Whether a word was said, or its beginning ("lab" for "laboratory")."""
    return said == word or (len(said) >= _SHORTEST and said.isalpha() and word.startswith(said))

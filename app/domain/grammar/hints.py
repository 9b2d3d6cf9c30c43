"""What a recogniser should expect at a question: the likely whole answers, within bounds."""

from dataclasses import replace
from functools import lru_cache

from app.domain.conversation import Field, FieldKind
from app.domain.grammar.keys import fixed_keys, is_digits, language_of
from app.domain.grammar.lexicon import phrases_of
from app.domain.grammar.numerals import number_reader
from app.domain.grammar.shapes import Choices, Digits, FreeText, Grammar, Number, YesNo
from app.domain.languages import Language
from app.domain.speech import Hints

MOST_PHRASES = 300
"""More phrases than this confuse a recogniser more than they help it."""

_LIKELIEST = 6
"""How many of a language's ways to say yes, or no, are worth expecting; the likeliest stand first."""

_LIKELIEST_SPECIALS = 2

_LIKELY_NUMBERS = (0, 100)
"""Numbers that a caller may say alone in a conversation, which sets no bounds; others come as free words."""


@lru_cache(maxsize=1_024)
def hints_for(grammar: Grammar, extra_phrases: tuple[str, ...] = ()) -> Hints:
    """Return what a recogniser should expect; `extra_phrases` are universals such as "repeat".

    Phrases are lower case as the language spells them, each a whole answer, the likeliest first.
    """
    body = grammar.body
    words = language_of(grammar)
    phrases = [*_body_phrases(grammar, words), *_special_phrases(grammar, words), *extra_phrases]
    spoken = tuple(dict.fromkeys(phrase.lower() for phrase in phrases))[:MOST_PHRASES]
    return Hints(
        locale=grammar.locale or words.key,
        phrases=spoken,
        dictation=isinstance(body, FreeText),
        number_range=(body.minimum, body.maximum) if isinstance(body, Number) else None,
        digit_count=(body.min_length, body.max_length) if isinstance(body, Digits) else None,
    )


@lru_cache(maxsize=1_024)
def hints_in_talk(grammar: Grammar, missing: tuple[Field, ...], extra_phrases: tuple[str, ...] = ()) -> Hints:
    """Return what a recogniser should expect in a conversation: any words, and short answers among them.

    `missing` are the values that the conversation still wants, the next one first. Without their answers a
    recogniser that weighs phrases would take a lone "sixty" for the nearest of `extra_phrases`; while text
    is wanted next, they would only cost it the text.
    """
    if not missing or missing[0].kind is FieldKind.TEXT:
        return hints_for(grammar, extra_phrases)
    words = language_of(grammar)
    kinds = {wanted.kind for wanted in missing}
    own: list[str] = [*words.yes[:_LIKELIEST], *words.no[:_LIKELIEST]] if FieldKind.BOOLEAN in kinds else []
    own += [choice for wanted in missing for choice in wanted.choices]
    hints = hints_for(grammar, (*own, *extra_phrases))
    return replace(hints, number_range=_LIKELY_NUMBERS) if FieldKind.NUMBER in kinds else hints


def _body_phrases(grammar: Grammar, words: Language) -> list[str]:
    body = grammar.body
    if isinstance(body, YesNo):
        return [*words.yes[:_LIKELIEST], *words.no[:_LIKELIEST], *_key_phrases(grammar, words)]
    if not isinstance(body, Choices):
        return []
    labels = [phrase for option in body.options for phrase in phrases_of(option)]
    return [*labels, *_key_phrases(grammar, words), *_ordinal_phrases(body, words)]


def _key_phrases(grammar: Grammar, words: Language) -> list[str]:
    """Return the names of the keys, alone and with the likeliest word before them."""
    reader = number_reader(words.key)
    names = [words.numerals.digits[int(key)] for key in _single(grammar, words)]
    names += [reader.spell(key) for key in fixed_keys(grammar, words) if is_digits(key) and len(key) > 1]
    return [*names, *(f"{prefix} {name}" for prefix in words.key_prefixes[:1] for name in names)]


def _single(grammar: Grammar, words: Language) -> list[str]:
    return [key for key in fixed_keys(grammar, words) if is_digits(key) and len(key) == 1]


def _ordinal_phrases(body: Choices, words: Language) -> list[str]:
    nouns = words.ordinal_nouns[:1]
    ordinals = [names[0] for names in words.ordinals[: len(body.options)]]
    return [f"{ordinal} {noun}" for ordinal in ordinals for noun in nouns]


def _special_phrases(grammar: Grammar, words: Language) -> list[str]:
    return [
        phrase
        for special in grammar.specials
        for phrase in (*special.phrases, *words.specials[special.status][:_LIKELIEST_SPECIALS])
    ]

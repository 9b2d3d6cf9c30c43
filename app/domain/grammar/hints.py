"""What a recogniser should expect at a question: the likely whole answers, within bounds."""

from dataclasses import replace
from datetime import timedelta
from functools import lru_cache
from itertools import permutations

from app.domain.conversation import Field, FieldKind
from app.domain.grammar.keys import fixed_keys, is_digits, language_of
from app.domain.grammar.labels import cldr, date_label, list_label, time_label
from app.domain.grammar.lexicon import phrases_of
from app.domain.grammar.moments import WAKING
from app.domain.grammar.numerals import number_reader
from app.domain.grammar.shapes import (
    Choices,
    Day,
    Digits,
    FreeText,
    Grammar,
    Moment,
    Number,
    Option,
    Several,
    YesNo,
)
from app.domain.languages import Language
from app.domain.speech import Hints

MOST_PHRASES = 300
"""More phrases than this confuse a recogniser more than they help it."""

_LIKELIEST = 6
"""How many of a language's ways to say yes, or no, are worth expecting; the likeliest stand first."""

_LIKELIEST_SPECIALS = 2

_MOST_PAIRED = 6
"""Of so many choices every two are expected together."""

_WEEK = 7
_MOST_DAYS = 250
"""Dates that are expected by name."""

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
    match grammar.body:
        case YesNo():
            return [*words.yes[:_LIKELIEST], *words.no[:_LIKELIEST], *_key_phrases(grammar, words)]
        case Choices(options):
            return [*_labels(options), *_key_phrases(grammar, words), *_ordinal_phrases(options, words)]
        case Several() as body:
            named = [each.key for each in body.options if each.key and _is_digit(each.key)]
            keys = [words.numerals.digits[int(key)] for key in named]
            return [*_labels(body.options), *_together(body, words), *keys]
        case Day() as body:
            return _days(body, words)
        case Moment() as body:
            return _moments(body, words)
        case _:
            return []


def _labels(options: tuple[Option, ...]) -> list[str]:
    return [phrase for option in options for phrase in phrases_of(option)]


def _together(body: Several, words: Language) -> list[str]:
    """Return how two of the choices, all or none of them are named."""
    common = [option.label for option in body.options if option.value not in body.exclusive]
    named = [list_label(pair, words) for pair in permutations(common[:_MOST_PAIRED], 2)]
    groups = [words.groups.everything[0], words.groups.nothing[0]]
    return [*named, *([words.groups.both[0]] if len(common) == len(("one", "other")) else []), *groups]


def _days(body: Day, words: Language) -> list[str]:
    """Return the days in bounds by their distance, by their weekday, and by their date, the nearest first."""
    sign = -1 if body.leans == "past" else 1
    near = [name for name, away in words.calendar.near.items() if _is_in(body, away)]
    is_near = any(_is_in(body, away) for away in range(-_WEEK, _WEEK + 1))
    weekdays = cldr(words.key).days["format"]["wide"].values() if is_near else ()
    aways = [away for away in range(0, sign * _MOST_DAYS, sign) if _is_in(body, away)]
    return [*near, *weekdays, *(date_label(body.today + timedelta(days=away), words) for away in aways)]


def _is_in(body: Day, away: int) -> bool:
    """Whether the day so far from today is an answer."""
    return body.earliest <= body.today + timedelta(days=away) <= body.latest


def _moments(body: Moment, words: Language) -> list[str]:
    """Return the hours of the day as they are read back, today, tomorrow and in the coming week."""
    names = cldr(words.key).days["format"]["wide"]
    weekdays = [names[(body.now.weekday() + away) % len(names)] for away in range(1, len(names))]
    today, *later = words.readings.near.values()
    times = {hour: time_label(body.now.replace(hour=hour, minute=0), words) for hour in WAKING}
    whole = [(day, time) for day in (*later, *weekdays) for time in times.values()]
    whole += [(today, time) for hour, time in times.items() if hour > body.now.hour]
    return [words.readings.moment.format(day=day, time=time) for day, time in whole]


def _key_phrases(grammar: Grammar, words: Language) -> list[str]:
    """Return the names of the keys, alone and with the likeliest word before them."""
    reader = number_reader(words.key)
    names = [words.numerals.digits[int(key)] for key in _single(grammar, words)]
    names += [reader.spell(key) for key in fixed_keys(grammar, words) if is_digits(key) and len(key) > 1]
    return [*names, *(f"{prefix} {name}" for prefix in words.key_prefixes[:1] for name in names)]


def _single(grammar: Grammar, words: Language) -> list[str]:
    return [key for key in fixed_keys(grammar, words) if is_digits(key) and len(key) == 1]


def _is_digit(key: str) -> bool:
    return len(key) == 1 and is_digits(key)


def _ordinal_phrases(options: tuple[Option, ...], words: Language) -> list[str]:
    nouns = words.ordinal_nouns[:1]
    ordinals = [names[0] for names in words.ordinals[: len(options)]]
    return [f"{ordinal} {noun}" for ordinal in ordinals for noun in nouns]


def _special_phrases(grammar: Grammar, words: Language) -> list[str]:
    return [
        phrase
        for special in grammar.specials
        for phrase in (*special.phrases, *words.specials[special.status][:_LIKELIEST_SPECIALS])
    ]

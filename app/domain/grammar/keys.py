"""What keys mean to a question: knows entries and their possible continuations, not time or terminators."""

from collections.abc import Collection
from datetime import date, datetime

from app.domain.answers import Understood
from app.domain.grammar.labels import day_label, list_label, moment_label
from app.domain.grammar.shapes import (
    Choices,
    Day,
    Digits,
    Grammar,
    KeyReading,
    Moment,
    Number,
    Several,
    YesNo,
)
from app.domain.grammar.typed import chosen_by, day_by, moment_by
from app.domain.languages import Language, language


def read_keys(grammar: Grammar, keys: str) -> KeyReading:
    """Return what `keys` (digits, `*`; never the terminator) mean to this question.

    `may_grow` is False exactly when no longer entry that begins with `keys` is an answer. A special's
    key wins over a value that is spelled alike (the loader refuses such a flow).
    """
    words = language_of(grammar)
    fixed = fixed_keys(grammar, words)
    worked_out = _worked_out(grammar, keys, words)
    answer = fixed.get(keys) or worked_out.answer
    may_grow = any(key.startswith(keys) and key != keys for key in fixed)
    return KeyReading(answer, may_grow or worked_out.may_grow)


def language_of(grammar: Grammar) -> Language:
    """Return the language that answers are read in; raise LookupError when there is no such language."""
    return language(grammar.locale or grammar.language)


def fixed_keys(grammar: Grammar, words: Language) -> dict[str, Understood]:
    """Return every entry that is an answer by being listed: choices, yes and no, specials."""
    entries: dict[str, Understood] = {}
    for special in grammar.specials:
        if special.key:
            label = words.special_labels[special.status]
            entries.setdefault(special.key, Understood(None, label, status=special.status))
    body = grammar.body
    if isinstance(body, YesNo):
        entries.setdefault(body.yes_key, Understood(value=True, label=words.yes_label))
        entries.setdefault(body.no_key, Understood(value=False, label=words.no_label))
    elif isinstance(body, Choices):
        for option in body.options:
            if option.key:
                entries.setdefault(option.key, Understood(option.value, option.label))
    return entries


def spaced(digits: str) -> str:
    """Return digits as a voice has to read them: one by one."""
    return " ".join(digits)


def is_digits(text: str) -> bool:
    """Whether `text` is one or more of 0 to 9, and nothing that merely counts as a digit elsewhere."""
    return text.isascii() and text.isdigit()


def several_of(body: Several, chosen: Collection[str], words: Language) -> Understood:
    """Return these choices as one answer, in the order the question lists them."""
    taken = [option for option in body.options if option.value in chosen]
    return Understood(
        tuple(option.value for option in taken), list_label([option.label for option in taken], words)
    )


def day_answer(day: date, words: Language) -> Understood:
    """Return a day as an answer."""
    return Understood(day.isoformat(), day_label(day, words))


def moment_answer(at: datetime, body: Moment, words: Language) -> Understood:
    """Return a moment as an answer."""
    return Understood(at.isoformat(timespec="minutes"), moment_label(at, body.now.date(), words))


def _worked_out(grammar: Grammar, keys: str, words: Language) -> KeyReading:
    """Return what keys mean that no list names."""
    if isinstance(grammar.body, Several):
        chosen, may_grow = chosen_by(grammar.body, keys)
        return KeyReading(several_of(grammar.body, chosen, words) if chosen else None, may_grow)
    if keys and not is_digits(keys):
        return KeyReading(None, may_grow=False)
    match grammar.body:
        case Digits() as body:
            fits = body.min_length <= len(keys) <= body.max_length
            return KeyReading(Understood(keys, spaced(keys)) if fits else None, len(keys) < body.max_length)
        case Number() as body:
            return KeyReading(_number(body, keys), _number_may_grow(body, keys))
        case Day() as body:
            day, may_grow = day_by(body, keys, grammar.locale or words.key)
            return KeyReading(day_answer(day, words) if day else None, may_grow)
        case Moment() as body:
            at, may_grow = moment_by(body, keys)
            return KeyReading(moment_answer(at, body, words) if at else None, may_grow)
        case _:  # choices and yes or no are listed; free text is not given by keys
            return KeyReading(None, may_grow=False)


def _number(body: Number, keys: str) -> Understood | None:
    # The length is checked first because int() refuses texts of thousands of digits.
    if not keys or len(keys) > len(str(body.maximum)):
        return None
    value = int(keys)
    is_answer = str(value) == keys and body.minimum <= value <= body.maximum
    return Understood(value, keys) if is_answer else None


def _number_may_grow(body: Number, keys: str) -> bool:
    missing = len(str(body.maximum)) - len(keys)
    lowest = max(body.minimum, 0)
    if not keys:
        return body.maximum >= lowest
    if missing <= 0 or keys.startswith("0"):
        return False
    prefix = int(keys)
    return any(
        prefix * 10**more <= body.maximum and (prefix + 1) * 10**more > lowest
        for more in range(1, missing + 1)
    )

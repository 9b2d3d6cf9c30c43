"""Collects keys into one outcome for the open question; knows no time, only what keys can still mean."""

from app.domain.answers import Source
from app.domain.grammar import read_keys
from app.flows.sprint import Asked, Expect, Given, Heard, NoMatch, Skipped


def collect(expect: Expect, keys: str) -> Given | None:
    """Return the outcome that `keys` settle by themselves, or None while a longer entry could be meant.

    The last key of `keys` is the one just pressed. An entry ends at once on the terminator, on its
    greatest length, or as soon as no longer answer can match.
    """
    end_key = expect.policy.end_key
    if end_key and keys[-1] == end_key and not _is_part_of_an_answer(expect, keys):
        return _terminated(expect, keys[:-1])
    if _may_become_universal(expect, keys):
        return None
    if keys in expect.universals:
        return Asked(expect.universals[keys])
    reading = read_keys(expect.grammar, keys)
    return None if reading.may_grow else _answer(expect, keys)


def give_up(expect: Expect, keys: str) -> Given:
    """Return what `keys` mean when no further key comes in time."""
    if keys in expect.universals:
        return Asked(expect.universals[keys])
    return _answer(expect, keys)


def _terminated(expect: Expect, keys: str) -> Given:
    if not keys:
        return Skipped() if expect.optional else NoMatch(Source.KEY, expect.policy.end_key)
    return give_up(expect, keys)


def _answer(expect: Expect, keys: str) -> Given:
    understood = read_keys(expect.grammar, keys).answer
    return Heard(understood, Source.KEY, keys) if understood else NoMatch(Source.KEY, keys)


def _is_part_of_an_answer(expect: Expect, keys: str) -> bool:
    reading = read_keys(expect.grammar, keys)
    return reading.may_grow or reading.answer is not None


def _may_become_universal(expect: Expect, keys: str) -> bool:
    return any(sequence.startswith(keys) and sequence != keys for sequence in expect.universals)

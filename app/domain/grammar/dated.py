"""Settles a question for a day or a moment from the parts of one sentence; it never guesses."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.answers import Understood
from app.domain.grammar.calendar_reader import Mention
from app.domain.grammar.calendar_words import Said
from app.domain.grammar.days import day_meant, names_whole_day
from app.domain.grammar.item import Item
from app.domain.grammar.keys import day_answer, moment_answer
from app.domain.grammar.moments import moment_meant
from app.domain.grammar.shapes import Day, Moment
from app.domain.languages import Language

_TIMES = frozenset({Said.CLOCK, Said.PART})


@dataclass(frozen=True, slots=True)
class Dated:
    """A day or a moment as an answer; an unsure one is to be asked back."""

    answer: Understood
    is_sure: bool
    may_grow: bool


def dated(
    body: Day | Moment, items: Sequence[Item], before: Sequence[Item], language: Language, locale: str
) -> Dated | None:
    """Return the day or moment that `items` name; `before` is what a correction replaces.

    Who corrects the hour only still means the day named before, and the other way round.
    """
    if any(item.dangling for item in items):
        return None
    mentions = _mentions(items)
    if not mentions or (len(items) > len(mentions) and all(each.bare for each in mentions)):
        return None
    if isinstance(body, Day):
        meant = day_meant(body, mentions, locale)
        if meant is None:
            return None
        grows = not any(names_whole_day(each) for each in mentions)
        return Dated(day_answer(meant.day, language), meant.is_sure, grows)
    kept = _kept(_mentions(before), mentions)
    found = moment_meant(body, [*kept, *mentions], language, locale)
    if found is None:
        return None
    answer = moment_answer(found.at, body, language)
    return Dated(answer, found.is_sure and not kept, not found.is_sure)


def _mentions(items: Sequence[Item]) -> list[Mention]:
    return [item.mention for item in items if item.mention is not None]


def _kept(before: Sequence[Mention], now: Sequence[Mention]) -> list[Mention]:
    """Return what was named before a correction and is not named again."""
    if not now or any(each.said is Said.AHEAD for each in now):
        return []
    days = [each for each in before if each.said not in _TIMES]
    named_time = any(each.said in _TIMES for each in now)
    named_day = any(each.said not in _TIMES for each in now)
    kept = [] if named_day else days[-1:]
    for kind in (Said.CLOCK, Said.PART):
        if not named_time or (kind is Said.PART and not any(each.said is kind for each in now)):
            kept += [each for each in before if each.said is kind][-1:]
    return kept

"""Settles a question for a day or a moment from the parts of one sentence; it never guesses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.answers import Understood
from app.domain.grammar.calendar_words import Said
from app.domain.grammar.days import day_meant, names_whole_day
from app.domain.grammar.item import Item
from app.domain.grammar.keys import day_answer, moment_answer
from app.domain.grammar.mention import Mention
from app.domain.grammar.moments import moment_meant
from app.domain.grammar.shapes import Day, Moment
from app.domain.languages import Language

_TIMES = frozenset({Said.CLOCK, Said.PART})
_DAYS = frozenset({"day", "ordinal", "weekday"})
_OF_A_MONTH = frozenset({Said.DAY_OF_MONTH, Said.BARE_DAY})
_MONTHS = frozenset({Said.DATE, Said.IN_LAST_MONTH, Said.IN_THIS_MONTH, Said.IN_NEXT_MONTH})
_PLACES = {
    Said.DAY_OF_MONTH: _MONTHS,
    Said.BARE_DAY: _MONTHS,
    Said.WEEKDAY: {
        *{Said.COMING, Said.FOLLOWING, Said.LAST},
        *{Said.IN_LAST_WEEK, Said.IN_THIS_WEEK, Said.IN_NEXT_WEEK},
    },
}
"""Whose month or week a day is taken to be of that corrects another one."""


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
    earlier = _mentions(before)
    if any(each.figures for each in earlier) and any(each.said in _OF_A_MONTH for each in mentions):
        return None  # a day of which month?
    mentions = _in_its_place(earlier, mentions)
    is_bare = any(each.said is Said.BARE_DAY for each in mentions)
    if is_bare and not any(each.said is Said.WEEKDAY for each in mentions):
        return None
    if not mentions or (len(items) > len(mentions) and all(each.bare for each in mentions)):
        return None
    if isinstance(body, Day):
        meant = day_meant(body, mentions, locale)
        if meant is None:
            return None
        grows = not any(names_whole_day(each) for each in mentions)
        return Dated(day_answer(meant.day, language), meant.is_sure, grows)
    kept = _kept(earlier, mentions)
    found = moment_meant(body, [*kept, *mentions], language, locale)
    if found is None:
        return None
    answer = moment_answer(found.at, body, language)
    return Dated(answer, found.is_sure and not kept, not found.is_sure)


def _mentions(items: Sequence[Item]) -> list[Mention]:
    return [item.mention for item in items if item.mention is not None]


def _in_its_place(before: Sequence[Mention], now: list[Mention]) -> list[Mention]:
    """Return `now` with a day in the month, or the week, of the day that it corrects.

    "March fifteenth, no, the sixteenth"; "Friday next week, no, Thursday".
    """
    days = [each for each in now if each.said not in _TIMES]
    if len(days) != 1 or days[0].said not in _PLACES:
        return now
    places = [each for each in before if each.said in _PLACES[days[0].said]]
    if not places:
        return now
    day, place = days[0], places[-1]
    slots = {name: value for name, value in place.slots.items() if name not in _DAYS} | dict(day.slots)
    moved = replace(place, slots=slots, end=day.end, is_sure=False)
    return [moved if each is day else each for each in now]


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

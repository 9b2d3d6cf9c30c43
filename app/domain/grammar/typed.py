"""Entries by keys whose answers are worked out: several choices, a day, a time; knows no single choice."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from babel.core import Locale, UnknownLocaleError

from app.domain.grammar.shapes import Day, Moment, Several

_LONGEST = 60
"""Keys of one entry that are looked at: far more than any list of choices needs."""

_WIDTHS = {"d": 2, "m": 2, "y": 4}
_TIME_WIDTH = 4
_WHOLE_DAY = timedelta(hours=25)


def chosen_by(body: Several, keys: str) -> tuple[frozenset[str] | None, bool]:
    """Return the choices that these keys make together, or None, and whether more keys may follow.

    A key pressed again counts once. What is complete (all that may go together, or an exclusive choice)
    takes no further key. Keys that can be cut in two ways choose nothing.
    """
    if len(keys) > _LONGEST:
        return None, False
    names = [(option.key, option.value) for option in body.options if option.key]
    reached: list[set[frozenset[str]]] = [set() for _ in range(len(keys) + 1)]
    reached[0].add(frozenset())
    may_grow = False
    for at, chosen_so_far in enumerate(reached):
        for chosen in chosen_so_far:
            if is_complete(body, chosen):
                continue
            for key, value in names:
                together = _together(body, chosen, value)
                if together is None:
                    continue
                if keys.startswith(key, at):
                    reached[at + len(key)].add(together)
                elif key.startswith(keys[at:]):
                    may_grow = True
    ends = [chosen for chosen in reached[-1] if _is_enough(body, chosen)]
    return (ends[0] if len(ends) == 1 else None), may_grow


def goes_together(body: Several, values: Collection[str]) -> bool:
    """Whether these choices may be one answer."""
    chosen = frozenset(values)
    known = {option.value for option in body.options}
    is_alone = chosen.isdisjoint(body.exclusive) or len(chosen) == 1
    return chosen <= known and is_alone and len(chosen) <= body.maximum and _is_enough(body, chosen)


def _together(body: Several, chosen: frozenset[str], value: str) -> frozenset[str] | None:
    """Return the choices with one more, or None when these do not go together."""
    is_alone = value in body.exclusive
    return None if is_alone and chosen else chosen | {value}


def _is_enough(body: Several, chosen: frozenset[str]) -> bool:
    """Whether this is an answer. An exclusive choice is one by itself, whatever the least number."""
    return bool(chosen) and (not chosen.isdisjoint(body.exclusive) or len(chosen) >= body.minimum)


def is_complete(body: Several, chosen: frozenset[str]) -> bool:
    """Whether no other choice may be added."""
    if not chosen.isdisjoint(body.exclusive):
        return True
    common = {option.value for option in body.options if option.key} - body.exclusive
    return bool(chosen) and (len(chosen) >= body.maximum or chosen >= common)


@lru_cache(maxsize=64)
def field_order(locale: str) -> str:
    """Return the order in which a locale writes a date's parts by numbers: `mdy`, `dmy` or `ymd`."""
    tag = locale.replace("_", "-")
    for known in (tag, tag.partition("-")[0]):
        try:
            pattern = str(Locale.parse(known, sep="-").date_formats["short"].pattern)
        except (UnknownLocaleError, ValueError):
            continue
        return "".join(dict.fromkeys(mark for mark in pattern.lower() if mark in _WIDTHS))
    return "ymd"


def day_by(body: Day, keys: str, locale: str) -> tuple[date | None, bool]:
    """Return the day that six or eight digits write, or None, and whether more keys may follow.

    Six digits that are a day in two centuries of the bounds are none.
    """
    order = field_order(locale)
    whole = {day for text, day in _written(body, order, keys, 4) if text == keys}
    short = {day for text, day in _written(body, order, keys, 2) if text == keys}
    found = whole or short
    may_grow = any(text != keys for size in (2, 4) for text, _ in _written(body, order, keys, size))
    return (found.pop() if len(found) == 1 else None), may_grow


def _written(body: Day, order: str, keys: str, year_width: int) -> Iterator[tuple[str, date]]:
    """Return the days in bounds, as digits, whose text begins with these keys."""
    widths = {**_WIDTHS, "y": year_width}
    fields = {
        "d": range(1, 32),
        "m": range(1, 13),
        "y": range(body.earliest.year, body.latest.year + 1),
    }

    def extend(texts: str, parts: dict[str, int], rest: str) -> Iterator[tuple[str, date]]:
        if not rest:
            day = day_of(parts["y"], parts["m"], parts["d"])
            if day is not None and body.earliest <= day <= body.latest:
                yield texts, day
            return
        mark, width = rest[0], widths[rest[0]]
        wanted = keys[len(texts) : len(texts) + width]
        for value in fields[mark]:
            text = f"{value % 10**width:0{width}}"
            if text.startswith(wanted):
                yield from extend(texts + text, {**parts, mark: value}, rest[1:])

    if len(keys) <= sum(widths.values()):
        yield from extend("", {}, order)


def day_of(year: int, month: int, day: int) -> date | None:
    """Return the day, or None when the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def moment_by(body: Moment, keys: str) -> tuple[datetime | None, bool]:
    """Return the next time that the clock shows these four digits, or None, and whether more may follow."""
    if len(keys) > _TIME_WIDTH:
        return None, False
    if len(keys) == _TIME_WIDTH:
        return next_at(body, int(keys[:2]), int(keys[2:])), False
    return None, _time_may_grow(body, keys)


@lru_cache(maxsize=256)
def _time_may_grow(body: Moment, keys: str) -> bool:
    missing = _TIME_WIDTH - len(keys)
    times = (f"{keys}{more:0{missing}}" for more in range(10**missing))
    return any(next_at(body, int(text[:2]), int(text[2:])) is not None for text in times)


def next_at(body: Moment, hour: int, minute: int) -> datetime | None:
    """Return the first moment in bounds at this time of the day, today or tomorrow."""
    found = (moment_on(body, body.now.date() + timedelta(days=more), hour, minute) for more in (0, 1))
    return next((at for at in found if at is not None), None)


def moment_on(body: Moment, day: date, hour: int, minute: int) -> datetime | None:
    """Return this time of a day, or None when it is out of bounds or clocks pass over it."""
    try:
        at = datetime.combine(day, time(hour, minute), body.now.tzinfo)
    except ValueError:
        return None
    # Moments of one time zone compare by what their clocks show, which is wrong where clocks are put back.
    exact = at.astimezone(UTC)
    if exact.astimezone(body.now.tzinfo).replace(tzinfo=None) != at.replace(tzinfo=None):
        return None
    return at if body.now.astimezone(UTC) <= exact <= body.latest.astimezone(UTC) else None

"""Which day was meant, seen from today: one day, or none; reads no words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.domain.grammar.calendar_words import Said
from app.domain.grammar.mention import Mention, Slots
from app.domain.grammar.shapes import Day
from app.domain.grammar.typed import day_by, day_of, field_order

_WEEK: Final = 7
_MONTHS: Final = 12
_LEAP_YEARS: Final = 8
"""The twenty-ninth of February may be this many years away."""

_SUNDAY: Final = 6
_MONTHS_AWAY: Final = {Said.IN_LAST_MONTH: -1, Said.IN_THIS_MONTH: 0, Said.IN_NEXT_MONTH: 1}
_WEEKS_AWAY: Final = {Said.IN_LAST_WEEK: -1, Said.IN_THIS_WEEK: 0, Said.IN_NEXT_WEEK: 1}
_CENTURY: Final = 100
_CENTURIES: Final = (19, 20)
_FIGURES: Final = {"d": 2, "m": 2, "y": 4}


@dataclass(frozen=True, slots=True)
class Meant:
    """A day; an unsure one is the likelier of two."""

    day: date
    is_sure: bool = True


def day_meant(body: Day, mentions: Sequence[Mention], locale: str) -> Meant | None:
    """Return the one day in bounds that these mentions agree on, or None."""
    weekday = next((each.slots["weekday"] for each in mentions if each.said is Said.WEEKDAY), None)
    named = [each for each in mentions if each.said is not Said.WEEKDAY]
    found = [_meant(body, each, locale) for each in named or mentions]
    days = {meant.day if meant is not None else None for meant in found}
    if len(days) != 1 or found[0] is None:
        return None
    sure = [each.is_sure for each in (*found, *named) if each is not None]
    meant = Meant(found[0].day, all(sure))
    agrees = weekday is None or meant.day.weekday() == weekday
    return meant if agrees and body.earliest <= meant.day <= body.latest else None


def names_whole_day(mention: Mention) -> bool:
    """Whether nothing that may follow would change the day."""
    if mention.said is Said.DATE:
        return not mention.slots.keys().isdisjoint({"year", "which"}) or len(mention.figures) in {1, 3}
    return mention.said not in {Said.WEEKDAY, Said.DAY_OF_MONTH, Said.BARE_DAY}


def _meant(body: Day, mention: Mention, locale: str) -> Meant | None:
    slots, today = mention.slots, body.today
    match mention.said:
        case Said.DATE if mention.figures:
            return _by_figures(body, mention.figures, locale)
        case Said.DATE:
            year = today.year + slots["which"] if "which" in slots else slots.get("year")
            return _in_year(body, year, slots.get("month") or slots["nth"], _day_in(slots))
        case Said.DAY_OF_MONTH | Said.BARE_DAY:
            return _leaning(body, _days_by_month(today, _day_in(slots)))
        case Said.NEAR | Said.AHEAD | Said.BACK as said:
            return _away(body, slots, -1 if said is Said.BACK else 1)
        case Said.IN_LAST_MONTH | Said.IN_THIS_MONTH | Said.IN_NEXT_MONTH as said:
            return _in_month(today, _MONTHS_AWAY[said], _day_in(slots))
        case Said.IN_LAST_WEEK | Said.IN_THIS_WEEK | Said.IN_NEXT_WEEK as said:
            return _in_week(today, _WEEKS_AWAY[said], slots["weekday"])
        case Said.WEEKDAY:
            return _weekday(body, slots["weekday"])
        case _:
            return _relative_weekday(today, mention.said, slots["weekday"])


def _day_in(slots: Slots) -> int:
    return slots["day"] if "day" in slots else slots["ordinal"]


def _by_figures(body: Day, figures: Sequence[str], locale: str) -> Meant | None:
    """Read a date by numbers in the locale's order; another order counts where that one is no date."""
    order = field_order(locale)
    if len(figures) == 1:
        day = day_by(body, figures[0], locale)[0]
        return Meant(day) if day is not None else None
    if len(figures[0]) > _FIGURES["d"]:
        order = "ymd"
    for fields, is_sure in ((order, True), (order.translate(_SWAPPED), False)):
        marks = fields if len(figures) == len(fields) else fields.replace("y", "")
        parts = {mark: int(figure) for mark, figure in zip(marks, figures, strict=True)}
        meant = _in_year(body, parts.get("y"), parts["m"], parts["d"])
        if meant is not None:
            return Meant(meant.day, meant.is_sure and is_sure)
    return None


_SWAPPED: Final = str.maketrans("dm", "md")


def _in_year(body: Day, year: int | None, month: int, day: int) -> Meant | None:
    if year is None:
        years = range(body.today.year - _LEAP_YEARS, body.today.year + _LEAP_YEARS + 1)
        return _leaning(body, (day_of(each, month, day) for each in years))
    if year >= _CENTURY:
        found = day_of(year, month, day)
        return Meant(found) if found is not None else None
    spoken = (day_of(century * _CENTURY + year, month, day) for century in _CENTURIES)
    likely = [each for each in spoken if each is not None and body.earliest <= each <= body.latest]
    if not likely:
        return None
    return Meant(min(likely, key=lambda each: abs(each - body.today)), is_sure=len(likely) == 1)


def _days_by_month(today: date, day: int) -> Iterable[date | None]:
    for more in range(-2, 4):
        month = today.month - 1 + more
        yield day_of(today.year + month // _MONTHS, month % _MONTHS + 1, day)


def _in_month(today: date, more: int, day: int) -> Meant | None:
    month = today.month - 1 + more
    found = day_of(today.year + month // _MONTHS, month % _MONTHS + 1, day)
    return Meant(found) if found is not None else None


def _in_week(today: date, more: int, weekday: int) -> Meant:
    """Return a day of this week or another; whether a week begins with Sunday depends on who speaks."""
    away = more * _WEEK + weekday - today.weekday()
    return Meant(today + timedelta(days=away), is_sure=_SUNDAY not in {weekday, today.weekday()})


def _leaning(body: Day, days: Iterable[date | None]) -> Meant | None:
    """Return the next, the last or the nearest of these days, today included."""
    known = [day for day in days if day is not None]
    if body.leans == "future":
        known = [day for day in known if day >= body.today]
    elif body.leans == "past":
        known = [day for day in known if day <= body.today]
    return Meant(min(known, key=lambda day: abs(day - body.today))) if known else None


def _weekday(body: Day, weekday: int) -> Meant:
    ahead = (weekday - body.today.weekday()) % _WEEK
    if body.leans == "future":
        return Meant(body.today + timedelta(days=ahead or _WEEK), is_sure=ahead > 0)
    if body.leans == "past":
        return Meant(body.today + timedelta(days=ahead - _WEEK), is_sure=ahead > 0)
    return Meant(body.today + timedelta(days=ahead if ahead <= _WEEK // 2 else ahead - _WEEK))


def _relative_weekday(today: date, said: Said, weekday: int) -> Meant:
    ahead = (weekday - today.weekday()) % _WEEK or _WEEK
    to_monday = _WEEK - today.weekday()
    if said is Said.LAST:
        back = (today.weekday() - weekday) % _WEEK or _WEEK
        return Meant(today - timedelta(days=back))
    if said is Said.FOLLOWING and ahead < to_monday:
        # "Next Friday", said on a Monday, is the one of next week to most, but not to all.
        return Meant(today + timedelta(days=ahead + _WEEK), is_sure=False)
    if said is Said.FOLLOWING:
        return Meant(today + timedelta(days=ahead), is_sure=to_monday > 1)
    return Meant(today + timedelta(days=ahead))


def _away(body: Day, slots: Slots, sign: int) -> Meant | None:
    """Return a day some days or months away; months end on their last day at the latest."""
    count, today = sign * slots.get("count", 1), body.today
    if "near" in slots:
        return Meant(today + timedelta(days=slots["near"]))
    if "weekday" in slots:
        first = _relative_weekday(today, Said.COMING, slots["weekday"])
        return Meant(first.day + timedelta(days=count * slots["days"]), is_sure=False)
    if "days" in slots:
        return Meant(today + timedelta(days=count * slots["days"]))
    if "months" not in slots and "stretch" not in slots:
        return None
    month = today.month - 1 + count * (slots["months"] if "months" in slots else slots["stretch"])
    year, month = today.year + month // _MONTHS, month % _MONTHS + 1
    ends = (day_of(year, month, day) for day in range(today.day, today.day - 4, -1))
    found = next((day for day in ends if day is not None), None)
    # "Half a year" is hardly meant to the day.
    return Meant(found, is_sure="stretch" not in slots) if found is not None else None

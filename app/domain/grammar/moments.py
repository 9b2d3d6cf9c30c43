"""Which moment was meant, seen from now: one, or none; reads no words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from app.domain.grammar.calendar_words import Said
from app.domain.grammar.days import Meant, day_meant
from app.domain.grammar.mention import Mention
from app.domain.grammar.shapes import Day, Moment
from app.domain.grammar.typed import moment_on
from app.domain.languages import Language
from app.domain.languages.model import DayPart

_HALF: Final = 12
_WHOLE: Final = 24
WAKING: Final = range(8, 21)
"""Hours in which people want to be called: "at three" is hardly three in the night."""


@dataclass(frozen=True, slots=True)
class MeantMoment:
    """A moment; an unsure one is the likelier of several."""

    at: datetime
    is_sure: bool


def moment_meant(
    body: Moment, mentions: Sequence[Mention], language: Language, locale: str
) -> MeantMoment | None:
    """Return the one moment in bounds that these mentions agree on, or None."""
    clocks = [each for each in mentions if each.said is Said.CLOCK]
    parts = [each for each in mentions if each.said is Said.PART]
    days = [each for each in mentions if each.said not in {Said.CLOCK, Said.PART}]
    spans = [each for each in days if each.said is Said.AHEAD and _minutes_away(each) is not None]
    if spans:
        return _away(body, spans[0]) if len(mentions) == 1 else None
    if len({(each.slots["hour"], each.minutes) for each in clocks}) > 1 or len(parts) > 1:
        return None
    part = language.calendar.parts[parts[0].slots["part"]] if parts else None
    hours = _hours(clocks[0] if clocks else None, part, language)
    if hours is None:
        return None
    minutes = clocks[0].minutes if clocks else 0
    hours = replace(hours, is_sure=hours.is_sure and all(each.is_sure for each in clocks))
    today = body.now.date()
    if not days and not (part is not None and part.is_today):
        return _soonest(body, hours, minutes)
    bounds = Day(today, body.latest.date(), today, "future")
    day = day_meant(bounds, days, locale) if days else Meant(today)
    if day is None or (part is not None and part.is_today and day.day != today):
        return None
    at = [_at(body, day.day, hour, minutes) for hour in hours.clear]
    known = [each for each in at if each is not None]
    return MeantMoment(known[0], hours.is_sure and day.is_sure) if known else None


@dataclass(frozen=True, slots=True)
class _Hours:
    """The hours that may be meant, the likeliest first; past 24 they are the night of the day before."""

    clear: tuple[int, ...]
    is_sure: bool


def _hours(clock: Mention | None, part: DayPart | None, language: Language) -> _Hours | None:
    if clock is None:
        return _Hours((part.usual,), is_sure=False) if part is not None and part.usual is not None else None
    hour = clock.slots["hour"]
    if clock.exact and (hour, clock.minutes) == (_WHOLE, 0) and part is None:
        return _Hours((_WHOLE,), is_sure=True)
    if clock.exact:
        fits = part is None or part.first <= hour < part.end
        return _Hours((hour,), is_sure=True) if fits and hour < _WHOLE else None
    early = hour % _HALF
    if part is None:
        likely = [each for each in (early, early + _HALF) if each in WAKING]
        rest = [each for each in (early, early + _HALF) if each not in WAKING]
        # Where hours are counted through, the twelfth is noon.
        return _Hours((*likely, *rest), is_sure=hour == _HALF and language.readings.has_24_hours)
    inside = [each for each in (early, early + _HALF, early + _WHOLE) if part.first <= each < part.end]
    return _Hours((inside[0],), is_sure=True) if len(inside) == 1 else None


def _soonest(body: Moment, hours: _Hours, minutes: int) -> MeantMoment | None:
    """Return the next time the clock shows the likeliest of these hours."""
    today = body.now.date()
    days = (today, today + timedelta(days=1))
    times = (_at(body, day, hour % _WHOLE, minutes) for hour in hours.clear for day in days)
    at = next((each for each in times if each is not None), None)
    return MeantMoment(at, hours.is_sure) if at is not None else None


def _at(body: Moment, day: date, hour: int, minutes: int) -> datetime | None:
    """Return a time of a day. An hour past midnight belongs to no one day, so it is none."""
    whole = hour * 60 + minutes
    return moment_on(body, day, whole // 60, whole % 60) if 0 <= whole < _WHOLE * 60 else None


def _minutes_away(mention: Mention) -> int | None:
    slots = mention.slots
    if "span" in slots:
        return slots["span"]
    return slots.get("count", 1) * slots["minutes"] if "minutes" in slots else None


def _away(body: Moment, mention: Mention) -> MeantMoment | None:
    """Return the moment so many minutes from now, at a full minute."""
    exact = body.now.astimezone(UTC) + timedelta(minutes=_minutes_away(mention) or 0, seconds=59)
    at = exact.replace(second=0, microsecond=0)
    fits = at <= body.latest.astimezone(UTC)
    return MeantMoment(at.astimezone(body.now.tzinfo), is_sure=True) if fits else None

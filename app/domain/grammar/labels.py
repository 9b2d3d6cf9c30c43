"""How answers of several parts are read back: lists, days, moments; knows no questions."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from babel.core import Locale
from babel.lists import format_list
from num2words import num2words

from app.domain.languages import Language

_FAR_DAYS: Final = 300
"""From here on a day's name needs its year."""

_NOON: Final = 12


def list_label(labels: Sequence[str], language: Language) -> str:
    """Return the labels as a list is said: "laboratory and pharmacy"."""
    return format_list(list(labels), locale=cldr(language.key))


def day_label(day: date, language: Language) -> str:
    """Return a day in full: "Sunday, the third of May 2026"."""
    return _day(day, language, language.readings.day)


def moment_label(at: datetime, today: date, language: Language) -> str:
    """Return a day and a time: "tomorrow at three in the afternoon"."""
    said = language.readings
    away = (at.date() - today).days
    named = said.near.get(away) or _day(at.date(), language, said.day if away > _FAR_DAYS else said.near_day)
    return said.moment.format(day=named, time=time_label(at, language))


def date_label(day: date, language: Language) -> str:
    """Return a day of the year in words: "the third of May"."""
    form = language.readings.near_day.partition("{weekday}, ")[2]
    return _date(day.month, day.day, language.key, form)


@lru_cache(maxsize=2_048)
def _date(month: int, day: int, language_key: str, form: str) -> str:
    return form.format(
        ordinal=num2words(day, lang=language_key, to="ordinal"),
        day=num2words(day, lang=language_key),
        month=cldr(language_key).months["format"]["wide"][month],
    )


@lru_cache(maxsize=16)
def cldr(language_key: str) -> Locale:
    """Return what CLDR knows of a language."""
    return Locale.parse(language_key)


def _day(day: date, language: Language, form: str) -> str:
    names = cldr(language.key)
    return form.format(
        weekday=names.days["format"]["wide"][day.weekday()],
        ordinal=num2words(day.day, lang=language.key, to="ordinal"),
        day=day.day,
        month=names.months["format"]["wide"][day.month],
        year=day.year,
    )


def time_label(at: datetime, language: Language) -> str:
    """Return a time of the day as it is said: "three in the afternoon"."""
    said = language.readings
    hour = at.hour if said.has_24_hours else (at.hour % _NOON or _NOON)
    part = next(name for first, name in reversed(said.parts) if first <= at.hour)
    if at.minute:
        return said.time_and_minutes.format(hour=hour, minute=f"{at.minute:02}", part=part).strip()
    form = said.time_at_one if hour == 1 else said.time
    return form.format(hour=_hour_word(hour, language), part=part).strip()


def _hour_word(hour: int, language: Language) -> str:
    return str(num2words(hour, lang=language.key))

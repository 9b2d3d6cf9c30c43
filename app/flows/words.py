"""How the author's short spellings are read: durations, flags, a plain string for a prompt.

Each function takes what the file says and gives what the schema checks; a ValueError is one line.
"""

import re
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.flows.parts import DayBound

NAME_PATTERN: Final = r"^(_?[A-Za-z]|_[0-9])([A-Za-z0-9_]*[A-Za-z0-9])?_?$"
"""Names of steps are names in conditions, so they are CEL's identifiers; those in `__` are Python's."""

DURATION_PATTERN: Final = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h)$"

DAY_PATTERN: Final = r"^(today|[0-9]{4}-[0-9]{2}-[0-9]{2})( *[+-] *[0-9]{1,5} *[dwmy])?$"

_DAY: Final = re.compile(r"(today|\d{4}-\d\d-\d\d)(?: *([+-]) *(\d{1,5}) *([dwmy]))?", re.ASCII)
_ITEM: Final = re.compile(r"[\w][\w -]{0,59}")
_DAYS: Final = {"d": 1, "w": 7}
_MONTHS: Final = {"m": 1, "y": 12}
_YEARS: Final = range(1800, 2201)
"""Nobody is asked for a day outside of these."""

_DURATION: Final = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h)")
_MILLIS: Final = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_SAY_KEYS: Final = frozenset({"text", "ssml", "audio"})


def as_duration(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read `5s`, `300ms`, `15m`, `1h`."""
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a duration is expected here, such as `5s`, `300ms` or `15m`")
    return round(float(found[1]) * _MILLIS[found[2]])


def as_flag(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read `true` and `false`; nothing else is a truth in YAML 1.2."""
    flags = {"true": True, "false": False}
    if not isinstance(value, str) or value.lower() not in flags:
        raise ValueError("`true` or `false` is expected here")
    return flags[value.lower()]


def as_switch(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a universal's keys; `off`, `false` and nothing switch it off."""
    return "" if value in {None, "off", "false"} else value


def as_length(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read one length as both bounds."""
    return value if isinstance(value, list | tuple) else (value, value)


def as_prompt(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a prompt as what is said by language; a text without a language stands under the empty key."""
    if isinstance(value, str):
        return {"": {"text": value}}
    if not isinstance(value, dict) or not value:
        raise ValueError("a text, or a text for each language, is expected here")
    if _SAY_KEYS & value.keys():
        return {"": value}
    return {key: {"text": said} if isinstance(said, str) else said for key, said in value.items()}


def as_choice(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a choice that is only a text."""
    return {"text": value} if isinstance(value, str) else value


def as_synonyms(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a list without a language."""
    return {"": value} if isinstance(value, list) else value


def as_about(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read one text for all languages."""
    return {"": value} if isinstance(value, str) else value


def as_extract(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a type alone, or a list of choices."""
    if isinstance(value, str):
        return {"type": value}
    if isinstance(value, list):
        return {"type": "choice", "choices": value}
    if isinstance(value, dict) and "choices" in value:
        return {"type": "choice", **value}
    return value


def as_sent(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a list of names as names with the expressions that are those names."""
    return {each: each for each in value} if _is_words(value) else value


def _is_words(value: Any) -> bool:  # noqa: ANN401 - whatever the file holds
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def as_day(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read `2026-05-03`, `today`, `today + 6w`: days, weeks, months or years."""
    if isinstance(value, DayBound):
        return value
    found = _DAY.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a day is expected here, such as `2026-05-03`, `today` or `today + 6w`")
    try:
        day = None if found[1] == "today" else date.fromisoformat(found[1])
    except ValueError:
        raise ValueError(f"there is no day `{found[1]}`") from None
    count = int(found[3] or 0) * (-1 if found[2] == "-" else 1)
    unit = found[4] or "d"
    bound = DayBound(day, count * _MONTHS.get(unit, 0), count * _DAYS.get(unit, 0))
    if abs(bound.months) > 12 * len(_YEARS) or bound.seen_from(date(2000, 1, 1)).year not in _YEARS:
        raise ValueError(f"the day lies outside of {_YEARS.start} to {_YEARS.stop - 1}")
    return bound


def as_rounds(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read a list, or texts of one language, as texts by language; a name stays a name."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        if len(set(value)) < len(value):
            raise ValueError("two of these are the same")
        value = {each: each for each in value}
    if not isinstance(value, dict) or not value:
        raise ValueError("the name of a `select_many`, or a list of names, is expected here")
    if len(value) > 50 or not all(_ITEM.fullmatch(each) for each in value):  # noqa: PLR2004 - see MOST_ROUNDS
        raise ValueError("at most 50 names of letters, digits, spaces and `-` are expected here")
    return {name: {"": text} if isinstance(text, str) else text for name, text in value.items()}


def as_zone(value: Any) -> Any:  # noqa: ANN401 - whatever the file holds
    """Read the name of a time zone, as the IANA list has it."""
    try:
        return ZoneInfo(value).key
    except (LookupError, TypeError, ValueError, OSError):
        raise ValueError(f"`{value}` is no time zone; write one such as `America/New_York`") from None

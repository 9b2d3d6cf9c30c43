"""From an address' query to the calls that are meant: each wrong value is one clear line. Reads no call."""

import re
from collections.abc import Mapping
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Final

from app.adapters.store.selection import Filter
from app.adapters.store.words import sought
from app.domain.call import Direction, Disposition
from app.web.requests import Refused

NAMES: Final = (
    "flow",
    "disposition",
    "direction",
    "language",
    "number",
    "since",
    "until",
    "slow",
    "slow_by",
    "q",
)
"""What may stand in the query; everything else there is somebody else's."""

SLOW_BY: Final = ("worst", "median")

_LONGEST: Final = 200
_FEWEST_DIGITS: Final = 3
_NUMBER: Final = re.compile(r"\+?[0-9 ()./-]+")
_MOST_MS: Final = 600_000


def filter_of(query: Mapping[str, str]) -> Filter:
    """Return the filter that the query asks for; what is empty asks for nothing. Raises Refused (400)."""
    given = {name: query.get(name, "").strip() for name in NAMES}
    for name, value in given.items():
        if len(value) > _LONGEST:
            raise Refused(400, f"`{name}` is too long: {_LONGEST} characters at most")
    slow, by = _slow(given["slow"]), given["slow_by"] or SLOW_BY[0]
    if by not in SLOW_BY:
        raise Refused(400, "`slow_by` must be worst or median")
    since, until = (_day(name, given[name]) for name in ("since", "until"))
    if since is not None and until is not None and since > until:
        raise Refused(400, "`since` is later than `until`: no call began between them")
    return Filter(
        flow=given["flow"] or None,
        disposition=_one_of("disposition", given["disposition"], [one.value for one in Disposition]),
        direction=_one_of("direction", given["direction"], [one.value for one in Direction]),
        since=since,
        until=None if until is None else until + timedelta(days=1),
        language=given["language"] or None,
        number=_number(given["number"]),
        worst_ms=slow if by == "worst" else None,
        median_ms=slow if by == "median" else None,
        words=_words(given["q"]),
    )


def kept(query: Mapping[str, str]) -> dict[str, str]:
    """Return the part of the query that filters, without what is empty, for addresses of other pages."""
    found = {name: query.get(name, "").strip() for name in NAMES}
    if not found["slow"]:
        del found["slow_by"]
    return {name: value for name, value in found.items() if value}


def _one_of(name: str, value: str, known: list[str]) -> str | None:
    if value and value not in known:
        raise Refused(400, f"`{name}` must be one of: {', '.join(known)}")
    return value or None


def _day(name: str, value: str) -> datetime | None:
    if not value:
        return None
    try:
        found = datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Refused(400, f"`{name}` must be a day, as in 2026-01-31") from None
    # The day behind the last one that can be written is none.
    return found if found.year < MAXYEAR else None


def _number(value: str) -> str | None:
    if not value:
        return None
    digits = sum(letter.isdigit() for letter in value)
    if not _NUMBER.fullmatch(value) or digits < _FEWEST_DIGITS:
        raise Refused(
            400, f"`number` must be a whole number with its +, or the last {_FEWEST_DIGITS} digits or more"
        )
    return value


def _slow(value: str) -> int | None:
    if not value:
        return None
    if not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= _MOST_MS):
        raise Refused(400, f"`slow` must be a whole number of milliseconds, from 1 to {_MOST_MS}")
    return int(value)


def _words(value: str) -> str | None:
    if value and sought(value) is None:
        raise Refused(400, "`q` holds no word to search for")
    return value or None

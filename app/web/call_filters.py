"""From an address' query to the calls that are meant: each wrong value is one clear line. Reads no call."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Final

from app.adapters.store.selection import Filter
from app.adapters.store.words import sought
from app.domain.call import Direction, Disposition
from app.web.doors import Doors
from app.web.queries import FILTERS, day_behind, day_of, flow_among, in_order, one_of
from app.web.requests import Refused

SLOW_BY: Final = ("worst", "median")

PERSONAL: Final = frozenset({"number", "q"})
"""Filters whose values are a caller's number or words."""

_LONGEST: Final = 200
_FEWEST_DIGITS: Final = 3
_NUMBER: Final = re.compile(r"\+?[0-9 ()./-]+")
_MOST_MS: Final = 600_000
_MOST_DIGITS: Final = 9


def filter_of(query: Mapping[str, str]) -> Filter:
    """Return the filter that the query asks for; what is empty asks for nothing. Raises Refused (400)."""
    given = {name: query.get(name, "").strip() for name in FILTERS}
    for name, value in given.items():
        if len(value) > _LONGEST:
            raise Refused(400, f"`{name}` is too long: {_LONGEST} characters at most")
    slow, by = _slow(given["slow"]), one_of("slow_by", given["slow_by"] or SLOW_BY[0], SLOW_BY)
    since, until = (day_of(name, given[name]) for name in ("since", "until"))
    in_order(since, until)
    return Filter(
        flow=given["flow"] or None,
        disposition=_one_of("disposition", given["disposition"], [one.value for one in Disposition]),
        direction=_one_of("direction", given["direction"], [one.value for one in Direction]),
        since=midnight(since),
        until=midnight(day_behind(until)),
        language=given["language"] or None,
        number=_number(given["number"]),
        worst_ms=slow if by == "worst" else None,
        median_ms=slow if by == "median" else None,
        words=_words(given["q"]),
    )


async def check_flow(doors: Doors, wanted: Filter) -> None:
    """Raise Refused (404) for a flow that was never served and held no call, with the nearest name."""
    name, shelf = wanted.flow, doors.shelf
    if name is None or name in doors.flows.names() or shelf is None:
        return
    held = await shelf.do(lambda archive: archive.reader.facets()["flow"])
    flow_among(name, (*doors.flows.names(), *held))


def kept(query: Mapping[str, str]) -> dict[str, str]:
    """Return the part of the query that filters, without what is empty, for addresses of other pages."""
    found = {name: query.get(name, "").strip() for name in FILTERS}
    if not found["slow"]:
        del found["slow_by"]
    return {name: value for name, value in found.items() if value}


def told(query: Mapping[str, str]) -> str:
    """Return in a line what is filtered by, for what outlives calls: of personal filters the name alone."""
    return " ".join(name if name in PERSONAL else f"{name}={value}" for name, value in kept(query).items())


def _one_of(name: str, value: str, known: list[str]) -> str | None:
    return one_of(name, value, known) if value else None


def midnight(day: date | None) -> datetime | None:
    """Return when the day begins, in UTC."""
    return datetime.combine(day, time(), UTC) if day else None


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
    is_number = value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS
    if not is_number or not 1 <= int(value) <= _MOST_MS:
        raise Refused(400, f"`slow` must be a whole number of milliseconds, from 1 to {_MOST_MS}")
    return int(value)


def _words(value: str) -> str | None:
    if value and sought(value) is None:
        raise Refused(400, "`q` holds no word to search for")
    return value or None

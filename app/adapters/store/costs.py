"""What a stored call cost by list price: a projection of what its providers reported. Knows no bill."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.codec import Json, decode_fact, from_json
from app.domain.call import BROWSERS, Direction
from app.domain.cost import FREE, Prices, Usage
from app.engine.events import Fact, ProviderReported

_MS = timedelta(milliseconds=1)
_REPORTS = sa.select(schema.call_event.c.data).where(
    schema.call_event.c.call == sa.bindparam("of_call"),
    schema.call_event.c.kind == ProviderReported.__name__,
)


def cost_of(connection: sa.Connection, row: sa.RowMapping, prices: Prices) -> Json | None:
    """Return the parts and their sum in dollars, or None for a call in progress. Raises CodecError."""
    if row["ended_at"] is None:
        return None
    usage = Usage()
    for reported in _reports(connection, row["id"]):
        _count(usage, reported)
    answered: datetime | None = row["answered_at"]
    answered_ms = None if answered is None else (row["ended_at"] - answered) // _MS
    has_carrier = not row["carrier_sid"].startswith(BROWSERS)
    cost = usage.cost(
        prices, direction=Direction(row["direction"]), answered_ms=answered_ms, has_carrier=has_carrier
    )
    return dict(cost)


def total_cost(connection: sa.Connection, calls: sa.Subquery, prices: Prices) -> float | None:
    """Return what the calls that ended cost together, or None where nothing has a price. Raises CodecError.

    They are added up one by one, as they come from the database.
    """
    if prices == FREE:
        return None
    streamed = connection.execution_options(yield_per=1_000)
    together = Usage()
    event = schema.call_event.c
    query = (
        sa.select(event.data)
        .join(calls, calls.c.id == event.call)
        .where(event.kind == ProviderReported.__name__, calls.c.ended_at.is_not(None))
    )
    for data in streamed.execute(query).scalars():
        _count(together, decode_fact(from_json(data)["fact"]))
    # Nobody took this one: what is left is what was used.
    total = _total(together, prices, Direction.INBOUND, None)
    ended = sa.select(calls.c.direction, calls.c.answered_at, calls.c.ended_at).where(
        calls.c.ended_at.is_not(None),
        calls.c.answered_at.is_not(None),
        ~calls.c.carrier_sid.startswith(BROWSERS, autoescape=True),
    )
    for direction, answered_at, ended_at in streamed.execute(ended):
        total += _total(Usage(), prices, Direction(direction), (ended_at - answered_at) // _MS)
    return total


def _total(usage: Usage, prices: Prices, direction: Direction, answered_ms: int | None) -> float:
    return float(usage.cost(prices, direction=direction, answered_ms=answered_ms)["total"])


def _count(usage: Usage, fact: Fact) -> None:
    if isinstance(fact, ProviderReported) and fact.event == "used":
        usage.add(fact.service, fact.unit, fact.amount, by=fact.detail)


def _reports(connection: sa.Connection, call_id: str) -> list[ProviderReported]:
    # The plain text does: what is masked in it are words, never amounts.
    facts: list[Any] = [
        decode_fact(from_json(data)["fact"])
        for data in connection.execute(_REPORTS, {"of_call": call_id}).scalars()
    ]
    return [fact for fact in facts if isinstance(fact, ProviderReported)]

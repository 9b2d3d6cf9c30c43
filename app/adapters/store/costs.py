"""What a stored call cost by list price: a projection of what its providers reported. Knows no bill."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.codec import Json, decode_fact, from_json
from app.domain.call import Direction
from app.domain.cost import Prices, Usage
from app.engine.events import ProviderReported

_MS = timedelta(milliseconds=1)


def cost_of(connection: sa.Connection, row: sa.RowMapping, prices: Prices) -> Json | None:
    """Return the parts and their sum in dollars, or None for a call in progress. Raises CodecError."""
    if row["ended_at"] is None:
        return None
    usage = Usage()
    for reported in _reports(connection, row["id"]):
        if reported.event == "used":
            usage.add(reported.service, reported.unit, reported.amount, by=reported.detail)
    answered: datetime | None = row["answered_at"]
    answered_ms = None if answered is None else (row["ended_at"] - answered) // _MS
    return dict(usage.cost(prices, direction=Direction(row["direction"]), answered_ms=answered_ms))


def _reports(connection: sa.Connection, call_id: str) -> list[ProviderReported]:
    event = schema.call_event.c
    query = sa.select(event.data).where(event.call == call_id, event.kind == ProviderReported.__name__)
    # The plain text does: what is masked in it are words, never amounts.
    facts: list[Any] = [decode_fact(from_json(data)["fact"]) for data in connection.execute(query).scalars()]
    return [fact for fact in facts if isinstance(fact, ProviderReported)]

"""What the console does with stored calls beyond reading one: lists, journals by the page, replays, removal.

Runs on a thread of the caller's; knows no loop and no page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.codec import Json, from_json
from app.adapters.store.database import Database
from app.adapters.store.reader import CallPage, CallReader
from app.adapters.store.removal import delete_call
from app.adapters.store.replaying import Difference, replay
from app.adapters.store.results import ResultReader
from app.adapters.store.selection import Filter

COUNTED: Final = 1_000
"""So many calls are counted exactly."""

_EVENT = schema.call_event.c


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of calls, how many there are (`COUNTED` + 1 for more), and what could be filtered by."""

    page: CallPage
    count: int
    flows: Sequence[str]
    languages: Sequence[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a replay: how many events were fed, and where the orders differed, if they did."""

    events: int
    difference: Difference | None


class CallArchive:
    """Every method may raise StoreError. What is sensitive stays masked, but for the replay's own use."""

    def __init__(self, database: Database, reader: CallReader) -> None:
        self._database = database
        self.reader = reader
        self.results = ResultReader(database)

    def listing(self, wanted: Filter, *, after: str | None, limit: int) -> Listing:
        """Return a page behind the key `after`. Raises KeyError when that is no key."""
        page = self.reader.page(wanted, after=after, limit=limit)
        facets = self.reader.facets()
        return Listing(page, self.reader.count(wanted, most=COUNTED), facets["flow"], facets["language"])

    def kinds(self, call_id: str) -> dict[str, int]:
        """Return how many journal lines of each kind the call has, by name."""
        query = (
            sa.select(_EVENT.kind, sa.func.count())
            .where(_EVENT.call == call_id)
            .group_by(_EVENT.kind)
            .order_by(_EVENT.kind)
        )
        with self._database.reading.begin() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def journal(self, call_id: str, *, kind: str | None, after: int, limit: int) -> list[Json]:
        """Return up to `limit` journal lines behind the one numbered `after`, as the log shows them."""
        query = sa.select(schema.call_event).where(_EVENT.call == call_id, _EVENT.seq > after)
        if kind is not None:
            query = query.where(_EVENT.kind == kind)
        with self._database.reading.begin() as connection:
            rows = connection.execute(query.order_by(_EVENT.seq).limit(limit)).mappings().all()
        return [
            {name: row[name] for name in ("seq", "at_ms", "epoch", "kind")} | from_json(row["data"])
            for row in rows
        ]

    def replay(self, call_id: str) -> Verdict | None:
        """Feed the call's journal through the core again; None when there is no such call.

        Raises NotReplayableError, CodecError.
        """
        stored, events = self.reader.stored(call_id), self.reader.events(call_id, reveal=True)
        return None if stored is None or events is None else Verdict(*replay(stored, events))

    def delete(self, call_id: str) -> bool:
        """Delete a call for good; see `delete_call`."""
        return delete_call(self._database, self.reader, call_id)

"""Writes queued journal lines and their projections inside a transaction, fenced by epoch.

Knows streams (one owner's lines of one call) and what became of them; starts no transaction itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.adapters.store import quotas, schema
from app.adapters.store.codec import JournalLine, Json, from_json
from app.adapters.store.errors import is_of_the_store, one_line
from app.adapters.store.rows import RowMaker, Rows
from app.adapters.store.statements import Prepared
from app.adapters.store.summing import sum_up
from app.domain.call import CallId
from app.session.ports import LogError, StaleEpoch

_MAX_TROUBLED = 10_000


class StreamKey(NamedTuple):
    """One owner's lines of one call."""

    call: CallId
    epoch: int


@dataclass(frozen=True, slots=True)
class QueuedLine:
    """A line on its way to disk; `wall` is when it was queued."""

    stream: StreamKey
    line: JournalLine
    sensitive: bool
    wall: datetime


@dataclass(slots=True)
class _Batch:
    """Rows of one or several streams, ready for executemany."""

    events: list[Json] = field(default_factory=list)
    turns: list[Json] = field(default_factory=list)
    answers: list[Json] = field(default_factory=list)
    calls: list[Json] = field(default_factory=list)
    ends: list[Json] = field(default_factory=list)
    languages: list[Json] = field(default_factory=list)

    def add(self, stream: StreamKey, lines: Sequence[QueuedLine], rows: Sequence[Rows]) -> None:
        news: Json = {
            "b_call": stream.call,
            "b_last": schema.utc_text(lines[-1].wall),
            "b_answered": None,
        }
        language = None
        for queued, row in zip(lines, rows, strict=True):
            self.events.append(row.event)
            self.turns += row.turns
            self.answers += row.answers
            language = row.news.language or language
            if row.news.answered_ms is not None and news["b_answered"] is None:
                news["b_answered"] = schema.utc_text(queued.wall)
            if row.news.disposition is not None:
                self.ends.append(
                    {
                        "b_call": stream.call,
                        "b_disposition": row.news.disposition.value,
                        "b_state": quotas.state_after(row.news.disposition.value),
                        "b_cause": row.news.cause,
                        "b_ended": schema.utc_text(queued.wall),
                    }
                )
        self.calls.append(news)
        if language is not None:
            self.languages.append({"b_call": stream.call, "b_language": language})


_UPDATE_CALL = Prepared(
    sa.update(schema.call)
    .where(schema.call.c.id == sa.bindparam("b_call"))
    .values(
        last_event_at=sa.bindparam("b_last"),
        answered_at=sa.func.coalesce(
            schema.call.c.answered_at, sa.bindparam("b_answered", type_=schema.UtcTime)
        ),
    )
)
# Apart from the update that every flush makes: indexes hold the language.
_SET_LANGUAGE = Prepared(
    sa.update(schema.call)
    .where(schema.call.c.id == sa.bindparam("b_call"))
    .values(language=sa.bindparam("b_language"))
)
_END_CALL = Prepared(
    sa.update(schema.call)
    .where(schema.call.c.id == sa.bindparam("b_call"), schema.call.c.disposition.is_(None))
    .values(
        disposition=sa.bindparam("b_disposition"),
        cause=sa.bindparam("b_cause"),
        ended_at=sa.bindparam("b_ended"),
    )
)

_INSERT_EVENTS = Prepared(sa.insert(schema.call_event))
_INSERT_TURNS = Prepared(sa.insert(schema.turn))
_INSERT_ANSWERS = Prepared(sa.insert(schema.answer))


class Journal:
    """Used by the writer's thread alone."""

    def __init__(self, maker: RowMaker) -> None:
        self._maker = maker
        self._troubled: dict[StreamKey, LogError] = {}
        self._news: dict[StreamKey, LogError] = {}

    def trouble(self, stream: StreamKey) -> LogError | None:
        """Return why lines of this stream were not written, or None."""
        return self._troubled.get(stream)

    def written(self) -> None:
        """Learn that the transaction is durable: what it found out about streams holds."""
        self._troubled |= self._news
        self._news = {}
        while len(self._troubled) > _MAX_TROUBLED:
            del self._troubled[next(iter(self._troubled))]

    def undone(self) -> None:
        """Learn that the transaction was taken back, and what it found out with it."""
        self._news = {}

    def refuse(self, lines: Iterable[QueuedLine]) -> None:
        """Give these lines up for good: their streams can never be whole again."""
        for queued in lines:
            self._troubled[queued.stream] = LogError(
                f"call {queued.stream.call}: journal lines are lost, it can go no further"
            )

    def write(
        self, connection: sa.Connection, lines: Sequence[QueuedLine], *, one_by_one: bool = False
    ) -> None:
        """Write what may be written; streams that may not are remembered with the reason.

        Raises SQLAlchemyError and StoreError when nothing can be written at all. What else it raises is
        the fault of some stream; `one_by_one` then refuses that one and writes the others.
        """
        streams = {
            stream: list(group)
            for stream, group in groupby(sorted(lines, key=attrgetter("stream")), attrgetter("stream"))
            if stream not in self._troubled and stream not in self._news
        }
        if one_by_one:
            for stream, group in streams.items():
                reason = self._write_alone(connection, stream, group)
                if reason is not None:
                    self._news[stream] = reason
            return
        if not streams:
            return
        owners = _owners(connection, {stream.call for stream in streams})
        whole = _Batch()
        for stream, group in streams.items():
            reason = _fence(stream, owners)
            if reason is None:
                whole.add(stream, group, self._rows(group, owners[stream.call].private_steps))
            else:
                self._news[stream] = reason
        _execute(connection, whole)

    def _write_alone(
        self, connection: sa.Connection, stream: StreamKey, group: list[QueuedLine]
    ) -> LogError | None:
        """Write one stream, or take back all that was written of it and return why.

        Raises what is no fault of this stream.
        """
        try:
            with connection.begin_nested():
                owners = _owners(connection, {stream.call})
                reason = _fence(stream, owners)
                if reason is None:
                    rows = self._rows(group, owners[stream.call].private_steps)
                    self._insert_missing(connection, stream, group, rows)
        except LogError as error:
            return error
        except Exception as error:
            if is_of_the_store(error):
                raise
            return LogError(f"call {stream.call}: a journal line cannot be written: {one_line(error)}")
        return reason

    def _rows(self, group: Sequence[QueuedLine], private: frozenset[str]) -> list[Rows]:
        return [
            self._maker.rows(q.stream.call, q.line, sensitive=q.sensitive, private_steps=private)
            for q in group
        ]

    def _insert_missing(
        self, connection: sa.Connection, stream: StreamKey, group: list[QueuedLine], rows: list[Rows]
    ) -> None:
        """Write one stream whose lines may be there already: a commit can succeed and its news be lost.

        Raises LogError for a line that is there and says otherwise.
        """
        there = _stored(connection, stream.call, [row.event["seq"] for row in rows])
        new = []
        for queued, row in zip(group, rows, strict=True):
            event = row.event
            old = there.setdefault(event["seq"], event)
            if old is event:
                new.append((queued, row))
            elif (old["epoch"], old["data"]) != (event["epoch"], event["data"]):
                raise LogError(
                    f"call {stream.call}: journal line {event['seq']} is there already and says otherwise"
                )
        if new:
            batch = _Batch()
            batch.add(stream, [q for q, _ in new], [row for _, row in new])
            _execute(connection, batch)


class _Owner(NamedTuple):
    epoch: int
    private_steps: frozenset[str]


_OWNERS_AT_ONCE = 256


def _owners(connection: sa.Connection, calls: set[CallId]) -> dict[str, _Owner]:
    owners = {}
    left = sorted(calls)
    while left:
        asked, left = left[:_OWNERS_AT_ONCE], left[_OWNERS_AT_ONCE:]
        # Powers of two: few spellings to keep. A call named twice is found once.
        places = 1 << (len(asked) - 1).bit_length()
        asked += asked[-1:] * (places - len(asked))
        values = {f"b_{place}": call for place, call in enumerate(asked)}
        for id_, epoch, steps in _owners_of(places).select(connection, values):
            owners[id_] = _Owner(epoch, _steps(steps))
    return owners


@lru_cache(maxsize=16)
def _owners_of(places: int) -> Prepared:
    # The row lock (a no-op on SQLite, whose writer is alone) keeps a claim out until we commit.
    return Prepared(
        sa.select(schema.call.c.id, schema.call.c.epoch, schema.flow.c.sensitive_steps)
        .join(schema.flow, schema.flow.c.sha256 == schema.call.c.flow_sha256)
        .where(schema.call.c.id.in_([sa.bindparam(f"b_{place}") for place in range(places)]))
        .order_by(schema.call.c.id)
        .with_for_update(of=schema.call)
    )


@lru_cache(maxsize=256)
def _steps(text: str) -> frozenset[str]:
    return frozenset(from_json(text))


def _fence(stream: StreamKey, owners: dict[str, _Owner]) -> LogError | None:
    owner = owners.get(stream.call)
    if owner is None:
        return LogError(f"call {stream.call} is not in the call log")
    if owner.epoch != stream.epoch:
        return StaleEpoch(f"call {stream.call} belongs to epoch {owner.epoch} now, not to {stream.epoch}")
    return None


def _stored(connection: sa.Connection, call: CallId, seqs: list[int]) -> dict[int, Any]:
    event = schema.call_event.c
    query = sa.select(event.seq, event.epoch, event.data).where(event.call == call, event.seq.in_(seqs))
    return {row["seq"]: row for row in connection.execute(query).mappings()}


def _execute(connection: sa.Connection, batch: _Batch) -> None:
    for statement, rows in (
        (_INSERT_EVENTS, batch.events),
        (_INSERT_TURNS, batch.turns),
        (_INSERT_ANSWERS, batch.answers),
        (_UPDATE_CALL, batch.calls),
        (_SET_LANGUAGE, batch.languages),
        (_END_CALL, batch.ends),
        (quotas.SETTLE, batch.ends),
    ):
        if rows:
            statement.run(connection, rows)
    sum_up(connection, {end["b_call"] for end in batch.ends})


def rebuild(connection: sa.Connection, maker: RowMaker, call: CallId) -> None:
    """Make the call's turns and answers anew from its events. Raises StoreError, CodecError."""
    events = connection.execute(
        sa.select(schema.call_event).where(schema.call_event.c.call == call).order_by(schema.call_event.c.seq)
    ).mappings()
    made = [maker.rebuilt(event) for event in events]
    for table, rows in (
        (schema.turn, [row for m in made for row in m.turns]),
        (schema.answer, [row for m in made for row in m.answers]),
    ):
        connection.execute(sa.delete(table).where(table.c.call == call))
        if rows:
            connection.execute(sa.insert(table), rows)
    ends = [m.news.disposition for m in made if m.news.disposition is not None]
    if ends:
        connection.execute(
            sa.update(schema.call).where(schema.call.c.id == call).values(disposition=ends[0].value)
        )
        sum_up(connection, [call])

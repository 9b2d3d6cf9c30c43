"""What a call's own row goes through: created, claimed, finished, found again after a crash.

Each function runs on the connection it is given, inside the caller's transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.adapters.store import quotas, schema
from app.adapters.store.codec import from_json, to_json
from app.adapters.store.rows import RowMaker
from app.adapters.store.selection import party_of
from app.adapters.store.summing import sum_up
from app.domain.call import CallId, CallInfo, Direction, Disposition
from app.flows.model import Flow, private_names
from app.session.ports import LogError, StaleEpoch, StoredCall

_CALL = schema.call.c


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call that has no end yet; `last_event_at` is when its last journal line was queued."""

    id: CallId
    carrier_sid: str
    flow: str
    epoch: int
    resumes: int
    started_at: datetime
    last_event_at: datetime


def create(connection: sa.Connection, info: CallInfo, flow: Flow, now: datetime, owner: str) -> None:
    """Write the call, and its flow when no call used it before. Raises LogError when the call is there."""
    _freeze(connection, flow, now)
    there = connection.execute(sa.select(_CALL.id).where(_CALL.carrier_sid == info.carrier_sid)).scalar()
    if there is not None:
        raise LogError(f"the carrier's call {info.carrier_sid} is in the call log already, as {there}")
    connection.execute(
        sa.insert(schema.call).values(
            id=info.id,
            carrier_sid=info.carrier_sid,
            flow=info.flow,
            flow_version=info.flow_version,
            flow_sha256=flow.sha256,
            direction=info.direction.value,
            from_number=info.from_number,
            to_number=info.to_number,
            variables=to_json(info.variables),
            language=flow.default_language,
            started_at=now,
            last_event_at=now,
            owner=owner,
            party=party_of(info.direction.value, info.from_number, info.to_number),
        )
    )
    # Here, not at the end: its number is the call's place in the order of beginnings.
    connection.execute(sa.insert(schema.call_text).values(call=info.id))


def claim(connection: sa.Connection, carrier_sid: str, epoch: int, owner: str) -> bool:
    """Take the call over from `epoch`; False when its epoch is another, it has ended, or there is none."""
    taken = connection.execute(
        sa.update(schema.call)
        .where(_CALL.carrier_sid == carrier_sid, _CALL.epoch == epoch, _CALL.disposition.is_(None))
        .values(epoch=epoch + 1, resumes=_CALL.resumes + 1, owner=owner)
    )
    return taken.rowcount == 1


def finish(
    connection: sa.Connection, call: CallId, epoch: int, disposition: Disposition, cause: str, now: datetime
) -> None:
    """Write the end unless there is one. Raises StaleEpoch, and LogError for a call that is not there."""
    ended = connection.execute(
        sa.update(schema.call)
        .where(_CALL.id == call, _CALL.epoch == epoch, _CALL.disposition.is_(None))
        .values(disposition=disposition.value, cause=cause, ended_at=now)
    )
    if ended.rowcount == 1:
        sum_up(connection, [call])
        quotas.settle(connection, [call], disposition.value, now)
        return
    row = connection.execute(sa.select(_CALL.epoch, _CALL.disposition).where(_CALL.id == call)).one_or_none()
    if row is None:
        raise LogError(f"call {call} is not in the call log")
    if row.disposition is None:
        raise StaleEpoch(f"call {call} belongs to epoch {row.epoch} now, not to {epoch}")


def load(connection: sa.Connection, maker: RowMaker, carrier_sid: str) -> StoredCall | None:
    """Read the call with its whole journal. Raises StoreError, CodecError."""
    row = connection.execute(_WITH_FLOW.where(_CALL.carrier_sid == carrier_sid)).mappings().one_or_none()
    if row is None:
        return None
    return stored(connection, maker, row)


def load_by_id(connection: sa.Connection, maker: RowMaker, call: str) -> StoredCall | None:
    """Read the call with this id of ours. Raises StoreError, CodecError."""
    row = connection.execute(_WITH_FLOW.where(_CALL.id == call)).mappings().one_or_none()
    return None if row is None else stored(connection, maker, row)


def stored(connection: sa.Connection, maker: RowMaker, row: sa.RowMapping) -> StoredCall:
    """Read the journal that goes with a call's row."""
    events = connection.execute(
        sa.select(schema.call_event)
        .where(schema.call_event.c.call == row["id"])
        .order_by(schema.call_event.c.seq)
    ).mappings()
    lines = [maker.line(event) for event in events]
    return StoredCall(
        info=_info(row),
        epoch=row["epoch"],
        resumes=row["resumes"],
        disposition=None if row["disposition"] is None else Disposition(row["disposition"]),
        flow_source=row["yaml"],
        flow_sha256=row["flow_sha256"],
        entries=tuple((line.at, line.fact) for line in lines),
    )


def unfinished(connection: sa.Connection) -> tuple[str, ...]:
    """Return the carrier's names of all calls without an end, the oldest first."""
    query = sa.select(_CALL.carrier_sid).where(_CALL.disposition.is_(None)).order_by(_CALL.started_at)
    return tuple(connection.execute(query).scalars())


def recover(connection: sa.Connection, now: datetime, window: timedelta) -> tuple[OpenCall, ...]:
    """End the open calls that can no longer come back; return the others, the latest first."""
    rows = connection.execute(_WITH_FLOW.where(_CALL.disposition.is_(None)).order_by(_CALL.started_at.desc()))
    alive = []
    for row in rows.mappings().all():
        if row["started_at"] + timedelta(milliseconds=row["max_duration_ms"]) + window >= now:
            alive.append(OpenCall(**{name: row[name] for name in OpenCall.__slots__}))
        else:
            connection.execute(
                sa.update(schema.call)
                .where(_CALL.id == row["id"], _CALL.disposition.is_(None))
                .values(
                    disposition=Disposition.INTERRUPTED.value,
                    cause="never resumed",
                    ended_at=row["last_event_at"],
                )
            )
            sum_up(connection, [row["id"]])
            quotas.settle(connection, [row["id"]], Disposition.INTERRUPTED.value, now)
    return tuple(alive)


def add_recording(
    connection: sa.Connection, call: CallId, path: str, kind: str, slot: str, now: datetime
) -> None:
    """Note a recording; the same path twice is one. Raises LogError for a call that is not there."""
    if connection.execute(sa.select(_CALL.id).where(_CALL.id == call)).scalar() is None:
        raise LogError(f"call {call} is not in the call log")
    table = schema.recording
    connection.execute(sa.delete(table).where(table.c.call == call, table.c.path == path))
    connection.execute(sa.insert(table).values(call=call, path=path, kind=kind, slot=slot, added_at=now))


def delete(connection: sa.Connection, call: str) -> None:
    """Remove the call and everything that hangs on it; its flow stays. Harmless when it is not there."""
    # Their keys outlive the call; what was reserved for one that never ended is free.
    quotas.release(connection, call)
    hanging = (schema.recording, schema.answer, schema.turn, schema.call_event, schema.call_text)
    for table in (*hanging, schema.callback, schema.outbox):
        connection.execute(sa.delete(table).where(table.c.call == call))
    connection.execute(sa.delete(schema.call).where(_CALL.id == call))


_WITH_FLOW = sa.select(schema.call, schema.flow.c.yaml, schema.flow.c.max_duration_ms).join(schema.flow)


def _freeze(connection: sa.Connection, flow: Flow, now: datetime) -> None:
    table = schema.flow
    if (
        connection.execute(sa.select(table.c.sha256).where(table.c.sha256 == flow.sha256)).scalar()
        is not None
    ):
        return
    private = sorted(private_names(flow))
    connection.execute(
        sa.insert(table).values(
            sha256=flow.sha256,
            id=flow.name,
            version=flow.version,
            yaml=flow.source,
            max_duration_ms=flow.max_duration_ms,
            sensitive_steps=to_json(private),
            frozen_at=now,
        )
    )


def _info(row: sa.RowMapping) -> CallInfo:
    variables: dict[str, Any] = from_json(row["variables"])
    return CallInfo(
        id=CallId(row["id"]),
        carrier_sid=row["carrier_sid"],
        flow=row["flow"],
        flow_version=row["flow_version"],
        direction=Direction(row["direction"]),
        from_number=row["from_number"],
        to_number=row["to_number"],
        variables=variables,
    )

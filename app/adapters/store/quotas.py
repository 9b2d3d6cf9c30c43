"""Places in quotas: reserved, committed, released, counted; starts no transaction itself.

A place counts while it is reserved or committed. Whoever ends a call settles its places in the same
transaction, so that a cell never holds more than its target and nobody's place is forgotten.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.adapters.store import schema
from app.adapters.store.statements import Prepared
from app.domain.call import Disposition
from app.domain.errands import Cell, ReserveQuota

RESERVED: Final = "reserved"
COMMITTED: Final = "committed"
RELEASED: Final = "released"

_PLACE = schema.quota_place.c
_CELL = schema.quota_cell.c
_ONE_AT_A_TIME: Final = 0x51554F54
"""The advisory lock of PostgreSQL under which places are given out: whoever counts is alone."""

SETTLE: Final = Prepared(
    sa.update(schema.quota_place)
    .where(_PLACE.call == sa.bindparam("b_call"), _PLACE.state == sa.literal_column("'reserved'"))
    .values(state=sa.bindparam("b_state"), settled_at=sa.bindparam("b_ended"))
)
"""Settles the reserved places of a call; needs `b_call`, `b_state` and `b_ended`."""


@dataclass(frozen=True, slots=True)
class Filled:
    """How far a cell is filled. `reserved` are places of calls that have not ended."""

    flow: str
    cell: str
    target: int
    reserved: int
    committed: int


def state_after(disposition: str) -> str:
    """Return what becomes of the places of a call that ended so."""
    return COMMITTED if disposition == Disposition.COMPLETED.value else RELEASED


def reserve(connection: sa.Connection, call: str, wanted: ReserveQuota, now: datetime) -> str:
    """Give the call a place in every cell, and return nothing; or return a full one, and give none.

    A place that the call has already in one of the cells is its own. What it has besides is released: an
    answer that was corrected counts once. A call that has ended gets none.
    """
    # The row is kept from ending until this is committed: a place of an ended call would never be settled.
    alive = sa.select(schema.call.c.disposition).where(schema.call.c.id == call).with_for_update()
    row = connection.execute(alive).one_or_none()
    if row is None or row.disposition is not None:
        return wanted.cells[0].name if wanted.cells else ""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ONE_AT_A_TIME)))
    own = _own(connection, call, wanted.flow)
    missing = [cell for cell in wanted.cells if own.get(cell.name, RELEASED) == RELEASED]
    for cell in wanted.cells:
        _know(connection, wanted.flow, cell)
    taken = _taken(connection, wanted.flow, [cell.name for cell in missing])
    full = next((cell.name for cell in missing if taken.get(cell.name, 0) >= cell.target), "")
    _let_go(connection, call, wanted.flow, () if full else [cell.name for cell in wanted.cells], now)
    if full:
        return full
    for cell in missing:
        place = {"state": RESERVED, "reserved_at": now, "settled_at": None}
        _upsert(connection, schema.quota_place, {"call": call, "flow": wanted.flow, "cell": cell.name}, place)
    return ""


def settle(connection: sa.Connection, calls: Iterable[str], disposition: str, now: datetime) -> None:
    """Commit or release the places of calls that ended; those settled before stay as they are."""
    state, ended = state_after(disposition), schema.utc_text(now)
    rows = [{"b_call": call, "b_state": state, "b_ended": ended} for call in calls]
    if rows:
        SETTLE.run(connection, rows)


def release(connection: sa.Connection, call: str) -> None:
    """Free what is reserved for a call that is removed; what is committed counts on."""
    connection.execute(
        sa.update(schema.quota_place)
        .where(_PLACE.call == call, _PLACE.state == RESERVED)
        .values(state=RELEASED)
    )


def filled(connection: sa.Connection, flow: str | None = None) -> list[Filled]:
    """Return every cell that a call ever asked for, by flow and name."""
    counted = (
        sa.select(
            _PLACE.flow,
            _PLACE.cell,
            sa.func.count().filter(_PLACE.state == RESERVED).label("reserved"),
            sa.func.count().filter(_PLACE.state == COMMITTED).label("committed"),
        )
        .group_by(_PLACE.flow, _PLACE.cell)
        .subquery()
    )
    is_its = sa.and_(counted.c.flow == _CELL.flow, counted.c.cell == _CELL.cell)
    query = (
        sa.select(
            _CELL.flow,
            _CELL.cell,
            _CELL.target,
            sa.func.coalesce(counted.c.reserved, 0),
            sa.func.coalesce(counted.c.committed, 0),
        )
        .join_from(schema.quota_cell, counted, is_its, isouter=True)
        .order_by(_CELL.flow, _CELL.cell)
    )
    if flow is not None:
        query = query.where(_CELL.flow == flow)
    return [Filled(*row) for row in connection.execute(query)]


def _let_go(connection: sa.Connection, call: str, flow: str, kept: Sequence[str], now: datetime) -> None:
    """Release what the call has reserved in the flow's other cells."""
    connection.execute(
        sa.update(schema.quota_place)
        .where(_PLACE.call == call, _PLACE.flow == flow, _PLACE.state == RESERVED, _PLACE.cell.not_in(kept))
        .values(state=RELEASED, settled_at=now)
    )


def _own(connection: sa.Connection, call: str, flow: str) -> dict[str, str]:
    query = sa.select(_PLACE.cell, _PLACE.state).where(_PLACE.call == call, _PLACE.flow == flow)
    return {row[0]: row[1] for row in connection.execute(query)}


def _taken(connection: sa.Connection, flow: str, cells: Sequence[str]) -> dict[str, int]:
    query = (
        sa.select(_PLACE.cell, sa.func.count())
        .where(_PLACE.flow == flow, _PLACE.cell.in_(cells), _PLACE.state.in_((RESERVED, COMMITTED)))
        .group_by(_PLACE.cell)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _know(connection: sa.Connection, flow: str, cell: Cell) -> None:
    _upsert(connection, schema.quota_cell, {"flow": flow, "cell": cell.name}, {"target": cell.target})


def _upsert(
    connection: sa.Connection, table: sa.Table, key: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).values(**key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=dict(values)))

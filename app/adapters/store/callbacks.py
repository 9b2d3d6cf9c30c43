"""When callers want to be called back: kept with the number sealed, listed by time; calls nobody."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.database import Database
from app.adapters.store.do_not_call import plain
from app.adapters.store.errors import StoreError
from app.adapters.store.sealing import Vault
from app.adapters.store.selection import backward
from app.domain.call import CallInfo
from app.domain.errands import KeepCallback
from app.session.ports import LogError

_BACK = schema.callback.c


@dataclass(frozen=True, slots=True)
class Callback:
    """A wish to be called back. `wanted` is the moment as it was given, with its offset; empty for any."""

    call: str
    flow: str
    step: str
    number: str
    at: datetime | None
    wanted: str
    zone: str
    status: str
    added_at: datetime


def keep(
    connection: sa.Connection, vault: Vault, info: CallInfo, number: int, wish: KeepCallback, now: datetime
) -> None:
    """Keep the wish; the same errand again is the same wish. Raises StoreError, LogError."""
    mine = (_BACK.call == info.id, _BACK.errand == number)
    if connection.execute(sa.select(_BACK.call).where(*mine)).scalar() is not None:
        return
    if connection.execute(sa.select(schema.call.c.id).where(schema.call.c.id == info.id)).scalar() is None:
        raise LogError(f"call {info.id} is not in the call log")
    connection.execute(
        sa.insert(schema.callback).values(
            call=info.id,
            errand=number,
            flow=info.flow,
            step=wish.step,
            sealed=vault.seal({"number": wish.number or info.party}),
            at=moment(wish.at),
            wanted=wish.at,
            zone=wish.zone,
            status="open",
            added_at=now,
        )
    )


def moment(text: str) -> datetime | None:
    """Return the moment in UTC; None for no text, and for one that names none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo is not None else None


class Callbacks:
    """The wishes as operators see them, from any thread. Methods may raise StoreError."""

    def __init__(self, database: Database, vault: Vault, wall: Callable[[], datetime]) -> None:
        self._database = database
        self._vault = vault
        self._wall = wall

    def listed(self, *, status: str | None = "open") -> list[Callback]:
        """Return the wishes of this status (None: of any), the earliest first, those for any time last."""
        query = sa.select(schema.callback).order_by(_BACK.at.is_(None), _BACK.at, _BACK.added_at)
        if status is not None:
            query = query.where(_BACK.status == status)
        with self._database.reading.begin() as connection:
            return [
                Callback(
                    row.call, row.flow, row.step, self._opened(row.sealed), row.at, row.wanted, row.zone,
                    row.status, row.added_at,
                )
                for row in connection.execute(query)
            ]  # fmt: skip

    def close_for(self, call: str, status: str) -> bool:
        """Set the wishes of a call to `done` or `canceled`; False when none was open."""
        statement = (
            sa.update(schema.callback).where(_BACK.call == call, _BACK.status == "open").values(status=status)
        )
        with self._database.engine.begin() as connection:
            return connection.execute(statement).rowcount > 0

    def with_number(self, number: str) -> tuple[tuple[str, int], ...]:
        """Return the wishes, in ended calls of other numbers, to be called back at this one: call and errand.

        Those that cannot be opened are left out.
        """
        wanted = plain(number)
        query = (
            sa.select(_BACK.call, _BACK.errand, _BACK.sealed)
            .join(schema.call, schema.call.c.id == _BACK.call)
            .where(
                schema.call.c.disposition.is_not(None),
                schema.call.c.party.is_distinct_from(backward(number)),
            )
        )
        with self._database.reading.begin() as connection:
            rows = connection.execute(query).all()
        return tuple((row.call, row.errand) for row in rows if plain(self._opened(row.sealed)) == wanted)

    def forget(self, wishes: Iterable[tuple[str, int]]) -> int:
        """Delete these wishes for good, with their numbers; return how many they were."""
        with self._database.engine.begin() as connection:
            return sum(
                connection.execute(
                    sa.delete(schema.callback).where(_BACK.call == call, _BACK.errand == errand)
                ).rowcount
                for call, errand in wishes
            )

    def _opened(self, sealed: bytes) -> str:
        try:
            return str(self._vault.open(sealed)["number"])
        except StoreError:
            return ""

"""The numbers that must not be called: found by a keyed hash, readable by nobody without the key.

Works beside the server that writes the call log: each method is one short transaction.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError
from app.adapters.store.sealing import Vault

_LIST = schema.do_not_call.c
_NUMBER: Final = re.compile(r"\+?[0-9]{4,20}")


@dataclass(frozen=True, slots=True)
class OptedOut:
    """A number on the list. `source` is `caller` or `operator`; `number` is empty where its key is gone."""

    number: str
    source: str
    call: str | None
    added_at: datetime


def plain(number: str) -> str | None:
    """Return the number as the list keeps it, or None for what is none, as of a caller who hides it."""
    bare = re.sub(r"[^0-9+]", "", number)
    return f"+{bare.removeprefix('+')}" if _NUMBER.fullmatch(bare) else None


def add(
    connection: sa.Connection, vault: Vault, number: str, *, source: str, call: str | None, now: datetime
) -> bool:
    """Put a number on the list; False when it stands there already. Raises StoreError."""
    mark = _mark(vault, number)
    if connection.execute(sa.select(_LIST.hash).where(_LIST.hash == mark)).scalar() is not None:
        return False
    sealed = vault.seal({"number": number})
    connection.execute(
        sa.insert(schema.do_not_call).values(hash=mark, sealed=sealed, source=source, call=call, added_at=now)
    )
    return True


def has(connection: sa.Connection, vault: Vault, number: str) -> bool:
    """Whether this number must not be called. Raises StoreError."""
    query = sa.select(_LIST.hash).where(_LIST.hash == _mark(vault, number))
    return connection.execute(query).scalar() is not None


class DoNotCall:
    """The list as operators and whoever dials use it, from any thread. Methods may raise StoreError."""

    def __init__(self, database: Database, vault: Vault, wall: Callable[[], datetime]) -> None:
        self._database = database
        self._vault = vault
        self._wall = wall

    def has(self, number: str) -> bool:
        """Whether this number must not be called."""
        with self._database.reading.begin() as connection:
            return has(connection, self._vault, plain(number) or number)

    def add(self, number: str) -> bool:
        """Put a number on the list for an operator; False when it stands there already."""
        with self._database.engine.begin() as connection:
            return add(connection, self._vault, number, source="operator", call=None, now=self._wall())

    def remove(self, number: str) -> bool:
        """Take a number off the list; False when it does not stand there."""
        with self._database.engine.begin() as connection:
            mark = _mark(self._vault, number)
            return connection.execute(sa.delete(schema.do_not_call).where(_LIST.hash == mark)).rowcount == 1

    def listed(self) -> list[OptedOut]:
        """Return the whole list, the latest first."""
        with self._database.reading.begin() as connection:
            rows = connection.execute(sa.select(schema.do_not_call).order_by(_LIST.added_at.desc()))
            return [OptedOut(self._opened(row.sealed), row.source, row.call, row.added_at) for row in rows]

    def _opened(self, sealed: bytes) -> str:
        try:
            return str(self._vault.open(sealed)["number"])
        except StoreError:
            return ""


def _mark(vault: Vault, number: str) -> str:
    return vault.fingerprint(f"do-not-call {number}")

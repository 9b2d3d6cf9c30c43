"""Keys, sessions and the audit log, as rows; knows hashes of secrets, and never keeps a secret.

Works beside the server that writes the call log: each method is one short transaction.
"""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from app.adapters.store import schema
from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError
from app.domain.access import Role
from app.session.pools import Pool, PoolFullError

_T = TypeVar("_T")
_KEY = schema.api_key.c
_SESSION = schema.web_session.c
_AUDIT = schema.audit.c

PREFIX: Final = "dialai_"
"""What every key begins with, so that scanners for leaked secrets know it."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it may be shown; `is_valid` until it is revoked."""

    id: int
    name: str
    role: Role
    added_at: datetime
    revoked_at: datetime | None

    @property
    def is_valid(self) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Somebody who is signed in: by which key, and what their pages must send back."""

    key_hash: bytes
    csrf: str


@dataclass(frozen=True, slots=True)
class Deed:
    """One line of the audit log."""

    at: datetime
    who: str
    address: str
    action: str
    call: str | None
    detail: str


class AccessBook:
    """May be used from any thread. Every method may raise StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add_key(self, name: str, role: Role, at: datetime) -> tuple[int, str]:
        """Make a key and return its number and its text, which is never to be had again."""
        text = PREFIX + secrets.token_urlsafe(32)
        row = {"name": name, "hash": hash_of(text), "role": role.value, "added_at": at}
        with self._database.engine.begin() as connection:
            done = connection.execute(schema.api_key.insert().values(**row))
            (number,) = done.inserted_primary_key or (0,)
        return number, text

    def keys(self) -> list[Key]:
        """Return every key there was, oldest first."""
        with self._database.reading.begin() as connection:
            rows = connection.execute(sa.select(schema.api_key).order_by(_KEY.id)).mappings()
            return [_key(row) for row in rows]

    def revoke(self, number: int, at: datetime) -> bool:
        """End a key and everything it opened; False when there is no such valid key."""
        change = sa.update(schema.api_key).where(_KEY.id == number, _KEY.revoked_at.is_(None))
        with self._database.engine.begin() as connection:
            return connection.execute(change.values(revoked_at=at)).rowcount == 1

    def key_of(self, key_hash: bytes) -> Key | None:
        """Return the valid key with this hash, or None."""
        query = sa.select(schema.api_key).where(_KEY.hash == key_hash, _KEY.revoked_at.is_(None))
        with self._database.reading.begin() as connection:
            row = connection.execute(query).mappings().one_or_none()
        return None if row is None else _key(row)

    def open_session(self, key_hash: bytes, at: datetime, lasts: timedelta) -> str:
        """Open a session for who holds this key and return what its cookie holds; old ones are swept out."""
        token = secrets.token_urlsafe(32)
        row = {
            "hash": hash_of(token),
            "key_hash": key_hash,
            "csrf": secrets.token_urlsafe(24),
            "opened_at": at,
            "expires_at": at + lasts,
        }
        with self._database.engine.begin() as connection:
            connection.execute(sa.delete(schema.web_session).where(_SESSION.expires_at <= at))
            connection.execute(schema.web_session.insert().values(**row))
        return token

    def session(self, token: str, at: datetime) -> OpenSession | None:
        """Return the session of this cookie, or None when there is none or it is over."""
        query = sa.select(_SESSION.key_hash, _SESSION.csrf).where(
            _SESSION.hash == hash_of(token), _SESSION.expires_at > at
        )
        with self._database.reading.begin() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else OpenSession(row.key_hash, row.csrf)

    def close_session(self, token: str) -> None:
        """End a session; harmless when it is over."""
        with self._database.engine.begin() as connection:
            connection.execute(sa.delete(schema.web_session).where(_SESSION.hash == hash_of(token)))

    def note(self, deed: Deed) -> None:
        """Add a line to the audit log."""
        row = {
            "at": deed.at,
            "who": deed.who[:100],
            "address": deed.address[:45],
            "action": deed.action[:40],
            "call": deed.call and deed.call[:64],
            "detail": deed.detail[:500],
        }
        with self._database.engine.begin() as connection:
            connection.execute(schema.audit.insert().values(**row))

    def deeds(self, *, call: str | None = None, who: str | None = None, limit: int = 100) -> list[Deed]:
        """Return the latest lines of the audit log, newest first."""
        query = sa.select(schema.audit).order_by(_AUDIT.id.desc()).limit(limit)
        if call is not None:
            query = query.where(_AUDIT.call == call)
        if who is not None:
            query = query.where(_AUDIT.who == who)
        with self._database.reading.begin() as connection:
            rows = connection.execute(query).mappings()
            return [Deed(**{name: row[name] for name in Deed.__slots__}) for row in rows]

    def close(self) -> None:
        """Close the database."""
        self._database.close()


class AsyncAccess:
    """The same from an event loop, in a thread of its own. Every call may raise StoreError."""

    def __init__(self, book: AccessBook, *, threads: int = 2) -> None:
        self._book = book
        self.pool = Pool("access", threads)

    async def do(self, work: Callable[[AccessBook], _T]) -> _T:
        """Return what `work` returns; safe to cancel, though the work is done then all the same."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, work, self._book)
        except PoolFullError:
            raise StoreError("too many sign in at once: try again in a moment") from None
        except sa.exc.DBAPIError as error:
            raise StoreError(f"keys and sessions cannot be read: {error.orig}") from None

    def close(self) -> None:
        """End the threads and close the database."""
        self.pool.shutdown()
        self._book.close()


def hash_of(secret: str) -> bytes:
    """Return what is kept of a secret. It is long and random, so that a plain hash cannot be turned back."""
    return sha256(secret.encode("utf-8", "replace")).digest()


def _key(row: Any) -> Key:  # noqa: ANN401 - a row of any columns
    return Key(row["id"], row["name"], Role(row["role"]), row["added_at"], row["revoked_at"])

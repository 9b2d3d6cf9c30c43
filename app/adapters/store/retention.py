"""Deletes calls whose time is over, or that belong to one number; the do-not-call list is never touched."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.adapters.store import calls, schema
from app.adapters.store.database import Database
from app.adapters.store.reader import CallReader
from app.adapters.store.removal import delete_audio
from app.adapters.store.selection import backward

_CALL = schema.call.c
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted: whole calls, and the audio of calls that stay."""

    calls: int = 0
    audio: int = 0


class Retention:
    """Works beside the server, from any thread; only calls that ended are deleted.

    Methods may raise StoreError, and OSError when audio cannot be deleted: then its call stays.
    """

    def __init__(self, database: Database, reader: CallReader) -> None:
        self._database = database
        self._reader = reader

    def prune(self, *, before: datetime | None, audio_before: datetime | None) -> Pruned:
        """Delete the calls that ended before, and the audio of others that ended before; None keeps all."""
        gone = 0 if before is None else self._delete(_CALL.ended_at < before)
        silent = 0 if audio_before is None else self._silence(audio_before)
        return Pruned(gone, silent)

    def of_number(self, number: str) -> tuple[int, int]:
        """Return how many calls of this number ended, and how many have not."""
        is_its = _CALL.party == backward(number)
        query = sa.select(sa.func.count(_CALL.disposition), sa.func.count()).where(is_its)
        with self._database.reading.begin() as connection:
            ended, every = connection.execute(query).one()
        return int(ended), int(every - ended)

    def delete_number(self, number: str) -> int:
        """Delete every ended call with this number, inbound and outbound; return how many they were."""
        return self._delete(_CALL.party == backward(number))

    def _delete(self, which: sa.ColumnElement[bool]) -> int:
        query = sa.select(_CALL.id, _CALL.carrier_sid).where(which, _CALL.disposition.is_not(None))
        gone = 0
        while True:
            with self._database.reading.begin() as connection:
                found = connection.execute(query.limit(_AT_ONCE)).all()
            for call, sid in found:
                delete_audio(self._reader, call, sid)
            with self._database.engine.begin() as connection:
                for call, _ in found:
                    calls.delete(connection, call)
            gone += len(found)
            if len(found) < _AT_ONCE:
                break
        if gone:
            self._database.shrink_log()
        return gone

    def _silence(self, before: datetime) -> int:
        """Delete the audio of calls that ended before; their rows stay."""
        over = (_CALL.ended_at < before, _CALL.disposition.is_not(None))
        query = sa.select(_CALL.id, _CALL.carrier_sid).where(*over)
        with self._database.reading.begin() as connection:
            found = connection.execute(query).all()
        silenced = [call for call, sid in found if delete_audio(self._reader, call, sid)]
        with self._database.engine.begin() as connection:
            for call in silenced:
                connection.execute(sa.delete(schema.recording).where(schema.recording.c.call == call))
        return len(silenced)

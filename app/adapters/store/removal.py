"""Removes a call for good: its rows, its journal, its words, its audio."""

import re
import shutil

import sqlalchemy as sa

from app.adapters.store import calls, schema
from app.adapters.store.database import Database
from app.adapters.store.reader import CallReader

_PLAIN = re.compile(r"[A-Za-z0-9_]+")


class StillLiveError(ValueError):
    """The call has not ended: its journal is being written."""


def delete_audio(reader: CallReader, call_id: str, sid: str) -> bool:
    """Delete what was recorded of the call, also by a simulated caller; False where nothing was.

    Raises OSError.
    """
    folder = reader.audio_folder(call_id)
    # The simulator keeps what its caller heard beside the recordings, by the carrier's name of the call.
    simulated = folder.parent.parent / "simulated"
    heard = list(simulated.glob(f"{sid}-*.wav")) if _PLAIN.fullmatch(sid) else []
    for file in heard:
        file.unlink()
    if folder.is_dir():
        shutil.rmtree(folder)
        return True
    return bool(heard)


def delete_call(database: Database, reader: CallReader, call_id: str) -> bool:
    """Delete an ended call; False when there is none of this id.

    Raises StillLiveError, OSError when its audio cannot be deleted (then nothing is), StoreError.
    """
    query = sa.select(schema.call.c.disposition, schema.call.c.carrier_sid).where(schema.call.c.id == call_id)
    with database.reading.begin() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return False
    if row.disposition is None:
        raise StillLiveError(f"call {call_id} has not ended yet: a live call is not deleted")
    delete_audio(reader, call_id, row.carrier_sid)
    with database.engine.begin() as connection:
        calls.delete(connection, call_id)
    database.shrink_log()
    return True

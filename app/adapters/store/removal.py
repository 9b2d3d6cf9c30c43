"""Removes a call for good: its rows, its journal, its words, its audio."""

import shutil

import sqlalchemy as sa

from app.adapters.store import calls, schema
from app.adapters.store.database import Database
from app.adapters.store.reader import CallReader


class StillLiveError(ValueError):
    """The call has not ended: its journal is being written."""


def delete_call(database: Database, reader: CallReader, call_id: str) -> bool:
    """Delete an ended call; False when there is none of this id.

    Raises StillLiveError, OSError when its audio cannot be deleted (then nothing is), StoreError.
    """
    query = sa.select(schema.call.c.disposition).where(schema.call.c.id == call_id)
    with database.reading.begin() as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        return False
    if row.disposition is None:
        raise StillLiveError(f"call {call_id} has not ended yet: a live call is not deleted")
    folder = reader.audio_folder(call_id)
    if folder.is_dir():
        shutil.rmtree(folder)
    with database.engine.begin() as connection:
        calls.delete(connection, call_id)
    database.shrink_log()
    return True

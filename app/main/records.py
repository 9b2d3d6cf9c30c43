"""Opens the call log as the settings name it, for writing and for reading."""

from app.adapters.store.access import AccessBook, AsyncAccess
from app.adapters.store.analytics import Analyst
from app.adapters.store.archive import CallArchive
from app.adapters.store.async_reader import AsyncCallReader
from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError
from app.adapters.store.log import SqlCallLog, open_call_log
from app.adapters.store.reader import CallReader
from app.adapters.store.sealing import Vault
from app.main import Unusable
from app.session.clock import utc_now
from app.settings import Settings


def open_log(settings: Settings) -> SqlCallLog:
    """Open the call log for writing. Raises Unusable, also when another process writes it."""
    try:
        return open_call_log(settings.resolved_database_url, settings.data_dir, wall=utc_now)
    except StoreError as error:
        raise Unusable(str(error)) from None


def open_reader(settings: Settings) -> AsyncCallReader:
    """Open the call log for reading, beside whoever writes it."""
    database = Database.read(settings.resolved_database_url)
    vault = Vault(settings.data_dir / "secret.key")
    reader = CallReader(database, vault, settings.audio_dir, settings.prices)
    return AsyncCallReader(reader, CallArchive(database, reader))


def open_access(settings: Settings) -> AsyncAccess:
    """Open the keys, the sessions and the audit log, beside whoever writes the call log."""
    return AsyncAccess(AccessBook(Database.read(settings.resolved_database_url)))


def open_analyst(settings: Settings) -> Analyst:
    """Open the call log for figures over many calls, beside whoever writes it."""
    return Analyst(Database.read(settings.resolved_database_url), settings.prices)

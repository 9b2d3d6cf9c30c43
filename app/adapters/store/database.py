"""Opens a call log's database: the lock, the pragmas and the revision; knows no row of it."""

import os
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from app.adapters.store.codec import from_json, to_json
from app.adapters.store.errors import StoreError
from app.adapters.store.schema import HEAD

_BUSY_MS = 5_000
"""How long a writer waits for another process's short write, such as `dialai calls delete`."""


WAL_PAGES = 4_000
"""SQLite moves its write-ahead log (16 MB) home inside a commit only when it has grown to this.

Its own default is 1,000: under load one commit in a hundred would wait for that work."""


class Database:
    """An open database. A server takes it `exclusive`; readers do not, and never change its revision."""

    def __init__(self, engine: sa.Engine, reading: sa.Engine, lock: "FileLock | None" = None) -> None:
        self.engine = engine
        self.reading = reading
        self._lock = lock

    @classmethod
    def serve(cls, url: str) -> "Database":
        """Open for the one server: lock it, bring it to this program's revision. Raises StoreError."""
        address = _parsed(url)
        path = _file(address)
        lock = None
        if path is not None:
            _make_directory(path.parent)
            lock = FileLock(path)
        try:
            engine = _engine(address, read_only=False)
            with _explained(address, engine):
                _migrate(engine, address)
        except BaseException:
            if lock is not None:
                lock.release()
            raise
        return cls(engine, _engine(address, read_only=True), lock)

    @classmethod
    def read(cls, url: str) -> "Database":
        """Open beside a running server. Raises StoreError when it is missing or of another revision."""
        address = _parsed(url)
        path = _file(address)
        if path is not None and not path.exists():
            raise StoreError(
                f"there is no call log at {path}: no call has been taken yet, or DIALAI_DATA_DIR or "
                "DIALAI_DATABASE_URL points elsewhere"
            )
        reading = _engine(address, read_only=True)
        with _explained(address, reading):
            revision = revision_of(reading)
            if revision != HEAD:
                _refuse_newer(revision, address)
                raise StoreError(
                    f"{_name(address)} is of an older version: start the server once to bring it up to date"
                )
        return cls(_engine(address, read_only=False), reading)

    def shrink_log(self) -> None:
        """Empty SQLite's write-ahead log, as far as others let us: deleted values must not linger in it."""
        if self.engine.dialect.name == "sqlite":
            connection = self.engine.raw_connection()
            try:
                # What is deleted stays in the word index, marked as such, until its parts are merged.
                connection.cursor().execute("INSERT INTO call_words (call_words) VALUES ('optimize')")
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                connection.close()

    def tidy_log(self) -> None:
        """Move what SQLite's write-ahead log holds home, without waiting for anybody; for quiet moments."""
        if self.engine.dialect.name == "sqlite":
            connection = self.engine.raw_connection()
            try:
                # A disk that is full or away is the next commit's to tell.
                with suppress(sqlite3.OperationalError):
                    connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
            finally:
                connection.close()

    def close(self) -> None:
        """Close every connection and let go of the lock."""
        self.engine.dispose()
        self.reading.dispose()
        if self._lock is not None:
            self._lock.release()


class FileLock:
    """An advisory lock beside the database; the operating system drops it when its process dies."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StoreError(_unwritable(database.parent, error)) from None
        if not _try_lock(self._descriptor):
            holder = os.read(self._descriptor, 20).decode(errors="replace").strip()
            os.close(self._descriptor)
            raise StoreError(
                f"another server already uses {database}{f' (process {holder})' if holder else ''}: "
                "stop it, or give this one its own DIALAI_DATA_DIR"
            )
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, str(os.getpid()).encode())

    def release(self) -> None:
        """Let the next server in. The file stays: removing it would race with one that is opening it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def revision_of(engine: sa.Engine) -> str | None:
    """Return the revision the database says it has; None when it holds no call log yet."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _migrate(engine: sa.Engine, address: URL) -> None:
    revision = revision_of(engine)
    if revision == HEAD:
        return
    _refuse_newer(revision, address)
    # Alembic takes a quarter of a second to import: only a database that needs it pays.
    from app.adapters.store.migrations.run import upgrade  # noqa: PLC0415

    with engine.begin() as connection:
        upgrade(connection)


def _refuse_newer(revision: str | None, address: URL) -> None:
    if revision is not None and revision > HEAD:
        raise StoreError(
            f"{_name(address)} was written by a newer DialAI (revision {revision}, this one knows {HEAD}): "
            "update DialAI, or give it another DIALAI_DATA_DIR"
        )


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        raise StoreError(
            "DIALAI_DATABASE_URL is no database address: write sqlite:///data/dialai.sqlite3 or "
            "postgresql+psycopg://user@host/name"
        ) from None


def _file(address: URL) -> Path | None:
    """Return the SQLite file; None for a server."""
    if address.get_backend_name() != "sqlite":
        return None
    if not address.database or address.database == ":memory:":
        raise StoreError(
            "a call log in memory would not survive the call: name a file in DIALAI_DATABASE_URL"
        )
    return Path(address.database)


def _name(address: URL) -> str:
    return address.database if _is_sqlite(address) and address.database else address.render_as_string()


def _is_sqlite(address: URL) -> bool:
    return address.get_backend_name() == "sqlite"


def _engine(address: URL, *, read_only: bool) -> sa.Engine:
    try:
        engine = sa.create_engine(address, json_serializer=to_json, json_deserializer=from_json)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise StoreError(
            f"{address.drivername} needs a driver: pip install 'dialai[postgres]' ({error})"
        ) from None
    if _is_sqlite(address):
        _tune_sqlite(engine, read_only=read_only)
    return engine


def _tune_sqlite(engine: sa.Engine, *, read_only: bool) -> None:
    @sa.event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions would commit before DDL and ignore SAVEPOINT; ours do neither.
        connection.isolation_level = None
        pragmas = ["foreign_keys=ON", f"busy_timeout={_BUSY_MS}", "synchronous=FULL", "secure_delete=ON"]
        pragmas += ["query_only=ON"] if read_only else ["journal_mode=WAL", f"wal_autocheckpoint={WAL_PAGES}"]
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        # A writer takes its lock at once: upgrading from a read can fail without waiting.
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(_unwritable(directory, error)) from None


def _unwritable(directory: Path, error: OSError) -> str:
    return (
        f"the data directory {directory} cannot be written ({error.strerror}): give this user the right to, "
        "or set DIALAI_DATA_DIR"
    )


class _explained:  # noqa: N801 - reads as a statement
    """Turns the database's own complaints into one line; what fails leaves no connection open."""

    def __init__(self, address: URL, engine: sa.Engine) -> None:
        self._address = address
        self._engine = engine

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Translate."""
        if error is not None:
            self._engine.dispose()
        if isinstance(error, DBAPIError):
            reason = str(error.orig).strip().splitlines()[0]
            raise StoreError(f"the call log {_name(self._address)} cannot be used: {reason}") from None


def _try_lock(descriptor: int) -> bool:
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415

        with suppress(OSError):
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            return True
        return False
    import fcntl  # noqa: PLC0415

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True

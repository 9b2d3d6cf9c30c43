"""Opening the store: locks, revisions and everything that can be wrong with a place."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from alembic import autogenerate
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.adapters.store import schema
from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError
from app.adapters.store.log import SqlCallLog
from app.adapters.store.migrations.run import configuration, upgrade
from tests.adapters.store.helpers import CALL, append, url_of, with_log


def test_every_migration_goes_up_from_empty_and_ends_at_the_tables_we_use(tmp_path: Path) -> None:
    script = ScriptDirectory.from_config(configuration())
    revisions = [step.revision for step in reversed(list(script.walk_revisions()))]
    assert revisions[-1] == schema.HEAD
    assert revisions == sorted(revisions)
    database = Database.serve(url_of(tmp_path))
    with database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
        schema.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE call_words")
        for revision in revisions:
            upgrade(connection, revision)
    with database.engine.begin() as connection:
        options = {"compare_type": True, "include_name": _is_described}
        context = MigrationContext.configure(connection, opts=options)
        assert autogenerate.compare_metadata(context, schema.metadata) == []
    database.close()


def _is_described(name: str | None, kind: str, _parents: object) -> bool:
    # FTS5 keeps its index in tables of its own.
    return kind != "table" or not str(name).startswith("call_words")


def test_an_older_database_is_brought_up_by_a_server_and_refused_by_a_reader(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "calls.sqlite3").close()
    with pytest.raises(StoreError, match="start the server once"):
        Database.read(url_of(tmp_path))
    Database.serve(url_of(tmp_path)).close()
    Database.read(url_of(tmp_path)).close()


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    Database.serve(url_of(tmp_path)).close()
    with sqlite3.connect(tmp_path / "calls.sqlite3") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for open_ in (Database.serve, Database.read):
        with pytest.raises(StoreError, match=r"written by a newer DialAI \(revision 9999") as caught:
            open_(url_of(tmp_path))
        assert "\n" not in str(caught.value)


def test_a_second_server_is_refused_and_a_reader_is_not(tmp_path: Path) -> None:
    first = Database.serve(url_of(tmp_path))
    with pytest.raises(StoreError, match=rf"another server already uses .*\(process {os.getpid()}\)"):
        Database.serve(url_of(tmp_path))
    Database.read(url_of(tmp_path)).close()
    first.close()
    first.close()
    Database.serve(url_of(tmp_path)).close()


def test_a_refused_start_lets_go_of_the_lock(tmp_path: Path) -> None:
    (tmp_path / "calls.sqlite3").write_bytes(b"this is no database, though it is a file " * 20)
    for _ in range(2):
        with pytest.raises(StoreError, match="cannot be used: file is not a database"):
            Database.serve(url_of(tmp_path))


def test_a_missing_database_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no call log at"):
        Database.read(url_of(tmp_path))


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("not a url", "no database address"),
        ("sqlite://", "would not survive"),
        ("postgresql+nodriver://h/d", "needs a driver"),
    ],
)
def test_an_address_that_is_none_is_one_clear_line(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as caught:
        Database.serve(url)
    assert "\n" not in str(caught.value)


def test_a_data_directory_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file stands here")
    with pytest.raises(StoreError, match=r"data directory .* cannot be written"):
        Database.serve(url_of(tmp_path / "data"))


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_data_directory_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match="cannot be written"):
        Database.serve(url_of(tmp_path))


def test_a_lock_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "calls.sqlite3.lock").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        Database.serve(url_of(tmp_path))


def test_the_log_is_durable_by_its_settings(tmp_path: Path) -> None:
    database = Database.serve(url_of(tmp_path))
    with database.engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    database.close()


_VICTIM = """
    import asyncio, sys
    from pathlib import Path
    from app.adapters.store.log import open_call_log
    from tests.adapters.store.helpers import CALL, FLOW, Wall, append, info, url_of

    async def run(folder):
        log = open_call_log(url_of(folder), folder, wall=Wall())
        await log.open(info(), FLOW)
        for seq in range(1_000_000):
            append(log, seq)
            append(log, seq + 1_000_000)
            await log.commit(CALL)
            print(seq, flush=True)

    asyncio.run(run(Path(sys.argv[1])))
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    victim = subprocess.Popen(  # noqa: S603 - this very program
        [sys.executable, "-c", textwrap.dedent(_VICTIM), str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert victim.stdout is not None
    with victim, victim.stdout as said:
        acknowledged = [int(said.readline()) for _ in range(40)]
        victim.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in said if line.endswith("\n")]

    async def again(log: SqlCallLog) -> int:
        stored = await log.load("CA1")
        assert stored is not None
        assert await log.claim("CA1", 0)
        append(log, 5_000_000, epoch=1)
        await log.commit(CALL)
        return len(stored.entries)

    entries = with_log(tmp_path, again)
    assert entries >= 2 * len(acknowledged)

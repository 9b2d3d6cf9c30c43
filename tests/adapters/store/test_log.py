"""The call log on a real SQLite file."""

import asyncio
import shutil
import sqlite3
import threading
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.adapters.store import calls, database, schema, writer
from app.adapters.store import log as log_module
from app.adapters.store.errors import StoreError
from app.adapters.store.log import SqlCallLog
from app.domain.call import CallId, Disposition
from app.engine.actions import CallEnded, Record
from app.engine.events import DigitPressed, LegAnswered, LegEnded
from app.session.ports import LogError, StaleEpoch
from tests.adapters.store.helpers import (
    CALL,
    FLOW,
    START,
    Wall,
    answered,
    append,
    entered,
    info,
    taken,
    with_log,
)


def rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(folder / "calls.sqlite3") as connection:
        found = connection.execute(query).fetchall()
    connection.close()
    return found


def test_what_was_committed_is_loaded_in_order_with_the_flow_it_began_with(tmp_path: Path) -> None:
    async def write(log: SqlCallLog) -> None:
        await log.open(info(variables={"name": "Ann", "visits": 3}), FLOW)
        append(log, 0, LegAnswered())
        append(log, 1, DigitPressed("4"), (answered("age", 4, "4"),))
        await log.commit(CALL)

    with_log(tmp_path, write)
    stored = with_log(tmp_path, lambda log: log.load("CA1"))
    assert stored.entries == ((0, LegAnswered()), (100, DigitPressed("4")))
    assert stored.info == info(variables={"name": "Ann", "visits": 3})
    assert (stored.flow_source, stored.flow_sha256) == (FLOW.source, FLOW.sha256)
    assert (stored.epoch, stored.resumes, stored.disposition) == (0, 0, None)


def test_a_call_that_nobody_knows_is_none(tmp_path: Path) -> None:
    assert with_log(tmp_path, lambda log: log.load("CA404")) is None


def test_loading_sees_what_is_still_queued(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> int:
        await log.open(info(), FLOW)
        append(log, 0)
        stored = await log.load("CA1")
        assert stored is not None
        return len(stored.entries)

    assert with_log(tmp_path, run) == 1


def test_closing_writes_what_nobody_committed(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0)

    with_log(tmp_path, run)
    assert rows(tmp_path, "SELECT seq, kind FROM call_event") == [(0, "DigitPressed")]


def test_a_line_that_nobody_waits_for_is_flushed_by_the_timer(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0)
        timer = log._timer
        assert timer is not None
        assert timer.when() - asyncio.get_running_loop().time() <= 0.2
        append(log, 1)
        assert log._timer is timer
        log._flush()
        await log.claim("CA404", 0)
        assert rows(tmp_path, "SELECT count(*) FROM call_event") == [(2,)]
        assert log._timer is None

    with_log(tmp_path, run)


def test_commits_of_many_calls_share_transactions(tmp_path: Path) -> None:
    begun: list[None] = []

    async def run(log: SqlCallLog) -> None:
        names = [CallId(f"call-{n}") for n in range(50)]
        await asyncio.gather(*(log.open(info(name, f"CA{name}"), FLOW) for name in names))
        sa.event.listen(log._database.engine, "begin", lambda _: begun.append(None))
        for name in names:
            append(log, 0, call=name)
        await asyncio.gather(*(log.commit(name) for name in names))

    with_log(tmp_path, run)
    assert rows(tmp_path, "SELECT count(*) FROM call_event") == [(50,)]
    assert len(begun) < 50


def test_a_large_flush_of_many_calls_is_whole(tmp_path: Path) -> None:
    names = [CallId(f"call-{n}") for n in range(300)]

    async def run(log: SqlCallLog) -> None:
        await asyncio.gather(*(log.open(info(name, f"CA{name}"), FLOW) for name in names))
        for name in names:
            append(log, 0, call=name, orders=(taken("age", "ten", "10"), answered("age", 10, "10")))
        await log.commit(names[0])
        for table in ("call_event", "turn", "answer"):
            assert rows(tmp_path, f"SELECT count(DISTINCT call), count(*) FROM {table}") == [(300, 300)]  # noqa: S608

    with_log(tmp_path, run)


def test_a_busy_log_does_not_let_its_write_ahead_file_grow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "WAL_PAGES", 30)

    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        for seq in range(200):
            append(log, seq)
            await log.commit(CALL)
        pages = (tmp_path / "calls.sqlite3-wal").stat().st_size // 4096
        assert 30 <= pages <= 60

    with_log(tmp_path, run)


def test_a_quiet_log_moves_its_lines_into_the_database_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed, tidied = threading.Event(), threading.Event()
    tidy = database.Database.tidy_log

    def noted(self: database.Database) -> None:
        counts = committed.is_set()
        tidy(self)
        if counts:
            tidied.set()

    monkeypatch.setattr(database.Database, "tidy_log", noted)
    monkeypatch.setattr(writer, "QUIET_S", 0)

    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0)
        await log.commit(CALL)
        committed.set()
        await log.claim("CA404", 0)
        await asyncio.to_thread(tidied.wait)
        alone = tmp_path / "alone"
        alone.mkdir()
        shutil.copy(tmp_path / "calls.sqlite3", alone)
        assert rows(alone, "SELECT count(*) FROM call_event") == [(1,)]

    with_log(tmp_path, run)


def test_a_stale_owner_writes_nothing_and_is_told_so(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0)
        assert await log.claim("CA1", 0)
        append(log, 1)
        with pytest.raises(StaleEpoch, match="epoch 1"):
            await log.commit(CALL)
        with pytest.raises(StaleEpoch):
            await log.finish(CALL, 0, Disposition.COMPLETED, "hangup")
        append(log, 1, epoch=1)
        await log.commit(CALL)

    with_log(tmp_path, run)
    assert rows(tmp_path, "SELECT seq, epoch FROM call_event") == [(0, 0), (1, 1)]


def test_of_two_who_claim_a_call_one_wins(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> list[bool]:
        await log.open(info(), FLOW)
        return list(await asyncio.gather(log.claim("CA1", 0), log.claim("CA1", 0), log.claim("CA2", 0)))

    assert with_log(tmp_path, run) == [True, False, False]
    assert rows(tmp_path, "SELECT epoch, resumes FROM call") == [(1, 1)]


def test_a_finished_call_is_not_claimed(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> bool:
        await log.open(info(), FLOW)
        await log.finish(CALL, 0, Disposition.PARTIAL, "hangup")
        return await log.claim("CA1", 0)

    assert with_log(tmp_path, run) is False


def test_a_call_ends_once(tmp_path: Path) -> None:
    wall = Wall()

    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        wall.pass_(seconds=60)
        await log.finish(CALL, 0, Disposition.PARTIAL, "hangup")
        wall.pass_(seconds=60)
        await log.finish(CALL, 0, Disposition.ERROR, "again")
        with pytest.raises(LogError, match="not in the call log"):
            await log.finish(CallId("call-404"), 0, Disposition.ERROR, "")

    with_log(tmp_path, run, wall)
    assert rows(tmp_path, "SELECT disposition, cause, ended_at FROM call") == [
        ("partial", "hangup", "2026-01-31T09:06:07.123+00:00")
    ]


def test_an_end_in_the_journal_survives_a_crash_before_finish(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        end = Record(5, CallEnded(Disposition.COMPLETED, "flow"), durable=True)
        append(log, 0, LegEnded("hangup"), (end, end))
        await log.commit(CALL)

    with_log(tmp_path, run)
    assert rows(tmp_path, "SELECT disposition, cause FROM call") == [("completed", "flow")]


def test_the_same_carrier_call_is_not_opened_twice(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        with pytest.raises(LogError, match="CA1 is in the call log already, as call-1"):
            await log.open(info("call-2"), FLOW)
        with pytest.raises(LogError, match="refuses"):
            await log.open(info(sid="CA2"), FLOW)
        await log.open(info("call-3", "CA3"), FLOW)

    with_log(tmp_path, run)
    assert rows(tmp_path, "SELECT id FROM call ORDER BY id") == [("call-1",), ("call-3",)]


def test_lines_of_a_call_that_was_never_opened_are_refused(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.commit(CALL)
        append(log, 0)
        with pytest.raises(LogError, match="not in the call log"):
            await log.commit(CALL)

    with_log(tmp_path, run)


def test_one_calls_fault_does_not_touch_its_neighbour(tmp_path: Path) -> None:
    other = CallId("call-2")

    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        await log.open(info(other, "CA2"), FLOW)
        append(log, 0, DigitPressed("1"))
        append(log, 0, DigitPressed("2"))
        append(log, 0, call=other)
        results = await asyncio.gather(log.commit(CALL), log.commit(other), return_exceptions=True)
        assert isinstance(results[0], LogError)
        assert results[1] is None

    with_log(tmp_path, run)
    assert ("call-2", 0) in rows(tmp_path, "SELECT call, seq FROM call_event")


def test_a_line_written_twice_with_the_same_words_is_one_line(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0)
        await log.commit(CALL)
        append(log, 0)
        append(log, 1)
        await log.commit(CALL)
        append(log, 1, DigitPressed("9"))
        with pytest.raises(LogError, match="line 1 is there already"):
            await log.commit(CALL)

    with_log(tmp_path, run)
    assert rows(tmp_path, "SELECT seq FROM call_event") == [(0,), (1,)]


def test_lines_that_could_not_be_written_go_with_the_next_commit(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)

        def refuse(connection: sa.Connection) -> None:
            raise sa.exc.OperationalError("", {}, sqlite3.OperationalError("disk I/O error"))

        engine = log._database.engine
        sa.event.listen(engine, "commit", refuse)
        append(log, 0)
        with pytest.raises(LogError, match="could not be written: disk I/O error"):
            await log.commit(CALL)
        with pytest.raises(LogError, match="disk I/O error"):
            await log.claim("CA1", 0)
        sa.event.remove(engine, "commit", refuse)
        append(log, 1)
        await log.commit(CALL)

    with_log(tmp_path, run)
    assert rows(tmp_path, "SELECT seq, epoch FROM call_event") == [(0, 0), (1, 0)]


def test_a_log_that_is_stuck_says_so_and_tries_again_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "QUIET_S", 0.01)
    tried = threading.Semaphore(0)

    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        assert not log.is_stuck

        def refuse(connection: sa.Connection) -> None:
            tried.release()
            raise sa.exc.OperationalError("", {}, sqlite3.OperationalError("database or disk is full"))

        engine = log._database.engine
        sa.event.listen(engine, "commit", refuse)
        append(log, 0)
        with pytest.raises(LogError, match="disk is full"):
            await log.commit(CALL)
        assert log.is_stuck
        for _ in range(3):
            assert await asyncio.to_thread(tried.acquire, timeout=5)
        written = threading.Event()
        sa.event.remove(engine, "commit", refuse)
        sa.event.listen(engine, "commit", lambda _: written.set())
        assert await asyncio.to_thread(written.wait, 5)
        await log.load("CA1")
        assert not log.is_stuck

    with_log(tmp_path, run)
    assert rows(tmp_path, "SELECT seq FROM call_event") == [(0,)]


def test_a_log_whose_database_does_not_answer_is_stuck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "PATIENCE_S", 0.0)
    begun, answer = threading.Event(), threading.Event()

    async def run(log: SqlCallLog) -> None:
        def hang(_: sa.Connection) -> None:
            begun.set()
            answer.wait()

        waiting = asyncio.ensure_future(log.do(hang))
        assert await asyncio.to_thread(begun.wait, 5)
        assert log.is_stuck
        answer.set()
        await waiting
        assert not log.is_stuck

    with_log(tmp_path, run)


def test_a_key_that_is_away_holds_up_who_needs_it_and_nobody_else(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        def seal(_: sa.Connection) -> None:
            raise StoreError("the key of sealed values cannot be read")

        append(log, 0)
        await log.open(info(), FLOW)
        results = await asyncio.gather(log.do(seal), log.claim("CA1", 0), return_exceptions=True)
        assert isinstance(results[0], LogError)
        assert results[1] is True
        assert not log.is_stuck

    with_log(tmp_path, run)


def test_a_log_that_was_away_too_long_says_what_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "MAX_BACKLOG", 1)

    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)

        def refuse(connection: sa.Connection) -> None:
            raise sa.exc.OperationalError("", {}, sqlite3.OperationalError("database is locked"))

        sa.event.listen(log._database.engine, "commit", refuse)
        append(log, 0)
        append(log, 1)
        with pytest.raises(LogError, match="database is locked"):
            await log.commit(CALL)
        sa.event.remove(log._database.engine, "commit", refuse)
        with pytest.raises(LogError, match="journal lines are lost"):
            await log.commit(CALL)

    with_log(tmp_path, run)


def test_a_journal_that_cannot_be_read_is_one_clear_line(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0)
        await log.commit(CALL)
        unknown = """UPDATE call_event SET data = '{"fact": {"kind": "Moon"}, "orders": []}'"""
        await log.do(lambda connection: connection.exec_driver_sql(unknown))
        with pytest.raises(LogError, match="could not be read: the journal holds a Moon"):
            await log.load("CA1")

    with_log(tmp_path, run)


def test_an_answer_of_no_json_ends_its_call_and_not_the_writer(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        await log.open(info("call-2", "CA2"), FLOW)
        append(log, 0, DigitPressed("\ud800"))
        with pytest.raises(LogError, match="surrogates not allowed"):
            await log.commit(CALL)
        append(log, 0, call=CallId("call-2"))
        await log.commit(CallId("call-2"))

    with_log(tmp_path, run)


def test_a_fault_in_our_own_code_leaves_the_writer_alive(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        with pytest.raises(LogError, match="ZeroDivisionError"):
            await log.do(lambda _: 1 / 0)
        await log.claim("CA1", 0)

    with_log(tmp_path, run)


def test_who_stops_waiting_for_a_commit_does_not_trip_the_writer(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0)
        waiting = asyncio.ensure_future(log.commit(CALL))
        await asyncio.sleep(0)
        waiting.cancel()
        append(log, 1)
        await log.commit(CALL)

    with_log(tmp_path, run)
    assert rows(tmp_path, "SELECT count(*) FROM call_event") == [(2,)]


def test_the_calls_row_follows_its_journal(tmp_path: Path) -> None:
    wall = Wall()

    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        wall.pass_(seconds=2)
        append(log, 0, LegAnswered())
        wall.pass_(seconds=3)
        append(log, 1, DigitPressed("2"), (entered("lang"),))
        append(log, 2, LegAnswered(epoch=1))
        await log.commit(CALL)

    with_log(tmp_path, run, wall)
    assert rows(tmp_path, "SELECT language, started_at, answered_at, last_event_at FROM call") == [
        (
            "es",
            "2026-01-31T09:05:07.123+00:00",
            "2026-01-31T09:05:09.123+00:00",
            "2026-01-31T09:05:12.123+00:00",
        )
    ]


def test_after_a_crash_open_calls_are_told_and_lost_ones_end(tmp_path: Path) -> None:
    wall = Wall()

    async def begin(log: SqlCallLog) -> None:
        await log.open(info("old", "CA-old"), FLOW)
        wall.pass_(minutes=15, seconds=50)
        await log.open(info("young", "CA-young"), FLOW)
        await log.open(info("done", "CA-done"), FLOW)
        await log.finish(CallId("done"), 0, Disposition.COMPLETED, "flow")

    with_log(tmp_path, begin, wall)
    wall.pass_(seconds=11)

    async def again(log: SqlCallLog) -> tuple[calls.OpenCall, ...]:
        assert await log.unfinished() == ("CA-old", "CA-young")
        found = await log.recover()
        assert await log.unfinished() == ("CA-young",)
        return found

    found = with_log(tmp_path, again, wall)
    assert [(call.id, call.epoch, call.last_event_at) for call in found] == [
        ("young", 0, START + timedelta(minutes=15, seconds=50))
    ]
    assert rows(tmp_path, "SELECT disposition, cause, ended_at FROM call WHERE id = 'old'") == [
        ("interrupted", "never resumed", "2026-01-31T09:05:07.123+00:00")
    ]


def test_audio_of_a_call_is_noted_once(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        await log.add_recording(CALL, "audio/call-1/call.wav")
        await log.add_recording(CALL, "audio/call-1/call.wav")
        with pytest.raises(LogError):
            await log.add_recording(CallId("call-404"), "x.wav")

    with_log(tmp_path, run)
    assert rows(tmp_path, "SELECT call, path, kind FROM recording") == [
        ("call-1", "audio/call-1/call.wav", "call")
    ]


def test_an_answer_given_twice_is_kept_twice(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0, orders=(taken("age", "What", "41"), answered("age", 41, "41")))
        append(log, 1, orders=(answered("age", 42, "42", turn=2),))
        await log.commit(CALL)

    with_log(tmp_path, run)
    assert rows(tmp_path, "SELECT seq, part, value FROM answer") == [(0, 1, "41"), (1, 0, "42")]
    assert rows(tmp_path, "SELECT version_num FROM alembic_version")[0][0] == schema.HEAD

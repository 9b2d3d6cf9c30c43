"""What the call log promises, it promises on SQLite and on PostgreSQL alike."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.adapters.store import calls
from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError
from app.adapters.store.log import SqlCallLog, open_call_log
from app.adapters.store.sealing import MASK
from app.adapters.store.selection import Filter
from app.domain.call import CallId, Disposition
from app.engine.actions import CallEnded, Record
from app.engine.events import DigitPressed, Extracted, FinalTranscript, LegAnswered, LegEnded, TextTyped
from app.session.ports import LogError, StaleEpoch
from tests.adapters.store.helpers import CALL, FLOW, Wall, answered, append, entered, info, taken
from tests.adapters.store.private_postgres import PrivatePostgres
from tests.adapters.store.stores import Store


def test_what_was_committed_is_loaded_by_the_next_process(store: Store) -> None:
    async def write(log: SqlCallLog) -> None:
        await log.open(info(variables={"name": "Ann", "visits": 3}), FLOW)
        append(log, 0, LegAnswered())
        append(log, 1, DigitPressed("4"), (answered("age", 4, "4"),))
        await log.commit(CALL)

    store.run(write)
    stored = store.run(lambda log: log.load("CA1"))
    assert stored.entries == ((0, LegAnswered()), (100, DigitPressed("4")))
    assert stored.info == info(variables={"name": "Ann", "visits": 3})
    assert (stored.flow_source, stored.flow_sha256) == (FLOW.source, FLOW.sha256)
    assert (stored.epoch, stored.resumes, stored.disposition) == (0, 0, None)


def test_a_commit_is_seen_by_others_when_it_returns(store: Store) -> None:
    async def write(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0)
        await log.commit(CALL)
        assert store.rows("SELECT seq, kind FROM call_event") == [(0, "DigitPressed")]

    store.run(write)


def test_many_calls_in_one_flush_are_whole(store: Store) -> None:
    names = [CallId(f"call-{n}") for n in range(100)]

    async def write(log: SqlCallLog) -> None:
        await asyncio.gather(*(log.open(info(name, f"CA{name}"), FLOW) for name in names))
        for name in names:
            append(log, 0, call=name, orders=(taken("age", "ten", "10"), answered("age", 10, "10")))
        await asyncio.gather(*(log.commit(name) for name in names))

    store.run(write)
    for table in ("call_event", "turn", "answer"):
        assert store.rows(f"SELECT count(DISTINCT call), count(*) FROM {table}") == [(100, 100)]  # noqa: S608


def test_of_two_who_claim_a_call_one_wins(store: Store) -> None:
    async def run(log: SqlCallLog) -> list[bool]:
        await log.open(info(), FLOW)
        return list(await asyncio.gather(log.claim("CA1", 0), log.claim("CA1", 0), log.claim("CA2", 0)))

    assert store.run(run) == [True, False, False]
    assert store.rows("SELECT epoch, resumes FROM call") == [(1, 1)]


def test_a_stale_owner_writes_nothing_and_is_told_so(store: Store) -> None:
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

    store.run(run)
    assert store.rows("SELECT seq, epoch FROM call_event ORDER BY seq") == [(0, 0), (1, 1)]


def test_a_call_that_another_server_took_over_is_fenced_off_from_the_first(
    postgres: PrivatePostgres, tmp_path: Path
) -> None:
    url = postgres.url()

    async def run() -> None:
        first, second = (open_call_log(url, tmp_path, wall=Wall()) for _ in range(2))
        try:
            await first.open(info(), FLOW)
            append(first, 0)
            await first.commit(CALL)
            assert await second.claim("CA1", 0)
            append(first, 1)
            with pytest.raises(StaleEpoch):
                await first.commit(CALL)
            append(second, 1, LegAnswered(1), epoch=1)
            await second.commit(CALL)
            stored = await first.load("CA1")
            assert stored is not None
            assert [fact for _, fact in stored.entries] == [DigitPressed("1"), LegAnswered(1)]
        finally:
            await first.close()
            await second.close()

    asyncio.run(run())


def test_the_same_carrier_call_is_not_opened_twice(store: Store) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        with pytest.raises(LogError, match="CA1 is in the call log already, as call-1"):
            await log.open(info("call-2"), FLOW)
        await log.open(info("call-3", "CA3"), FLOW)

    store.run(run)
    assert store.rows("SELECT id FROM call ORDER BY id") == [("call-1",), ("call-3",)]


def test_one_calls_fault_does_not_touch_its_neighbour(store: Store) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0)
        append(log, 0, call=CallId("never-opened"))
        results = await asyncio.gather(
            log.commit(CALL), log.commit(CallId("never-opened")), return_exceptions=True
        )
        assert results[0] is None
        assert isinstance(results[1], LogError)

    store.run(run)
    assert store.rows("SELECT call FROM call_event") == [(CALL,)]


def deep() -> Any:
    found: list[Any] = []
    for _ in range(100_000):
        found = [found]
    return found


HARMS = {
    "NUL in a typed text": (TextTyped(1, "it was \x00 late"), taken("age", "it was \x00 late", "x\x00y")),
    "half a pair in a typed text": (TextTyped(1, "it was \ud83d late"), taken("age", "\ud83d", "\ud83d")),
    "a number of 400 digits": (Extracted(1, {"minutes": 10**400}), answered("minutes", 10**400, "many")),
    "a moment of no clock": (TextTyped(1, "x"), taken("age", "x", "x", turn=2**70)),
    "a value without a floor": (Extracted(1, {"minutes": deep()}), taken("age", "x", "x")),
    "a value of no kind": (Extracted(1, {"minutes": object()}), taken("age", "x", "x")),  # type: ignore[dict-item]
}


@pytest.mark.parametrize("harm", HARMS)
def test_a_line_that_can_never_be_written_harms_its_own_call_alone(store: Store, harm: str) -> None:
    fact, entry = HARMS[harm]
    other = CallId("call-2")

    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        await log.open(info(other, "CA2"), FLOW)
        append(log, 0)
        await log.commit(CALL)
        append(log, 1, fact, (entry,))
        append(log, 0, call=other, orders=(taken("age", "ten", "10"), answered("age", 10, "10")))
        _, theirs, opened = await asyncio.gather(
            log.commit(CALL), log.commit(other), log.open(info("call-3", "CA3"), FLOW), return_exceptions=True
        )
        assert (theirs, opened) == (None, None)
        assert not log.is_stuck
        append(log, 1, call=other)
        await log.commit(other)
        await log.finish(CALL, 0, Disposition.ERROR, "log failed")
        await log.finish(CALL, 0, Disposition.COMPLETED, "again")
        await log.finish(other, 0, Disposition.COMPLETED, "flow")
        assert await log.unfinished() == ("CA3",)

    store.run(run)
    assert store.rows("SELECT id, disposition FROM call ORDER BY id") == [
        (CALL, "error"),
        (other, "completed"),
        ("call-3", None),
    ]
    assert store.rows("SELECT seq FROM call_event WHERE call = 'call-2' ORDER BY seq") == [(0,), (1,)]
    assert store.rows("SELECT count(*) FROM answer WHERE call = 'call-2'") == [(1,)]


@pytest.mark.parametrize("number", ["+1555\x000100", "+1555\ud83d0100"])
def test_a_call_whose_row_cannot_be_written_is_refused_alone(store: Store, number: str) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info("call-2", "CA2"), FLOW)
        append(log, 0, call=CallId("call-2"))
        opening = log.open(info(variables={"name": "\ud83d"}, from_number=number), FLOW)
        results = await asyncio.gather(opening, log.commit(CallId("call-2")), return_exceptions=True)
        assert isinstance(results[0], LogError)
        assert results[1] is None
        assert not log.is_stuck

    store.run(run)
    assert store.rows("SELECT call FROM call_event") == [("call-2",)]


def test_a_call_ends_once_and_is_finished_then(store: Store) -> None:
    wall = Wall()

    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        assert await log.unfinished() == ("CA1",)
        await log.finish(CALL, 0, Disposition.PARTIAL, "hangup")
        wall.pass_(seconds=60)
        await log.finish(CALL, 0, Disposition.ERROR, "again")
        assert await log.unfinished() == ()
        assert not await log.claim("CA1", 0)

    store.run(run, wall)
    assert store.rows("SELECT disposition, cause FROM call") == [("partial", "hangup")]


def test_an_end_in_the_journal_survives_a_crash_before_finish(store: Store) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(
            log, 0, LegEnded("hangup"), (Record(5, CallEnded(Disposition.COMPLETED, "flow"), durable=True),)
        )
        await log.commit(CALL)

    store.run(run)
    assert store.rows("SELECT disposition, cause FROM call") == [("completed", "flow")]


def written(store: Store) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0, LegAnswered(), (entered("age", "card"),))
        append(log, 1, orders=(taken("age", "Your age?", "41"), answered("age", 41, "41")))
        append(log, 2, FinalTranscript(1, "it is 73915028", 0.9), sensitive=True)
        append(log, 3, orders=(answered("card", "73915028", "73915028", sensitive=True, turn=2),))
        await log.open(info("call-2", "CA2"), FLOW)
        await log.finish(CallId("call-2"), 0, Disposition.COMPLETED, "flow")
        await log.commit(CALL)

    store.run(run)


def test_answers_turns_and_pages_are_read_as_they_were_written(store: Store) -> None:
    written(store)
    call = store.read(lambda reader: reader.call(CALL))
    assert (call["language"], call["answers"]["age"]["value"]) == ("es", 41)
    assert [turn["step"] for turn in call["turns"]] == ["age"]
    assert [event["seq"] for event in store.read(lambda reader: reader.events(CALL))] == [0, 1, 2, 3]
    page = store.read(lambda reader: reader.page(Filter(disposition="completed")))
    assert [found["id"] for found in page.calls] == ["call-2"]
    pages = store.read(
        lambda reader: [reader.page(limit=1), reader.page(after=reader.page(limit=1).next_key)]
    )
    assert sorted(found["id"] for each in pages for found in each.calls) == [CALL, "call-2"]


def test_a_sensitive_value_is_sealed_and_can_be_revealed(store: Store) -> None:
    written(store)
    for table in ("answer", "call_event", "turn"):
        assert "73915028" not in repr(store.rows(f"SELECT * FROM {table}"))  # noqa: S608 - names of our own
    assert store.read(lambda reader: reader.call(CALL))["answers"]["card"]["value"] == MASK
    revealed = store.read(lambda reader: reader.call(CALL, reveal=True))
    assert revealed["answers"]["card"]["value"] == "73915028"


def test_a_deleted_call_leaves_no_row_and_its_neighbour_whole(store: Store) -> None:
    written(store)
    database = Database.read(store.url)
    with database.engine.begin() as connection:
        calls.delete(connection, CALL)
    database.close()
    for table in ("call_event", "turn", "answer"):
        assert store.rows(f"SELECT * FROM {table}") == []  # noqa: S608 - names of our own
    assert store.rows("SELECT id FROM call") == [("call-2",)]


def test_a_database_of_a_newer_version_is_refused_in_one_line(store: Store) -> None:
    store.run(lambda log: log.unfinished())
    engine = sa.create_engine(store.url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    for opened in (Database.serve, Database.read):
        with pytest.raises(StoreError, match="newer DialAI"):
            opened(store.url)

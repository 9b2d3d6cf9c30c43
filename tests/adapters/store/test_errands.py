"""Quotas, the do-not-call list, call backs and the outbox, on both databases."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.adapters.store import calls, quotas
from app.adapters.store.callbacks import Callbacks
from app.adapters.store.database import Database
from app.adapters.store.do_not_call import DoNotCall, plain
from app.adapters.store.errands import SqlErrands
from app.adapters.store.log import SqlCallLog, open_call_log
from app.adapters.store.reader import CallReader
from app.adapters.store.retention import Pruned, Retention
from app.adapters.store.sealing import Vault
from app.domain.call import CallId, Direction, Disposition
from app.domain.errands import Cell, ErrandResult, KeepCallback, OptOut, Post, ReserveQuota
from app.engine.actions import CallEnded, Record
from app.engine.events import DigitPressed, LegEnded
from app.session.errand_ports import Letter
from app.session.ports import DialError, LogError
from tests.adapters.store.helpers import FLOW, START, Wall, answered, append, info
from tests.adapters.store.private_postgres import PrivatePostgres
from tests.adapters.store.stores import Store

TWO = ReserveQuota("clinic", (Cell("young", 2),))
POST = Post("https://crm.example.com/x", {"age": 30, "used": ("lab", "x")}, {"X": "${secret.a}"}, ("tier",))


def errands(log: SqlCallLog, store: Store, wall: Wall | None = None) -> SqlErrands:
    return SqlErrands(log, Vault(store.folder / "secret.key"), wall or Wall())


def cells(store: Store) -> list[tuple[str, int, int, int]]:
    database = Database.read(store.url)
    with database.reading.begin() as connection:
        found = [(c.cell, c.target, c.reserved, c.committed) for c in quotas.filled(connection, "clinic")]
    database.close()
    return found


async def opened(log: SqlCallLog, *names: str, **more) -> None:
    for name in names:
        await log.open(info(name, f"CA{name}", **more), FLOW)


def ended(log: SqlCallLog, name: str, disposition: Disposition) -> None:
    orders = (Record(9, CallEnded(disposition, "x"), durable=True),)
    append(log, 1, LegEnded("hangup"), orders, call=CallId(name))


def test_a_cell_never_holds_more_than_its_target(store: Store) -> None:
    names = [f"c{n}" for n in range(50)]

    async def work(log: SqlCallLog) -> list[ErrandResult]:
        await opened(log, *names)
        kept = errands(log, store)
        return await asyncio.gather(*(kept.keep(info(name), 1, TWO) for name in names))

    results = store.run(work)
    assert [result.ok for result in results].count(True) == 2
    assert {result.reason for result in results if not result.ok} == {"full"}
    assert cells(store) == [("young", 2, 2, 0)]


def test_two_processes_on_one_database_never_give_a_place_twice(
    postgres: PrivatePostgres, tmp_path: Path
) -> None:
    store = Store(postgres.url(), tmp_path)
    names = [f"c{n}" for n in range(50)]
    five = ReserveQuota("clinic", (Cell("a", 5), Cell("b", 7)))
    flipped = ReserveQuota("clinic", (Cell("b", 7), Cell("a", 5)))

    async def work() -> list[ErrandResult]:
        logs = [open_call_log(store.url, tmp_path, wall=Wall()) for _ in range(3)]
        try:
            await opened(logs[0], *names)
            kept = [errands(log, store) for log in logs]
            return await asyncio.gather(
                *(kept[n % 3].keep(info(name), 1, five if n % 2 else flipped) for n, name in enumerate(names))
            )
        finally:
            for log in logs:
                await log.close()

    results = asyncio.run(work())
    assert [result.ok for result in results].count(True) == 5
    assert cells(store) == [("a", 5, 5, 0), ("b", 7, 5, 0)]


def test_a_place_in_a_full_cell_costs_no_place_in_the_others(store: Store) -> None:
    both = ReserveQuota("clinic", (Cell("open", 9), Cell("shut", 0)))

    async def work(log: SqlCallLog) -> ErrandResult:
        await opened(log, "a")
        return await errands(log, store).keep(info("a"), 1, both)

    assert store.run(work) == ErrandResult(ok=False, reason="full")
    assert cells(store) == [("open", 9, 0, 0), ("shut", 0, 0, 0)]


def test_the_same_call_takes_one_place_however_often_it_asks(store: Store) -> None:
    async def work(log: SqlCallLog) -> list[bool]:
        await opened(log, "a")
        kept = errands(log, store)
        return [(await kept.keep(info("a"), number, TWO)).ok for number in (1, 1, 2)]

    assert store.run(work) == [True, True, True]
    assert cells(store) == [("young", 2, 1, 0)]


def test_a_call_that_asks_for_other_places_gives_up_those_it_had(store: Store) -> None:
    young, old = ReserveQuota("clinic", (Cell("young", 1),)), ReserveQuota("clinic", (Cell("old", 1),))
    both = ReserveQuota("clinic", (*young.cells, *old.cells))
    none, elsewhere = ReserveQuota("clinic", ()), ReserveQuota("other", (Cell("young", 1),))
    left: list[list[tuple[str, str, str]]] = []

    async def work(log: SqlCallLog) -> list[bool]:
        await opened(log, "a", "b")
        kept, results = errands(log, store), []
        wishes = (
            ("a", elsewhere),
            ("a", young),
            ("a", old),
            ("b", young),
            ("a", both),
            ("b", none),
            ("a", both),
        )
        for number, (name, wanted) in enumerate(wishes, start=1):
            results.append((await kept.keep(info(name), number, wanted)).ok)
            left.append(reserved(store))
        await log.finish(CallId("a"), 0, Disposition.COMPLETED, "end")
        await log.finish(CallId("b"), 0, Disposition.COMPLETED, "end")
        return [*results, (await kept.keep(info("b"), 9, none)).ok]

    assert store.run(work) == [True, True, True, True, False, True, True, True]
    assert left == [
        [("a", "other", "young")],
        [("a", "clinic", "young"), ("a", "other", "young")],
        [("a", "clinic", "old"), ("a", "other", "young")],
        [("a", "clinic", "old"), ("a", "other", "young"), ("b", "clinic", "young")],
        # What is full gives none at all: its caller counts nowhere, whatever the flow makes of it.
        [("a", "other", "young"), ("b", "clinic", "young")],
        [("a", "other", "young")],
        [("a", "clinic", "old"), ("a", "clinic", "young"), ("a", "other", "young")],
    ]
    assert cells(store) == [("old", 1, 0, 1), ("young", 1, 0, 1)]


def reserved(store: Store) -> list[tuple[str, str, str]]:
    query = "SELECT call, flow, cell FROM quota_place WHERE state = 'reserved' ORDER BY call, flow, cell"
    return [tuple(row) for row in store.rows(query)]


@pytest.mark.parametrize(
    ("disposition", "left"),
    [(Disposition.COMPLETED, (0, 1)), (Disposition.BREAK_OFF, (0, 0)), (Disposition.PARTIAL, (0, 0))],
)
def test_a_call_that_ends_settles_its_place_with_its_disposition(
    store: Store, disposition: Disposition, left: tuple[int, int]
) -> None:
    async def work(log: SqlCallLog) -> None:
        await opened(log, "a")
        await errands(log, store).keep(info("a"), 1, TWO)
        append(log, 0, DigitPressed("1"), call=CallId("a"))
        ended(log, "a", disposition)
        await log.commit(CallId("a"))

    store.run(work)
    assert cells(store) == [("young", 2, *left)]


def test_a_place_that_was_released_is_taken_by_the_next(store: Store) -> None:
    one = ReserveQuota("clinic", (Cell("young", 1),))

    async def work(log: SqlCallLog) -> list[bool]:
        await opened(log, "a", "b")
        kept = errands(log, store)
        first, second = await kept.keep(info("a"), 1, one), await kept.keep(info("b"), 1, one)
        await log.finish(CallId("a"), 0, Disposition.BREAK_OFF, "hangup")
        return [first.ok, second.ok, (await kept.keep(info("b"), 2, one)).ok]

    assert store.run(work) == [True, False, True]
    assert store.rows("SELECT call, state FROM quota_place ORDER BY call") == [
        ("a", "released"),
        ("b", "reserved"),
    ]


def test_the_place_of_a_call_that_nobody_will_end_is_released_with_it(store: Store) -> None:
    wall = Wall()

    async def work(log: SqlCallLog) -> None:
        await opened(log, "a", "b")
        for name in ("a", "b"):
            await errands(log, store, wall).keep(info(name), 1, TWO)
        await log.finish(CallId("b"), 0, Disposition.COMPLETED, "end")
        wall.pass_(days=1)
        await log.recover()

    store.run(work, wall)
    assert store.rows("SELECT disposition FROM call ORDER BY id") == [("interrupted",), ("completed",)]
    assert cells(store) == [("young", 2, 0, 1)]


def test_a_call_that_has_ended_gets_no_place_any_more(store: Store) -> None:
    async def work(log: SqlCallLog) -> ErrandResult:
        await opened(log, "a")
        await log.finish(CallId("a"), 0, Disposition.BREAK_OFF, "hangup")
        return await errands(log, store).keep(info("a"), 1, TWO)

    assert not store.run(work).ok
    assert cells(store) == []


def test_a_deleted_call_leaves_what_it_counted_and_nothing_reserved(store: Store) -> None:
    async def work(log: SqlCallLog) -> None:
        await opened(log, "a", "b")
        for name in ("a", "b"):
            await errands(log, store).keep(info(name), 1, TWO)
        await log.finish(CallId("a"), 0, Disposition.COMPLETED, "end")
        await log.do(lambda connection: calls_delete(connection, "a"))
        await log.do(lambda connection: calls_delete(connection, "b"))

    store.run(work)
    assert cells(store) == [("young", 2, 0, 1)]


def calls_delete(connection, call: str) -> None:
    calls.delete(connection, call)


def test_who_wants_no_further_call_is_on_the_list_when_it_returns_and_readable_by_the_key_alone(
    store: Store,
) -> None:
    async def work(log: SqlCallLog) -> tuple[bool, ...]:
        await opened(log, "a")
        await log.open(info("b", "CAb", direction=Direction.OUTBOUND), FLOW)
        kept = errands(log, store)
        await kept.keep(info("a"), 1, OptOut("stop"))
        await kept.keep(info("a"), 1, OptOut("stop"))
        await kept.keep(info("b", direction=Direction.OUTBOUND), 1, OptOut("stop"))
        hidden = await kept.keep(info("c", from_number="anonymous"), 1, OptOut("stop"))
        assert hidden == ErrandResult(ok=True, reason="unknown")
        return tuple([await kept.is_barred(n) for n in ("+15550100", "+15550199", "+15550101")])

    assert store.run(work) == (True, True, False)
    stored = "".join(str(row) for row in store.rows("SELECT hash, sealed, source FROM do_not_call"))
    assert "5550100" not in stored
    database = Database.read(store.url)
    listed = DoNotCall(database, Vault(store.folder / "secret.key"), Wall()).listed()
    other = DoNotCall(database, Vault(store.folder / "other.key"), Wall())
    assert {(entry.number, entry.source) for entry in listed} == {
        ("+15550100", "caller"),
        ("+15550199", "caller"),
    }
    assert not other.has("+15550100")
    assert {entry.number for entry in other.listed()} == {""}
    database.close()


def test_an_operator_puts_numbers_on_the_list_and_takes_them_off(store: Store) -> None:
    store.run(lambda log: log.unfinished())
    database = Database.read(store.url)
    numbers = DoNotCall(database, Vault(store.folder / "secret.key"), Wall())
    assert numbers.add("+15550100")
    assert not numbers.add("+15550100")
    assert numbers.has("1 (555) 01-00")
    assert numbers.remove("+15550100")
    assert not numbers.remove("+15550100")
    assert not numbers.has("+15550100")
    database.close()


def test_a_number_is_kept_in_one_spelling() -> None:
    assert plain("+1 (555) 01-00") == plain("15550100") == "+15550100"
    assert plain("anonymous") is plain("") is plain("+1") is None


def test_nobody_is_called_while_the_list_cannot_be_read(store: Store) -> None:
    async def work(log: SqlCallLog) -> None:
        await log.do(lambda connection: connection.exec_driver_sql("DROP TABLE do_not_call"))
        with pytest.raises(DialError, match="do-not-call list"):
            await errands(log, store).is_barred("+15550100")

    store.run(work)


def test_a_wish_to_be_called_back_is_kept_once_with_its_zone_and_its_number_sealed(store: Store) -> None:
    later = KeepCallback("later", "2026-02-01T15:00-05:00", "America/New_York")
    any_time = KeepCallback("later", "", "UTC", "+15557777")

    async def work(log: SqlCallLog) -> None:
        await opened(log, "a", "b")
        kept = errands(log, store)
        await kept.keep(info("b"), 1, any_time)
        for _ in range(2):
            assert (await kept.keep(info("a"), 1, later)).ok
        with pytest.raises(LogError, match="not in the call log"):
            await kept.keep(info("nobody"), 1, later)

    store.run(work)
    assert "5550100" not in str(store.rows("SELECT * FROM callback"))
    database = Database.read(store.url)
    wishes = Callbacks(database, Vault(store.folder / "secret.key"), Wall())
    first, second = wishes.listed()
    assert (first.number, first.at, first.zone, first.status) == (
        "+15550100",
        datetime(2026, 2, 1, 20, tzinfo=UTC),
        "America/New_York",
        "open",
    )
    assert (second.number, second.at) == ("+15557777", None)
    assert wishes.close_for("a", "done")
    assert not wishes.close_for("a", "done")
    assert [wish.call for wish in wishes.listed()] == ["b"]
    assert [wish.status for wish in wishes.listed(status=None)] == ["done", "open"]
    database.close()


def test_a_message_is_kept_before_it_is_sent_and_its_first_result_stays(store: Store) -> None:
    async def work(log: SqlCallLog) -> None:
        await opened(log, "a")
        kept = errands(log, store)
        letter = await kept.put(info("a"), 1, POST)
        assert letter == Letter("a", 1, 1, POST)
        assert "age" not in str(store.rows("SELECT sealed FROM outbox"))
        again = await kept.put(info("a"), 1, POST)
        assert isinstance(again, Letter)
        assert again.tries == 2
        won = ErrandResult(ok=True, values={"tier": "gold"})
        await kept.settle(again, won, again_in_s=None)
        await kept.settle(again, ErrandResult(ok=False, reason="timeout"), again_in_s=None)
        assert await kept.put(info("a"), 1, POST) == won
        with pytest.raises(LogError, match="not in the call log"):
            await kept.put(info("nobody"), 1, POST)

    store.run(work)
    assert store.rows("SELECT state, tries, reason FROM outbox") == [("done", 2, "")]


def test_a_message_is_sent_again_when_it_is_due_and_by_one_process_alone(store: Store) -> None:
    wall = Wall()

    async def work(log: SqlCallLog) -> None:
        await opened(log, "a")
        kept = errands(log, store, wall)
        letter = await kept.put(info("a"), 1, POST)
        assert isinstance(letter, Letter)
        assert await kept.take_due(9) == []
        await kept.settle(letter, ErrandResult(ok=False, reason="timeout"), again_in_s=15)
        assert await kept.take_due(9) == []
        wall.pass_(seconds=15)
        assert await kept.take_due(9) == [Letter("a", 1, 2, POST)]
        assert await kept.take_due(9) == []
        wall.pass_(seconds=31)
        assert await kept.take_due(0) == []
        assert [letter.tries for letter in await kept.take_due(9)] == [3]

    store.run(work, wall)


def test_a_message_that_cannot_be_opened_is_told_and_holds_up_no_other(store: Store) -> None:
    wall = Wall()

    async def work(log: SqlCallLog) -> None:
        await opened(log, "a", "b", "c")
        kept = errands(log, store, wall)
        strange = SqlErrands(log, Vault(store.folder / "other.key"), wall)
        await kept.put(info("a"), 1, POST)
        await strange.put(info("b"), 1, POST)
        await kept.put(info("c"), 1, POST)
        wall.pass_(seconds=31)
        with capture_logs() as told:
            assert sorted(letter.call for letter in await kept.take_due(9)) == ["a", "c"]
        assert [(line["event"], line["call_id"], line["errand"]) for line in told] == [
            ("message_unreadable", "b", 1)
        ]
        wall.pass_(seconds=31)
        with capture_logs() as told:
            assert sorted(letter.call for letter in await kept.take_due(9)) == ["a", "c"]
        assert told == []
        wall.pass_(seconds=3_600)
        assert Letter("b", 1, 2, POST) in await strange.take_due(9)

    store.run(work, wall)


def filled_log(store: Store, wall: Wall) -> None:
    async def work(log: SqlCallLog) -> None:
        for name, days in (("old", 10), ("new", 1), ("live", 9)):
            wall.now = START - timedelta(days=days)
            await opened(log, name, from_number="+15550100" if name != "new" else "+15550188")
            append(log, 0, DigitPressed("4"), (answered("age", 4, "4"),), call=CallId(name))
            await errands(log, store).keep(info(name), 1, OptOut("stop"))
            if name != "live":
                await log.finish(CallId(name), 0, Disposition.COMPLETED, "end")
            folder = store.folder / "audio" / name
            folder.mkdir(parents=True)
            (folder / "call.wav").write_bytes(b"RIFF")
        simulated = store.folder / "simulated"
        simulated.mkdir()
        for name in ("old", "new"):
            (simulated / f"CA{name}-heard.wav").write_bytes(b"RIFF")

    store.run(work, wall)


def with_retention(store: Store, work) -> None:
    database = Database.read(store.url)
    reader = CallReader(database, Vault(store.folder / "secret.key"), store.folder / "audio")
    work(Retention(database, reader))
    database.close()


def ids(store: Store) -> list[str]:
    return [row[0] for row in store.rows("SELECT id FROM call ORDER BY id")]


def test_what_is_kept_no_longer_is_deleted_whole_and_live_calls_stay(store: Store) -> None:
    filled_log(store, Wall())

    def work(retention: Retention) -> None:
        assert retention.prune(before=None, audio_before=None) == Pruned()
        assert retention.prune(before=None, audio_before=START - timedelta(days=5)) == Pruned(0, 1)
        assert ids(store) == ["live", "new", "old"]
        assert not (store.folder / "audio" / "old").exists()
        assert retention.prune(before=START - timedelta(days=5), audio_before=None) == Pruned(1, 0)
        assert retention.prune(before=START - timedelta(days=5), audio_before=None) == Pruned(0, 0)

    with_retention(store, work)
    assert ids(store) == ["live", "new"]
    assert store.rows("SELECT call FROM answer ORDER BY call") == [("live",), ("new",)]
    assert (store.folder / "audio" / "new" / "call.wav").exists()


def test_all_calls_of_a_number_are_deleted_and_its_opting_out_is_kept(store: Store) -> None:
    filled_log(store, Wall())

    def work(retention: Retention) -> None:
        assert retention.of_number("+15550100") == (1, 1)
        assert retention.delete_number("+15550100") == 1
        assert retention.of_number("+1555010") == (0, 0)

    with_retention(store, work)
    assert ids(store) == ["live", "new"]
    assert not (store.folder / "audio" / "old").exists()
    assert [file.name for file in (store.folder / "simulated").iterdir()] == ["CAnew-heard.wav"]
    database = Database.read(store.url)
    assert DoNotCall(database, Vault(store.folder / "secret.key"), Wall()).has("+15550100")
    database.close()


def test_a_call_whose_audio_cannot_be_deleted_stays(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    filled_log(store, Wall())

    def refuse(folder: Path) -> None:
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("app.adapters.store.removal.shutil.rmtree", refuse)

    def work(retention: Retention) -> None:
        with pytest.raises(PermissionError):
            retention.delete_number("+15550100")

    with_retention(store, work)
    assert "old" in ids(store)

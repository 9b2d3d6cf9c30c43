"""Finding calls: every filter, alone and together, pages by key, counts, words; and by which way."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.adapters.store import calls, search
from app.adapters.store.database import Database
from app.adapters.store.log import SqlCallLog
from app.adapters.store.migrations.run import upgrade
from app.adapters.store.reader import CallReader
from app.adapters.store.schema import utc_text
from app.adapters.store.sealing import Vault
from app.adapters.store.selection import Filter
from app.adapters.store.words import folded, sought
from app.domain.call import CallId, Direction, Disposition
from app.engine.actions import CallEnded, Record, TurnTaken
from app.engine.events import LegEnded
from tests.adapters.store.helpers import FLOW, START, Wall, append, entered, info
from tests.adapters.store.stores import Store

SAID = {
    "call-0": ("It hurts, and I can't sleep at night.", 900),
    "call-1": ("I sleep WELL, thank you", 2_400),
    "call-2": ("Anoche no dormí; me duele el corazón", 300),
    "call-3": ("no", None),
}


def exchange(said: str, total: int | None, *, turn: int = 1) -> Record:
    took = {} if total is None else {"total": total}
    entry = TurnTaken(
        turn, "why", "text", "How are you?", "How are", said, "speech", "", "ok",
        False, 0, 100, 2_000, 3_000, took,
    )  # fmt: skip
    return Record(turn * 2 + 1, entry)


async def hold(log: SqlCallLog, call: str, *records: Record, sensitive: bool = False, **known: Any) -> None:
    name = CallId(call)
    await log.open(info(call, f"CA-{call}", **known), FLOW)
    append(log, 1, orders=records, call=name, sensitive=sensitive)
    ended = Record(9, CallEnded(Disposition.COMPLETED, "flow"), durable=True)
    append(log, 2, LegEnded("hangup"), (ended,), call=name)
    await log.commit(name)


def written(store: Store) -> None:
    wall = Wall()

    async def run(log: SqlCallLog) -> None:
        for place, (call, (said, total)) in enumerate(SAID.items()):
            wall.now = START + timedelta(hours=place)
            direction = Direction.OUTBOUND if place % 2 else Direction.INBOUND
            numbers = {"from_number": f"+1415555010{place}", "to_number": f"+4930123450{place}"}
            spanish = (entered("why"),) if place == 2 else ()
            await hold(log, call, exchange(said, total), *spanish, direction=direction, **numbers)
        await log.open(info("call-4", "CA4", from_number="anonymous"), FLOW)

    store.run(run, wall)


def ids(store: Store, **wanted: Any) -> list[str]:
    found = store.read(lambda reader: reader.page(Filter(**wanted)))
    names = [call["id"] for call in found.calls]
    assert store.read(lambda reader: reader.count(Filter(**wanted))) == len(names)
    exported = store.read(lambda reader: list(reader.export(Filter(**wanted))))
    assert sorted(call["id"] for call in exported) == sorted(names)
    return names


def test_a_call_is_found_by_the_other_partys_number_whole_or_by_its_end(store: Store) -> None:
    written(store)
    assert ids(store, number="+14155550100") == ["call-0"]
    assert ids(store, number="0100") == ["call-0"]
    assert ids(store, number="555 01 02") == ["call-2"]
    assert ids(store, number="+555 0100") == []  # whole means whole
    assert ids(store, number="+493012345 03") == ["call-3"]  # we called: the other party is whom we called
    assert ids(store, number="+4930123450-0") == []


def test_a_call_is_found_by_its_slowest_and_by_its_middle_turn(store: Store) -> None:
    written(store)

    async def slow(log: SqlCallLog) -> None:
        turns = [exchange("x", total, turn=n) for n, total in enumerate((100, 5_000, 200), 1)]
        await hold(log, "call-9", *turns)

    store.run(slow)
    assert ids(store, worst_ms=900) == ["call-1", "call-9", "call-0"]
    assert ids(store, worst_ms=2_500) == ["call-9"]
    assert ids(store, median_ms=200) == ["call-2", "call-1", "call-9", "call-0"]
    assert ids(store, median_ms=201) == ["call-2", "call-1", "call-0"]


def test_filters_narrow_each_other(store: Store) -> None:
    written(store)
    assert ids(store, language="es") == ["call-2"]
    assert ids(store, direction="outbound") == ["call-3", "call-1"]
    assert ids(store, direction="outbound", worst_ms=1) == ["call-1"]
    assert ids(store, since=START + timedelta(hours=1), until=START + timedelta(hours=3)) == [
        "call-2",
        "call-1",
    ]
    assert ids(store, words="sleep", number="0101", direction="inbound") == []
    assert ids(store, words="sleep", direction="inbound") == ["call-0"]
    assert ids(store, words="sleep", worst_ms=1_000) == ["call-1"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("sleep", ["call-1", "call-0"]),
        ("SLEEP night", ["call-0"]),
        ("corazon dormi", ["call-2"]),
        ("CORAZÓN", ["call-2"]),
        ("can't", ["call-0"]),
        ('"i sleep"', ["call-1"]),
        ('"sleep i"', []),
        ("sle*", ["call-1", "call-0"]),
        ("sle", []),
        ('"how are" thank*', ["call-1"]),
        ('unclosed "can t sleep', []),
        ("OR AND NOT NEAR(sleep)", []),
        ("sleep* ) -- '; DROP TABLE call", []),
    ],
)
def test_words_are_found_without_case_and_accents(store: Store, words: str, found: list[str]) -> None:
    written(store)
    assert ids(store, words=words) == found


def test_a_search_without_any_word_is_no_search() -> None:
    assert sought('  ?! "" * _ ') is None
    assert folded("Straße, ÑANDÚ 10½!") == "strasse nandu 101 2"


@pytest.mark.parametrize(
    "wanted", [Filter(), Filter(words="how are"), Filter(worst_ms=1), Filter(number="1")]
)
def test_pages_hold_every_call_once_whatever_is_asked(store: Store, wanted: Filter) -> None:
    wall = Wall()

    async def run(log: SqlCallLog) -> None:
        for n in range(7):
            # Two calls in each moment: a page must not lose the second one.
            wall.now = START + timedelta(seconds=n // 2)
            await hold(log, f"call-{n}", exchange("x", 10), from_number="+14155550101")

    store.run(run, wall)
    seen: list[str] = []
    key: str | None = None
    while key is not None or not seen:
        page = store.read(lambda reader, key=key: reader.page(wanted, after=key, limit=3))
        seen += [call["id"] for call in page.calls]
        key = page.next_key
        if key is None:
            break
    assert seen == [f"call-{n}" for n in (6, 5, 4, 3, 2, 1, 0)]


def test_a_page_of_words_goes_on_behind_a_call_that_is_deleted_meanwhile(store: Store) -> None:
    written(store)
    wanted = Filter(words="how are")
    first = store.read(lambda reader: reader.page(wanted, limit=2))
    assert [call["id"] for call in first.calls] == ["call-3", "call-2"]
    _delete(store, "call-2")
    second = store.read(lambda reader: reader.page(wanted, after=first.next_key, limit=2))
    assert [call["id"] for call in second.calls] == ["call-1", "call-0"]
    _delete(store, "call-1")
    _delete(store, "call-0")
    assert store.read(lambda reader: reader.page(wanted, after=first.next_key)).calls == ()


def test_counting_stops_where_nobody_wants_to_know(store: Store) -> None:
    written(store)
    assert store.read(lambda reader: reader.count(most=4)) == 5
    assert store.read(lambda reader: reader.count(most=2)) == 3
    assert store.read(lambda reader: reader.count(Filter(words="how are"), most=2)) == 3


def test_the_choices_of_a_filter_are_what_calls_have(store: Store) -> None:
    assert store.run(lambda log: log.unfinished()) == ()
    assert store.read(lambda reader: reader.facets()) == {"flow": [], "language": []}
    written(store)
    assert store.read(lambda reader: reader.facets()) == {"flow": ["clinic"], "language": ["en", "es"]}


def test_what_is_masked_is_in_no_index(store: Store) -> None:
    secret = Record(3, TurnTaken(1, "card", "digits", "Your card?", "Your card", "seven three", "speech",
                                 "73915028", "ok", False, 0, 1, 2, 3))  # fmt: skip

    async def run(log: SqlCallLog) -> None:
        await hold(log, "call-0", secret, exchange("my mail is ann@example.com", 10, turn=2), sensitive=True)

    store.run(run)
    for words in ("73915028", '"seven three"', "seven", "sensitive", "ann"):
        assert ids(store, words=words) == [], words
    ((said,),) = store.rows("SELECT said FROM call_text")
    assert "how are" in said
    for secret_word in ("73915028", "seven", "ann"):
        assert secret_word not in said


def test_a_deleted_call_is_found_by_nothing_and_leaves_no_word_behind(store: Store) -> None:
    written(store)
    _delete(store, "call-2")
    assert ids(store, words="corazon") == []
    assert ids(store, words="sleep") == ["call-1", "call-0"]
    assert store.rows("SELECT count(*) FROM call_text") == [(4,)]
    if store.url.startswith("sqlite"):
        left = (store.folder / "calls.sqlite3").read_bytes()
        assert b"corazon" not in left
        assert b"sleep" in left


def test_calls_that_a_dead_server_left_open_are_found_once_they_are_given_up(store: Store) -> None:
    wall = Wall()

    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 1, orders=(exchange("left alone", 70),))
        await log.commit(CallId("call-1"))
        wall.pass_(days=1)
        await log.recover()

    store.run(run, wall)
    assert ids(store, words="alone", worst_ms=70) == ["call-1"]


def test_calls_of_an_older_log_are_found_after_the_migration(store: Store) -> None:
    engine = sa.create_engine(store.url)
    with engine.begin() as connection:
        upgrade(connection, "0002")
        _hold_as_in_0002(connection, "old-1", "Me duele el corazón", disposition="completed")
        _hold_as_in_0002(connection, "old-2", "still talking", disposition=None)
    engine.dispose()
    store.run(lambda log: log.unfinished())
    assert ids(store, words="corazon", worst_ms=640, number="0123") == ["old-1"]
    assert ids(store, words="talking") == []
    assert ids(store, number="+14155550123") == ["old-2", "old-1"]
    assert store.rows("SELECT call FROM call_text ORDER BY no") == [("old-1",), ("old-2",)]


def _hold_as_in_0002(connection: sa.Connection, call: str, said: str, *, disposition: str | None) -> None:
    rows = {
        "flow": {"sha256": call, "id": "clinic", "version": "3", "yaml": "", "max_duration_ms": 1,
                 "sensitive_steps": "[]", "frozen_at": utc_text(START)},
        "call": {"id": call, "carrier_sid": f"CA{call}", "flow": "clinic", "flow_version": "3",
                 "flow_sha256": call, "direction": "inbound", "from_number": "+1 415 555 0123",
                 "to_number": "+1", "variables": "{}", "started_at": utc_text(START),
                 "last_event_at": utc_text(START), "disposition": disposition},
        "turn": {"call": call, "seq": 1, "part": 0, "turn": 1, "step": "why", "kind": "text", "prompt": "?",
                 "heard": "?", "input": said, "source": "speech", "understood": "", "outcome": "ok",
                 "barged_in": False, "false_alarms": 0, "asked_ms": 1, "answered_ms": 2,
                 "latency_ms": '{"total": 640}'},
    }  # fmt: skip
    for table, row in rows.items():
        names, places = ", ".join(row), ", ".join(f":{name}" for name in row)
        connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row)  # noqa: S608


EQUAL = {"flow": "clinic", "disposition": "completed", "language": "en", "direction": "inbound",
         "number": "+14155550100"}  # fmt: skip


@pytest.mark.parametrize(
    "wanted",
    [
        Filter(),
        *(Filter(**{name: value}) for name, value in EQUAL.items()),
        Filter(since=START, until=START + timedelta(days=1)),
        Filter(flow="clinic", disposition="completed", since=START),
        Filter(words="sleep"),
        Filter(words="sleep", flow="clinic"),
        Filter(worst_ms=100),
        Filter(median_ms=100, language="en"),
        Filter(number="0100", flow="clinic"),
    ],
    ids=repr,
)
@pytest.mark.parametrize("is_dense", [False, True])
def test_no_page_and_no_count_reads_the_whole_table(
    tmp_path: Path, wanted: Filter, is_dense: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(f"sqlite:///{tmp_path / 'calls.sqlite3'}", tmp_path)
    written(store)
    monkeypatch.setattr(search, "FEW", 0 if is_dense else 1_000)
    for plan in _plans(store, lambda reader: (reader.page(wanted, limit=2), reader.count(wanted))):
        assert not re.search(r"SCAN call(?! USING)\b(?!_)", plan), plan
        may_sort = not is_dense and (wanted.worst_ms or wanted.median_ms or wanted.number == "0100")
        if "ORDER BY" in plan.partition("\n")[0]:
            assert may_sort or "TEMP B-TREE" not in plan, plan


def test_the_choices_of_a_filter_are_stepped_through(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'calls.sqlite3'}", tmp_path)
    written(store)
    for plan in _plans(store, lambda reader: reader.facets()):
        assert re.search(r"SEARCH call USING COVERING INDEX call_by_\w+ \(\w+>\?\)", plan), plan
        assert "SCAN call" not in plan


def _plans(store: Store, look: Callable[[CallReader], object]) -> list[str]:
    """Return every statement that `look` sends, and how SQLite goes about it."""
    asked: list[tuple[str, Any]] = []
    database = Database.read(store.url)

    @sa.event.listens_for(database.reading, "before_cursor_execute")
    def _noted(_c: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if statement != "BEGIN":
            asked.append((statement, values))

    look(CallReader(database, Vault(store.folder / "k"), store.folder))
    database.close()
    with closing(sqlite3.connect(store.folder / "calls.sqlite3")) as connection:
        plans = [
            (statement, connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall())
            for statement, values in asked
        ]
    connection.close()
    assert plans
    return ["\n".join([" ".join(statement.split()), *(row[-1] for row in rows)]) for statement, rows in plans]


def _delete(store: Store, call: str) -> None:
    database = Database.read(store.url)
    with database.engine.begin() as connection:
        calls.delete(connection, call)
    database.shrink_log()
    database.close()

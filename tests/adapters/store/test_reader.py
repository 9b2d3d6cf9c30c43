"""Reading the call log: pages, one call whole, the journal, the audio."""

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.adapters.store.async_reader import AsyncCallReader
from app.adapters.store.costs import total_cost
from app.adapters.store.database import Database
from app.adapters.store.log import SqlCallLog
from app.adapters.store.reader import CallReader
from app.adapters.store.sealing import Vault
from app.adapters.store.selection import Filter, selected
from app.domain.call import CallId, Direction, Disposition
from app.domain.cost import Prices
from app.engine.events import LegAnswered, ProviderReported
from tests.adapters.store.helpers import (
    CALL,
    FLOW,
    START,
    Wall,
    answered,
    append,
    info,
    reader,
    taken,
    url_of,
    with_log,
)


def write_calls(folder: Path, count: int) -> None:
    wall = Wall()

    async def run(log: SqlCallLog) -> None:
        for n in range(count):
            # Two calls in each moment: a page must not lose the second one.
            wall.now = START + timedelta(seconds=n // 2)
            direction = Direction.OUTBOUND if n % 2 else Direction.INBOUND
            await log.open(info(f"call-{n:02}", f"CA{n}", direction=direction), FLOW)
        await log.finish(CallId("call-00"), 0, Disposition.COMPLETED, "flow")

    with_log(folder, run, wall)


def test_pages_hold_every_call_once_newest_first(tmp_path: Path) -> None:
    write_calls(tmp_path, 7)
    read, seen, key = reader(tmp_path), [], None
    while True:
        page = read.page(after=key, limit=3)
        seen += [call["id"] for call in page.calls]
        key = page.next_key
        if key is None:
            break
    assert seen == [f"call-{n:02}" for n in (6, 5, 4, 3, 2, 1, 0)]


@pytest.mark.parametrize("key", ["", "x", "2026-99-99T99:99:99.999~call-1", "~"])
def test_a_key_that_no_page_gave_is_refused(tmp_path: Path, key: str) -> None:
    write_calls(tmp_path, 1)
    with pytest.raises(KeyError):
        reader(tmp_path).page(after=key)


def test_calls_are_filtered_by_all_that_is_asked(tmp_path: Path) -> None:
    write_calls(tmp_path, 4)
    read = reader(tmp_path)

    def ids(**wanted: object) -> list[str]:
        return [call["id"] for call in read.page(Filter(**wanted)).calls]  # type: ignore[arg-type]

    assert ids(disposition="completed") == ["call-00"]
    assert ids(flow="clinic", direction="outbound") == ["call-03", "call-01"]
    assert ids(since=START + timedelta(seconds=1)) == ["call-03", "call-02"]
    assert ids(flow="other") == []


def test_an_ended_call_has_the_shape_that_others_rely_on(tmp_path: Path) -> None:
    wall = Wall()

    async def run(log: SqlCallLog) -> None:
        await log.open(info(variables={"name": "Ann"}), FLOW)
        append(log, 0, LegAnswered())
        append(log, 1, orders=(taken("age", "What is", "41"), answered("age", 41, "41")))
        append(log, 2, orders=(answered("first", "x", "1"), answered("age", 42, "42", turn=2)))
        await log.commit(CALL)
        wall.pass_(seconds=30)
        await log.finish(CALL, 0, Disposition.COMPLETED, "flow")

    with_log(tmp_path, run, wall)
    call = reader(tmp_path).call(CALL)
    assert call is not None
    answers, turns = call.pop("answers"), call.pop("turns")
    assert call == {
        "id": "call-1",
        "carrier_sid": "CA1",
        "flow": "clinic",
        "flow_version": "3",
        "direction": "inbound",
        "from": "+15550100",
        "to": "+15550199",
        "language": "en",
        "started_at": "2026-01-31T09:05:07.123+00:00",
        "answered_at": "2026-01-31T09:05:07.123+00:00",
        "ended_at": "2026-01-31T09:05:37.123+00:00",
        "disposition": "completed",
        "cause": "flow",
        "resumes": 0,
        "worst_ms": 40,
        "median_ms": 40,
        "variables": {"name": "Ann"},
        "recording": None,
        "audio_files": [],
        "cost": {
            "transcribe": 0.0,
            "polly": 0.0,
            "bedrock": 0.0,
            "carrier": 0.0,
            "total": 0.0,
            "currency": "USD",
        },
    }
    assert list(answers) == ["first", "age"]
    wanted = {"value": 42, "label": "label 42", "source": "key", "status": "ok", "confidence": 1.0, "asks": 1}
    assert answers["age"] | wanted | {"raw": "42"} == answers["age"]
    wanted = {
        "step": "age",
        "prompt": "What is your age?",
        "heard": "What is",
        "input": "41",
        "understood": "41",
    }
    assert turns[0] | wanted | {"latency_ms": {"total": 40}} == turns[0]


def test_the_cost_of_a_call_is_what_its_journal_says_was_used(tmp_path: Path) -> None:
    wall = Wall()

    async def run(log: SqlCallLog) -> None:
        await log.open(info(direction=Direction.OUTBOUND), FLOW)
        used = (
            ProviderReported("stt", "used", amount=30_000, unit="ms"),
            ProviderReported("tts", "used", "in a question that is sensitive", 500, "characters"),
            ProviderReported("tts", "failed", "no more of it", 9_000, "characters"),
            ProviderReported("llm", "used", amount=2_000, unit="input_tokens"),
            ProviderReported("llm", "used", amount=100, unit="output_tokens"),
            ProviderReported("stt", "used", amount=30_000, unit="ms"),
        )
        append(log, 0, LegAnswered())
        for seq, fact in enumerate(used, 1):
            append(log, seq, fact, sensitive=True)
        await log.commit(CALL)
        wall.pass_(seconds=61)
        await log.finish(CALL, 0, Disposition.COMPLETED, "flow")

    with_log(tmp_path, run, wall)
    prices = Prices(0.02, 16, 1, 10, 0.01, 0.03)
    with closing(
        CallReader(Database.read(url_of(tmp_path)), Vault(tmp_path / "k"), tmp_path, prices)
    ) as read:
        call = read.call(CALL)
    assert call is not None
    assert call["cost"] == {
        "transcribe": 0.02,
        "polly": 0.008,
        "bedrock": 0.003,
        "carrier": 0.06,
        "total": 0.091,
        "currency": "USD",
    }


@pytest.mark.parametrize(("sid", "cost"), [("CA77", 0.02), ("browser-77", 0.0)])
def test_the_minutes_of_a_browser_cost_nothing(tmp_path: Path, sid: str, cost: float) -> None:
    wall = Wall()

    async def run(log: SqlCallLog) -> None:
        await log.open(replace(info(), carrier_sid=sid), FLOW)
        append(log, 0, LegAnswered())
        await log.commit(CALL)
        wall.pass_(seconds=61)
        await log.finish(CALL, 0, Disposition.COMPLETED, "flow")

    with_log(tmp_path, run, wall)
    prices = Prices(inbound_minute=0.01)
    database = Database.read(url_of(tmp_path))
    with closing(CallReader(database, Vault(tmp_path / "k"), tmp_path, prices)) as read:
        call = read.call(CALL)
        assert call is not None
        assert (call["cost"]["carrier"], call["cost"]["total"]) == (cost, cost)
        with database.reading.begin() as connection:
            assert total_cost(connection, selected(Filter()).subquery(), prices) == cost


def test_a_call_in_progress_has_no_cost_yet(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        append(log, 0, LegAnswered())
        await log.commit(CALL)

    with_log(tmp_path, run)
    call = reader(tmp_path).call(CALL)
    assert call is not None
    assert call["cost"] is None


def test_audio_is_found_where_it_was_noted_and_where_it_lies(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info(), FLOW)
        await log.add_recording(CALL, "elsewhere/why.wav", kind="answer", slot="why")
        await log.add_recording(CALL, "elsewhere/gone.wav", kind="answer", slot="gone")

    with_log(tmp_path, run)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "why.wav").write_bytes(b"RIFF")
    read = reader(tmp_path)
    assert read.audio(CALL) is None
    read.audio_folder(CALL).mkdir(parents=True)
    (read.audio_folder(CALL) / "call.wav").write_bytes(b"RIFF")
    assert read.audio(CALL) == tmp_path / "recordings" / "call-1" / "call.wav"
    call = read.call(CALL)
    assert call is not None
    names = [Path(path).name for path in call["audio_files"]]
    assert sorted(names) == ["call.wav", "why.wav"]
    assert read.audio_folder("../../etc").parent == tmp_path / "recordings"


def test_the_export_goes_through_all_calls_in_chunks(tmp_path: Path) -> None:
    write_calls(tmp_path, 7)
    exported = list(reader(tmp_path).export(chunk=3))
    assert [call["id"] for call in exported] == [f"call-{n:02}" for n in range(7)]
    assert exported[0]["events"] == []


def test_the_web_reads_the_same_from_a_loop(tmp_path: Path) -> None:
    write_calls(tmp_path, 3)

    async def run() -> None:
        read = AsyncCallReader(reader(tmp_path))
        page = await read.page(after=None, limit=2, flow=None, disposition=None)
        assert [call["id"] for call in page.calls] == ["call-02", "call-01"]
        assert (await read.call("call-00") or {})["disposition"] == "completed"
        assert await read.call("call-404") is None
        assert await read.events("call-00") == []
        assert await read.events("call-404") is None
        assert await read.audio("call-00") is None
        read.close()

    asyncio.run(run())


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    write_calls(tmp_path, 1)
    database = Database.read(url_of(tmp_path))
    with database.reading.begin() as connection, pytest.raises(Exception, match="readonly"):
        connection.exec_driver_sql("DELETE FROM call")
    database.close()

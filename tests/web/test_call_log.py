"""The call log's pages and routes over real HTTP, on a real log: filters, files, sound, replay, removal."""

import asyncio
import csv
import io
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.adapters.store.access import AccessBook, AsyncAccess
from app.adapters.store.archive import CallArchive
from app.adapters.store.async_reader import AsyncCallReader
from app.adapters.store.database import Database
from app.adapters.store.errors import StoreError
from app.adapters.store.log import SqlCallLog
from app.adapters.store.reader import CallReader
from app.adapters.store.sealing import Vault
from app.domain.access import Role
from app.domain.call import CallId, Disposition
from app.engine.actions import CallEnded, Record, TurnTaken
from app.engine.events import LegAnswered, LegEnded, OperatorCommand
from app.media.audio import tone
from app.session.wavfile import StereoFile, write_mono
from app.web.api import SAME_LISTENING_MS
from app.web.call_filters import filter_of
from app.web.console.call_view import told_apart
from app.web.requests import Refused
from app.web.sound import STRETCHES, peaks_of
from tests.adapters.store.helpers import FLOW, Wall, answered, append, info, url_of, with_log
from tests.web.house import KEY, FakeDesk, House, within

BEARER = {"Authorization": f"Bearer {KEY}"}
PAGE = BEARER | {"Accept": "text/html"}
EVIL = "<script>alert(1)</script>"


def turn(said: str, number: int = 1, **latency: int) -> Record:
    entry = TurnTaken(
        number, "why", "text", "What brings you here today?", "What brings", said, "speech", said, "answer",
        True, 1, 1_000, 2_000, 3_000, latency or {"total": 420},
    )  # fmt: skip
    return Record(number * 2 + 1, entry)


def written(folder: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        for name, said in (("call-1", EVIL), ("call-2", "my back hurts")):
            call = CallId(name)
            number = f"+141555501{name[-1]}0"
            await log.open(info(name, f"CA{name}", from_number=number, variables={"name": EVIL}), FLOW)
            append(log, 1, LegAnswered(), call=call)
            append(log, 2, orders=(turn(said), answered("why", said, said)), call=call)
            ended = Record(9, CallEnded(Disposition.COMPLETED, EVIL), durable=True)
            append(log, 3, LegEnded("hangup"), (ended,), call=call)
            await log.commit(call)
        await log.open(info("call-3", "CA3", from_number=EVIL), FLOW)

    with_log(folder, run, Wall())


Scenario = Callable[[House], Awaitable[None]]
Run = Callable[..., None]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Run a scenario on a log of three calls, the last of which is live."""
    written(tmp_path)
    database = Database.read(url_of(tmp_path))
    reader = CallReader(database, Vault(tmp_path / "secret.key"), tmp_path / "audio")
    shelf = AsyncCallReader(reader, CallArchive(database, reader))
    access = AsyncAccess(AccessBook(Database.read(url_of(tmp_path))))
    with closing(shelf), closing(access):
        yield lambda scenario, **more: within(scenario, shelf=shelf, access=access, **more)


async def get(house: House, path: str, **headers: str) -> httpx.Response:
    return await house.http.get(path, headers=BEARER | headers)


BAD = {
    "number=12": "last 3 digits",
    "number=call+me": "last 3 digits",
    "since=yesterday": "`since` must be a day",
    "until=2026-13-01": "`until` must be a day",
    "since=2026-02-02&until=2026-02-01": "later than",
    "slow=fast": "whole number of milliseconds",
    "slow=0": "whole number of milliseconds",
    "slow=9999999999": "whole number of milliseconds",
    f"slow={'1'.zfill(9)}{'9' * 100}": "whole number of milliseconds",
    "slow=5&slow_by=mean": "one of: worst, median; did you mean `median`?",
    "disposition=happy": "must be one of: completed",
    "disposition=complete": "did you mean `completed`?",
    "direction=up": "must be one of: inbound",
    "q=%21%21": "holds no word",
    f"flow={'x' * 201}": "too long",
    "after=nonsense": "no key",
}


@pytest.mark.parametrize("query", BAD)
def test_a_filter_that_cannot_be_meant_is_one_clear_line_on_a_page(run: Run, query: str) -> None:
    async def scenario(house: House) -> None:
        answer = await house.http.get(f"/calls?{query}", headers=PAGE)
        assert answer.status_code == 400
        assert BAD[query].replace("`", "").lower() in answer.text.replace("&#34;", '"').lower()
        assert "Traceback" not in answer.text
        assert 'role="alert"' in answer.text
        if "after" not in query:
            refused = await get(house, f"/api/calls/export?{query}")
            assert refused.status_code == 400
            assert BAD[query] in refused.json()["error"]

    run(scenario)


def test_a_day_that_is_the_last_one_is_no_fault() -> None:
    assert filter_of({"until": "9999-12-31"}).until is None
    assert filter_of({"number": " "}).number is None
    with pytest.raises(Refused):
        filter_of({"number": "5" * 300})


def test_the_list_shows_what_the_filter_means_and_its_address_can_be_shared(run: Run) -> None:
    async def scenario(house: House) -> None:
        every = (await house.http.get("/calls", headers=PAGE)).text
        assert every.count("data-call=") == 3
        assert "3 calls" in every
        for query, found in (
            ("q=back+hurts", ["call-2"]),
            ("number=0110", ["call-1"]),
            ("number=%2B14155550120", ["call-2"]),
            ("disposition=completed&slow=400", ["call-2", "call-1"]),
            ("slow=400&slow_by=median", ["call-2", "call-1"]),
            ("since=2026-01-31&until=2026-01-31", ["call-3", "call-2", "call-1"]),
            ("until=2026-01-30", []),
            ("language=xx", []),
        ):
            text = (await house.http.get(f"/calls?{query}", headers=PAGE)).text
            assert [name for name in ("call-3", "call-2", "call-1") if f'data-call="{name}"' in text] == found
            assert found or "No call is like that" in text
        shared = (await house.http.get("/calls?q=back+hurts&flow=clinic", headers=PAGE)).text
        assert 'value="back hurts"' in shared
        assert '<option value="clinic" selected>' in shared
        assert "/api/calls/export?flow=clinic&amp;q=back+hurts&amp;format=jsonl" in shared

    run(scenario)


def test_programs_find_calls_by_the_same_filter(run: Run) -> None:
    async def scenario(house: House) -> None:
        found = (await get(house, "/api/calls?number=0110&limit=5")).json()
        assert [call["id"] for call in found["calls"]] == ["call-1"]
        first = (await get(house, "/api/calls?q=what+brings&limit=1")).json()
        after = (await get(house, f"/api/calls?q=what+brings&limit=1&after={first['next']}")).json()
        assert [call["id"] for call in first["calls"] + after["calls"]] == ["call-2", "call-1"]
        wrong = await get(house, "/api/calls?slow=soon")
        assert (wrong.status_code, "`slow` must be" in wrong.json()["error"]) == (400, True)

    run(scenario)


def test_pages_lead_on_and_back_with_the_filter(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.console.call_pages.ON_A_PAGE", 2)

    async def scenario(house: House) -> None:
        first = (await house.http.get("/calls?flow=clinic", headers=PAGE)).text
        older = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
        second = await house.http.get(older.replace("&amp;", "&"), headers=PAGE)
        assert 'data-call="call-1"' in second.text
        assert 'data-call="call-3"' not in second.text
        assert 'href="/calls?flow=clinic" rel="first"' in second.text
        assert 'rel="next"' not in second.text

    run(scenario)


def test_nothing_that_callers_or_flows_say_becomes_a_part_of_a_page(run: Run) -> None:
    async def scenario(house: House) -> None:
        for path in ("/calls", "/calls/call-1", "/calls/call-3", f"/calls?flow={EVIL}&q={EVIL}"):
            answer = await house.http.get(path, headers=PAGE)
            assert answer.status_code == (404 if EVIL in path else 200), path
            assert EVIL not in answer.text, path
            assert "script-src" in answer.headers["content-security-policy"] or (
                "default-src 'self'" in answer.headers["content-security-policy"]
            )
        assert (
            "&lt;script&gt;alert(1)&lt;/script&gt;"
            in (await house.http.get("/calls/call-1", headers=PAGE)).text
        )

    run(scenario)


def test_a_call_shows_what_was_heard_and_what_was_cut_off(run: Run) -> None:
    async def scenario(house: House) -> None:
        text = (await house.http.get("/calls/call-2", headers=PAGE)).text
        assert "What brings <s" in text
        assert ">you here today?</s>" in text
        assert "my back hurts" in text
        assert "was not recorded" in text

    run(scenario)


@pytest.mark.parametrize(
    ("prompt", "heard", "apart"),
    [
        ("How are you today?", "How are you today?", ("How are you today?", "")),
        ("How are you today?", "How are", ("How are", "you today?")),
        ("How are you today?", "", ("", "How are you today?")),
        ("How are you?", "Hello Ann. How are you?", ("Hello Ann. How are you?", "")),
        ("How are you today, my friend?", "Hello", ("Hello", "How are you today, my friend?")),
        (
            "Would you order from us again?",
            "Thank you, price. Would",
            ("Thank you, price. Would", "you order from us again?"),
        ),
        ("How old?", "All right, let's skip", ("All right, let's skip", "How old?")),
        ("One two. Three four.", "One two. Three Three four.", ("One two. Three Three four.", "")),
        ("", "", ("", "")),
    ],
)
def test_heard_and_cut_off_are_told_apart(prompt: str, heard: str, apart: tuple[str, str]) -> None:
    assert told_apart(prompt, heard) == apart


def test_a_call_that_is_not_there_is_a_page_and_a_line(run: Run) -> None:
    async def scenario(house: House) -> None:
        for path in ("calls/call-9", "calls/..%2f..%2fetc"):
            assert (await house.http.get(f"/{path}", headers=PAGE)).status_code == 404
        for path in ("download", "peaks", "live", "journal"):
            answer = await get(house, f"/api/calls/call-9/{path}")
            assert answer.status_code == 404
        for method, path in (("POST", "/replay"), ("DELETE", ""), ("POST", "/hangup")):
            answer = await house.http.request(method, f"/api/calls/call-9{path}", headers=BEARER)
            assert answer.status_code == 404, path

    run(scenario)


def test_what_is_found_is_exported_in_each_format(run: Run) -> None:
    async def scenario(house: House) -> None:
        lines = (await get(house, "/api/calls/export?disposition=completed")).text.splitlines()
        calls = [json.loads(line) for line in lines]
        assert [call["id"] for call in calls] == ["call-1", "call-2"]
        assert [event["seq"] for event in calls[0]["events"]] == [1, 2, 3]
        answer = await get(house, "/api/calls/export?format=csv-long&q=back")
        assert answer.headers["content-disposition"] == 'attachment; filename="calls.csv"'
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert [(row["call_id"], row["value"]) for row in rows] == [("call-2", "my back hurts")]
        wide = list(csv.DictReader(io.StringIO((await get(house, "/api/calls/export?format=csv-wide")).text)))
        assert [row["call_id"] for row in wide] == ["call-1", "call-2", "call-3"]
        wrong = await get(house, "/api/calls/export?format=docx")
        assert wrong.json() == {"error": "`format` must be one of: jsonl, csv-long, csv-wide"}
        deeds = await house.doors.access.do(lambda book: book.deeds())  # type: ignore[union-attr]
        assert ("export", "csv-long q") in [(deed.action, deed.detail) for deed in deeds]

    run(scenario)


def test_a_row_a_call_is_refused_for_calls_of_several_flows(run: Run, tmp_path: Path) -> None:
    engine = sa.create_engine(url_of(tmp_path))
    with engine.begin() as connection:
        connection.execute(
            sa.text("INSERT INTO flow SELECT 'other', 'other', '1', '', 1, '[]', frozen_at FROM flow")
        )
        connection.execute(
            sa.text("UPDATE call SET flow_sha256 = 'other', flow = 'other' WHERE id = 'call-2'")
        )
    engine.dispose()

    async def scenario(house: House) -> None:
        answer = await get(house, "/api/calls/export?format=csv-wide")
        assert answer.status_code == 400
        assert answer.json()["error"].endswith("choose `flow`, one of clinic, other")

    run(scenario)


def test_one_call_is_downloaded_whole(run: Run) -> None:
    async def scenario(house: House) -> None:
        answer = await get(house, "/api/calls/call-2/download")
        assert answer.headers["content-disposition"] == 'attachment; filename="call-2.json"'
        assert len(answer.json()["events"]) == 3

    run(scenario)


def test_the_journal_is_read_by_pages_and_by_kind(run: Run) -> None:
    async def scenario(house: House) -> None:
        first = (await get(house, "/api/calls/call-2/journal?limit=2")).json()
        assert ([event["seq"] for event in first["events"]], first["next"]) == ([1, 2], 2)
        rest = (await get(house, "/api/calls/call-2/journal?limit=2&after=2")).json()
        assert ([event["seq"] for event in rest["events"]], rest["next"]) == ([3], None)
        kind = (await get(house, "/api/calls/call-2/journal?kind=LegEnded")).json()
        assert [event["fact"]["cause"] for event in kind["events"]] == ["hangup"]
        for query, line in (
            ("limit=0", "from 1 to 500"),
            ("after=x", "`after` must be"),
            ("limit=501", "500"),
            (f"limit={'1'.zfill(12)}999", "from 1 to 500"),
            (f"after={'1'.zfill(12)}999", "`after` must be"),
        ):
            answer = await get(house, f"/api/calls/call-2/journal?{query}")
            assert answer.status_code == 400
            assert line in answer.json()["error"]

    run(scenario)


def recorded(folder: Path) -> Path:
    path = folder / "audio" / "call-2" / "call.wav"
    StereoFile(path).write(0, tone(1_000, level_dbfs=-10), tone(1_000, level_dbfs=-40))
    StereoFile(path).write(1_000, tone(500, level_dbfs=-90), tone(500, level_dbfs=-10))
    return path


def test_sound_is_drawn_and_played_from_anywhere(run: Run, tmp_path: Path) -> None:
    path = recorded(tmp_path)

    async def scenario(house: House) -> None:
        peaks = (await get(house, "/api/calls/call-2/peaks")).json()
        assert peaks["duration_ms"] == 1_500
        assert len(peaks["caller"]) == len(peaks["bot"]) == STRETCHES
        loud, quiet = peaks["caller"][10], peaks["caller"][-10]
        assert loud > 40
        assert quiet <= 5
        assert peaks["bot"][10] < peaks["bot"][-10]
        assert "Waveform" in (await house.http.get("/calls/call-2", headers=PAGE)).text
        house.reader.recording = path
        part = await get(house, "/api/calls/call-1/audio", Range="bytes=44-51")
        assert (part.status_code, part.content) == (206, path.read_bytes()[44:52])

    run(scenario)
    assert path.stat().st_size == 44 + 1_500 * 8 * 4


def test_who_gets_a_recording_is_noted_once_a_listening(run: Run, tmp_path: Path) -> None:
    path = recorded(tmp_path)

    async def scenario(house: House) -> None:
        house.reader.recording = path
        access = house.doors.access
        assert access is not None

        async def noted() -> list[tuple[str, str | None]]:
            deeds = await access.do(lambda book: book.deeds())
            return [(deed.action, deed.call) for deed in deeds]

        assert (await get(house, "/api/calls/call-2/audio")).status_code == 404
        for part in ("bytes=44-51", "bytes=1-"):
            await get(house, "/api/calls/call-1/audio", Range=part)
        assert await noted() == [("audio", "call-1")]
        house.clock.ms += SAME_LISTENING_MS
        await get(house, "/api/calls/call-1/audio")
        assert await noted() == 2 * [("audio", "call-1")]

    run(scenario)


def test_a_file_that_is_no_sound_has_no_peaks(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"this is no sound")
    assert peaks_of(tmp_path / "x.wav") is None
    assert peaks_of(tmp_path / "missing.wav") is None
    write_mono(tmp_path / "short.wav", b"\x00\x40" * 3)
    found = peaks_of(tmp_path / "short.wav")
    assert found is not None
    assert (max(found.caller), found.bot) == (63, ())


def test_a_replay_that_cannot_be_is_one_line(run: Run) -> None:
    async def scenario(house: House) -> None:
        answer = await house.http.post("/api/calls/call-2/replay", headers=BEARER)
        assert answer.status_code == 409
        assert "does not load any more" in answer.json()["error"]

    run(scenario)


def test_a_call_is_deleted_for_good_and_the_deed_is_noted(run: Run, tmp_path: Path) -> None:
    path = recorded(tmp_path)

    async def scenario(house: House) -> None:
        assert (await house.http.delete("/api/calls/call-2", headers=BEARER)).json() == {"deleted": "call-2"}
        assert (await house.http.get("/calls/call-2", headers=PAGE)).status_code == 404
        live = await house.http.delete("/api/calls/call-3", headers=BEARER)
        assert (live.status_code, live.json()["error"]) == (
            409,
            "call call-3 has not ended yet: a live call is not deleted",
        )
        deeds = await house.doors.access.do(lambda book: book.deeds(call="call-2"))  # type: ignore[union-attr]
        assert [(deed.who, deed.action) for deed in deeds] == [("DIALAI_API_KEY", "delete")]

    run(scenario)
    assert not path.exists()


class LiveDesk(FakeDesk):
    """A desk that holds one call."""

    def __init__(self, *, is_up: bool = True) -> None:
        super().__init__()
        self.told: list[Any] = []
        self.is_up = is_up

    def held(self, call_id: str) -> Any:
        if call_id != "call-3":
            return None
        session = SimpleNamespace(post=self.told.append) if self.is_up else None
        return SimpleNamespace(is_over=False, session=session)


def test_an_operator_ends_a_live_call_or_hands_it_over(run: Run) -> None:
    desk = LiveDesk()

    async def scenario(house: House) -> None:
        page = (await house.http.get("/calls/call-3", headers=PAGE)).text
        assert 'id="hangup"' in page
        assert 'id="transfer"' in page
        order = {"to": "+1 415 555 0123"}
        moved = await house.http.post("/api/calls/call-3/transfer", headers=BEARER, json=order)
        assert (moved.status_code, moved.json()["to"]) == (202, "+14155550123")
        assert (await house.http.post("/api/calls/call-3/hangup", headers=BEARER)).status_code == 202
        assert desk.told == [OperatorCommand("transfer", "+14155550123"), OperatorCommand("hang_up")]
        for body, line in (
            ({"to": "+4930123456"}, "may not be dialled"),
            ({"to": "somewhere"}, "no telephone number"),
            ({"to": 5}, "must be JSON"),
            ({"number": "+14155550123"}, "must be JSON"),
            ([], "must be JSON"),
        ):
            answer = await house.http.post("/api/calls/call-3/transfer", headers=BEARER, json=body)
            assert answer.status_code == 400
            assert line in answer.json()["error"]
        deeds = await house.doors.access.do(lambda book: book.deeds(call="call-3"))  # type: ignore[union-attr]
        assert [(deed.action, deed.detail) for deed in deeds] == [
            ("hang_up", ""),
            ("transfer", "+14155550123"),
        ]

    run(scenario, desk=desk, control=object())


def test_a_caller_who_is_not_on_our_line_is_told_so(run: Run) -> None:
    async def scenario(house: House) -> None:
        answer = await house.http.post("/api/calls/call-3/hangup", headers=BEARER)
        assert (answer.status_code, answer.json()["error"].partition(":")[0]) == (
            409,
            "the call's line is not with us just now",
        )
        to = {"to": "+14155550123"}
        answer = await house.http.post("/api/calls/call-3/transfer", headers=BEARER, json=to)
        assert (answer.status_code, answer.json()["error"].partition(":")[0]) == (
            409,
            "no Twilio account is configured",
        )

    run(scenario, desk=LiveDesk(is_up=False))


def test_no_route_of_the_log_is_open(run: Run) -> None:
    async def scenario(house: House) -> None:
        for method, path in (
            ("GET", "export"),
            ("GET", "call-2/download"),
            ("GET", "call-2/journal"),
            ("GET", "call-2/peaks"),
            ("POST", "call-2/replay"),
            ("DELETE", "call-2"),
            ("POST", "call-3/hangup"),
            ("POST", "call-3/transfer"),
        ):
            answer = await house.http.request(method, f"/api/calls/{path}")
            assert answer.status_code == 401, path
        for path in ("/calls", "/calls/call-2"):
            answer = await house.http.get(path, headers={"Accept": "text/html"})
            assert (answer.status_code, answer.headers["location"][:8]) == (303, "/signin?")

    run(scenario)


def test_a_viewer_looks_and_does_nothing_else(run: Run) -> None:
    async def scenario(house: House) -> None:
        access = house.doors.access
        assert access is not None
        _, key = await access.do(lambda book: book.add_key("eyes", Role.VIEWER, house.doors.wall()))
        eyes = {"Authorization": f"Bearer {key}"}
        page = await house.http.get("/calls/call-2", headers=eyes | {"Accept": "text/html"})
        assert page.status_code == 200
        assert 'id="delete"' not in page.text
        for method, path in (("DELETE", ""), ("POST", "/hangup"), ("POST", "/transfer")):
            answer = await house.http.request(method, f"/api/calls/call-2{path}", headers=eyes)
            needed = "admin" if method == "DELETE" else "operator"
            assert (answer.status_code, f"needs the role {needed}" in answer.text) == (403, True)

    run(scenario)


def test_who_stops_reading_an_export_lets_its_thread_go(run: Run, tmp_path: Path) -> None:
    async def scenario(house: House) -> None:
        shelf = house.doors.shelf
        assert shelf is not None
        wrote: list[int] = []

        def endless(_archive: CallArchive, out: Any) -> None:
            while True:
                wrote.append(out.write("x" * 70_000))

        pieces = shelf.written(endless)
        assert len(await anext(pieces)) == 70_000
        await pieces.aclose()  # type: ignore[attr-defined]
        # Both threads of the pool are free again: each takes a work.
        for _ in range(2):
            assert [piece async for piece in shelf.written(lambda _, out: out.write("done"))] == [b"done"]
        assert len(wrote) < 20

    run(scenario)


def test_what_breaks_an_export_breaks_its_file(run: Run) -> None:
    async def scenario(house: House) -> None:
        shelf = house.doors.shelf
        assert shelf is not None

        def broken(_archive: CallArchive, out: Any) -> None:
            out.write("begun")
            raise StoreError("the disk is gone")

        with pytest.raises(StoreError, match="the disk is gone"):
            async for _ in shelf.written(broken):
                pass

    run(scenario)


def test_a_log_that_is_only_read_says_so(tmp_path: Path) -> None:
    written(tmp_path)
    database = Database.read(url_of(tmp_path))
    with closing(AsyncCallReader(CallReader(database, Vault(tmp_path / "k"), tmp_path))) as shelf:
        with pytest.raises(StoreError, match="only read"):
            asyncio.run(shelf.do(lambda archive: archive.kinds("call-1")))
        with pytest.raises(StoreError, match="only read"):
            shelf.written(lambda _, out: out.write(""))

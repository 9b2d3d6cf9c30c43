"""The query of an address: what is no name or value of it is said in one line, and never passed over."""

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.adapters.store.analytics import Analyst
from app.adapters.store.archive import CallArchive
from app.adapters.store.async_reader import AsyncCallReader
from app.adapters.store.database import Database
from app.adapters.store.log import SqlCallLog
from app.adapters.store.reader import CallReader
from app.adapters.store.sealing import Vault
from app.web.queries import HELD_TO_NOTHING, TAKEN, day_behind, day_of
from tests.adapters.store.helpers import FLOW, Wall, info, url_of, with_log
from tests.web.house import KEY, House, call_fields, within
from tests.web.test_api import OPEN, every_route

BEARER = {"Authorization": f"Bearer {KEY}"}
PAGE = BEARER | {"Accept": "text/html"}
POSTED = "/voice/"

WRONG = {
    "/calls?dispositon=completed": (400, "did you mean `disposition`?"),
    "/api/calls?dispositon=completed": (400, "did you mean `disposition`?"),
    "/api/calls?from=2026-01-31": (400, "did you mean `since`?"),
    "/analytics?from=yesterday": (400, "did you mean `since`?"),
    "/analytics?since=yesterday": (400, "`since` must be a day"),
    "/analytics?since=20260131": (400, "`since` must be a day"),
    "/analytics?since=2026-02-02&until=2026-02-01": (400, "`since` (From) is later than `until` (To)"),
    "/analytics?period=week": (400, "`period` must be one of: 1d, 7d"),
    "/analytics?by=steps": (400, "did you mean `step`?"),
    "/analytics?flow=welcom": (404, "no flow is named `welcom`; did you mean `welcome`?"),
    "/?flow=welcom": (404, "no flow is named `welcom`; did you mean `welcome`?"),
    "/?flow=qqqq": (404, "no flow is named `qqqq`; there are: welcome"),
    "/?flwo=welcome": (400, "did you mean `flow`?"),
    "/calls?flow=clinik": (404, "did you mean `clinic`?"),
    "/api/calls?flow=clinik": (404, "did you mean `clinic`?"),
    "/api/calls/export?flow=clinik": (404, "did you mean `clinic`?"),
    "/api/calls/export?fromat=jsonl": (400, "did you mean `format`?"),
    "/api/calls/export?format=json": (400, "did you mean `jsonl`?"),
    "/api/calls/call-1/journal?kind=DigitPresed": (400, "did you mean `DigitPressed`?"),
    "/calls?flow=clinic&flow=clinic": (400, "stands in the query 2 times"),
    "/flows?flow=welcome": (400, "this address takes no query: leave out `flow`"),
    "/signin?nxt=/calls": (400, "did you mean `next`?"),
    "/calls?q=a%00b": (400, "`q` holds a sign that no text has"),
    "/api/calls/call%00-1/journal": (404, "nothing has such a name"),
}


def shelf_in(folder: Path) -> dict[str, Any]:
    """Return what the doors need to show a log of one call."""

    async def run(log: SqlCallLog) -> None:
        await log.open(info("call-1", "CA1"), FLOW)

    with_log(folder, run, Wall())
    database = Database.read(url_of(folder))
    reader = CallReader(database, Vault(folder / "secret.key"), folder / "audio")
    return {
        "shelf": AsyncCallReader(reader, CallArchive(database, reader)),
        "analyst": Analyst(Database.read(url_of(folder))),
    }


@pytest.mark.parametrize("address", WRONG)
def test_a_query_that_means_nothing_is_told_with_what_was_meant(tmp_path: Path, address: str) -> None:
    status, line = WRONG[address]
    parts = shelf_in(tmp_path)

    async def scenario(house: House) -> None:
        answer = await house.http.get(address, headers=BEARER)
        assert answer.status_code == status
        if "/json" in answer.headers["content-type"]:  # the list of calls is a page for everybody
            assert line in answer.json()["error"]
            assert list(answer.json()) == ["error"]
        shown = await house.http.get(address, headers=PAGE)
        assert shown.status_code == status
        if not address.startswith("/api/"):
            assert line.replace("`", "").lower() in shown.text.lower()
            assert "<h1>" in shown.text

    with closing(parts["shelf"]), closing(parts["analyst"]):
        within(scenario, **parts)


def test_no_route_passes_over_a_name_that_it_does_not_know() -> None:
    async def scenario(house: House) -> None:
        for method, path in every_route():
            if path.startswith(POSTED) or path in HELD_TO_NOTHING:
                continue
            address = path.format(call_id="call-1", name="welcome")
            answer = await house.http.request(method, f"{address}?qqqq=1", headers=BEARER)
            assert (answer.status_code, "`qqqq`" in answer.json()["error"]) == (400, True), path
        assert house.desk.seen == []

    within(scenario)


def test_every_path_with_names_of_its_own_is_a_route(tmp_path: Path) -> None:
    parts = shelf_in(tmp_path)
    with closing(parts["shelf"]), closing(parts["analyst"]):
        routes = {path for _, path in every_route(**parts)}
    assert routes >= TAKEN.keys()
    assert routes >= OPEN | HELD_TO_NOTHING


def test_a_stranger_is_asked_who_they_are_before_what_they_mean() -> None:
    async def scenario(house: House) -> None:
        assert (await house.http.get("/api/calls?qqqq=1")).status_code == 401
        page = await house.http.get("/flows?qqqq=1", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["location"]) == (303, "/signin?next=/flows%3Fqqqq%3D1")

    within(scenario)


def test_a_name_of_any_length_and_kind_is_shown_short_and_as_text() -> None:
    async def scenario(house: House) -> None:
        evil = "<script>alert(1)</script>"
        for query in (f"{evil}=1", f"flow={evil}"):
            answer = await house.http.get(f"/?{query}", headers=PAGE)
            assert answer.status_code in {400, 404}
            assert evil not in answer.text
        answer = await house.http.get(f"/?{'n' * 5_000}=1", headers=BEARER)
        assert len(answer.json()["error"]) < 200

    within(scenario)


def test_a_webhook_that_has_grown_is_still_answered() -> None:
    async def scenario(house: House) -> None:
        fields = call_fields(StirVerstat="TN-Validation-Passed-A", SomethingNew="1")
        answer = await house.post("/voice/incoming?flow=welcome&edge=dublin", fields)
        assert answer.status_code == 200

    within(scenario)


def test_a_probe_is_answered_whatever_its_query_holds() -> None:
    async def scenario(house: House) -> None:
        for path in sorted(HELD_TO_NOTHING):
            for query in ("qqqq=1", "probe=a&probe=b", "%ff", "module=http_2xx&target="):
                answer = await house.http.get(f"{path}?{query}", headers=BEARER)
                assert answer.status_code == 200, (path, query)

    within(scenario)


def test_the_last_day_that_can_be_written_has_none_behind_it() -> None:
    assert day_behind(day_of("until", "9999-12-31")) is None
    assert day_behind(None) is None

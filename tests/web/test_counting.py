"""Figures that take long to count: the page comes without them, at once, and they come by themselves."""

import asyncio
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import QueryParams

from app.adapters.store.analytics import Analyst
from app.adapters.store.database import Database
from app.adapters.store.log import SqlCallLog
from app.domain.call import CallId, Disposition
from app.web.call_filters import filter_of
from app.web.console import analytics_pages
from app.web.console.analytics_pages import WAITS, view_of
from tests.adapters.store.helpers import FLOW, Wall, info, url_of, with_log
from tests.web.house import KEY, House, within

PAGE = {"Authorization": f"Bearer {KEY}", "Accept": "text/html"}


class Slow(Analyst):
    """Counts when it is let."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.may = threading.Event()
        self.counts = 0

    def overview_now(self, *args: Any, **more: Any) -> Any:
        self.counts += 1
        self.may.wait()
        return super().overview_now(*args, **more)


@pytest.fixture
def analyst(tmp_path: Path) -> Slow:
    async def run(log: SqlCallLog) -> None:
        await log.open(info("call-1", "CA1"), FLOW)

    with_log(tmp_path, run, Wall())
    return Slow(Database.read(url_of(tmp_path)))


def test_a_page_does_not_wait_for_its_figures_and_a_second_look_counts_nothing_twice(
    analyst: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analytics_pages, "PATIENCE_S", 0)

    async def scenario(house: House) -> None:
        address = "/analytics?period=all"
        first = await house.http.get(address, headers=PAGE)
        assert (first.status_code, "Being worked out" in first.text) == (200, True)
        assert 'name="period"' in first.text
        again = await house.http.get(address, headers=PAGE)
        assert "Being worked out" in again.text
        waiting = asyncio.ensure_future(house.http.get(address, headers=PAGE | {WAITS: "1"}))
        analyst.may.set()
        whole = (await waiting).text
        assert "At a glance" in whole
        assert "At a glance" in (await house.http.get(address, headers=PAGE)).text
        assert analyst.counts == 1

    with closing(analyst):
        within(scenario, analyst=analyst)


def test_names_of_flows_do_not_wait_behind_a_count(analyst: Slow) -> None:
    async def main() -> None:
        counting = asyncio.ensure_future(analyst.overview(*_ANY))
        assert await analyst.flows() == ["clinic"]
        analyst.may.set()
        await counting

    with closing(analyst):
        asyncio.run(main())


@pytest.mark.parametrize(
    "query",
    [
        "",
        "period=1d",
        "period=90d&flow=csat",
        "period=all&flow=csat",
        "since=2026-01-02",
        "since=2026-01-02&until=2026-01-03",
    ],
)
def test_a_list_of_calls_that_ended_so_holds_those_that_were_counted(query: str) -> None:
    now = datetime(2026, 1, 31, 17, 5, tzinfo=UTC)
    view = view_of(QueryParams(query))
    path, _, listed = view.calls(now.date(), "refused").partition("?")
    assert path == "/calls"
    assert filter_of(QueryParams(listed)) == replace(view.filter(now), disposition="refused")


def test_the_page_leads_to_the_calls_of_its_period(tmp_path: Path) -> None:
    async def run(log: SqlCallLog) -> None:
        await log.open(info("call-1", "CA1"), FLOW)
        await log.finish(CallId("call-1"), 0, Disposition.REFUSED, "flow")

    async def scenario(house: House) -> None:
        page = await house.http.get("/analytics?flow=clinic&since=2026-01-30", headers=PAGE | {WAITS: "1"})
        assert 'href="/calls?disposition=refused&amp;flow=clinic&amp;since=2026-01-30"' in page.text

    with_log(tmp_path, run, Wall())
    with closing(Analyst(Database.read(url_of(tmp_path)))) as analyst:
        within(scenario, analyst=analyst)


_ANY: Any = (analytics_pages.Filter(), analytics_pages.By.STEP)

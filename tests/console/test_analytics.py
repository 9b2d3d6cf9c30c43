"""The analytics page: the figures that `dialai report` gives, for whatever the address asks for."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.console.conftest import Console, examine

DAYS = "since=2026-11-18&until=2026-11-21"


def test_a_view_is_its_address(
    console: Console, page: Any, browser: Any, violations: Callable[[Any], list[str]]
) -> None:
    page.goto(f"{console.url}/analytics?{DAYS}")
    page.locator("select[name=flow]").select_option("csat")
    page.locator("select[name=by]").select_option("language")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(re.compile(r"flow=csat&.*by=language"))
    assert page.locator("select[name=flow]").input_value() == "csat"
    assert page.get_by_role("region", name="Funnel").count() == 1
    languages = page.get_by_role("region", name="Whole turns, in milliseconds")
    assert languages.get_by_role("rowheader").all_inner_texts() == ["en", "es"]
    assert page.locator("select[name=period]").input_value() == "", "days that are given are the period"
    examine(browser, page.url, "analytics", violations)


def test_who_chooses_a_period_leaves_the_days_and_the_other_way_about(console: Console, page: Any) -> None:
    page.goto(f"{console.url}/analytics?{DAYS}")
    period, since = page.locator("select[name=period]"), page.locator("input[name=since]")
    period.select_option("7d")
    assert since.input_value() == ""
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**period=7d**")
    assert period.input_value() == "7d"
    since.fill("2026-11-18")
    assert period.input_value() == "", "the days given"
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**since=2026-11-18**")
    assert period.input_value() == ""
    since.fill("")
    assert period.input_value() == "30d"


@pytest.mark.parametrize(
    ("name", "query"),
    [("analytics-none", "since=2020-01-01&until=2020-01-02"), ("analytics-provider", f"{DAYS}&by=provider")],
)
def test_every_view_is_for_everybody(
    console: Console, browser: Any, violations: Callable[[Any], list[str]], name: str, query: str
) -> None:
    examine(browser, f"{console.url}/analytics?{query}", name, violations)


def test_the_page_says_what_the_report_says(console: Console, page: Any) -> None:
    report = json.loads(
        subprocess.run(
            [sys.executable, "-m", "app.cli", "report", "csat", "--json"],
            env=os.environ | {"DIALAI_DATA_DIR": str(console.data_dir)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
    )
    page.goto(f"{console.url}/analytics?flow=csat&period=all")
    glance = page.get_by_role("region", name="At a glance").inner_text()
    assert f"Calls\n{report['calls']}" in glance
    ends = page.get_by_role("region", name="Dispositions").get_by_role("row").all_inner_texts()[1:]
    shown = {row.split("\t")[0].replace(" ", "_"): int(row.split("\t")[2]) for row in ends}
    assert shown == report["dispositions"]
    rates = page.get_by_role("region", name="Rates").get_by_role("row").all_inner_texts()[1:]
    assert {row.split(" ")[0]: row.split("\t")[-1] for row in rates} == {
        name: "–" if value is None else f"{value:.1%}" for name, value in report["rates"].items()
    }
    steps = (
        page.get_by_role("region", name="Questions in their order").get_by_role("row").all_inner_texts()[1:]
    )
    assert [row.split("\t")[0] for row in steps] == [step["step"] for step in report["steps"]]
    assert [int(row.split("\t")[1]) for row in steps] == [step["reached"] for step in report["steps"]]


def test_a_period_without_calls_says_so_and_leads_on(console: Console, page: Any) -> None:
    page.goto(f"{console.url}/analytics?since=2020-01-01&until=2020-01-02")
    assert "No calls here" in page.get_by_role("main").inner_text()
    page.get_by_role("link", name="Look at all time").click()
    assert page.get_by_role("region", name="At a glance").count() == 1


def test_an_address_that_asks_for_nonsense_is_told_so(
    console: Console, page: Any, troubles: list[str]
) -> None:
    for query, line in (
        ("period=ever", "Period must be one of"),
        ("since=yesterday", "Since must be a day"),
        ("by=mood", "By must be one of"),
    ):
        answer = page.goto(f"{console.url}/analytics?{query}")
        assert answer.status == 400
        assert line in page.get_by_role("main").inner_text()
    troubles.clear()


def test_markup_in_the_address_is_text(console: Console, page: Any, troubles: list[str]) -> None:
    answer = page.goto(f"{console.url}/analytics?flow=%3Cscript%3Ealert(1)%3C/script%3E&period=all")
    assert answer.status == 404
    assert page.locator("main script").count() == 0
    assert "<script>alert(1)</script>" in page.get_by_role("main").inner_text()
    assert all("404" in trouble for trouble in troubles)
    troubles.clear()

"""The flows' pages: what an author finds there, and what a hostile file does not manage there."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.console.conftest import Console, Serve, examine
from tests.console.seed import FLOWS

BROKEN = "flow: broken\nlanguages: {en: {locale: en-US}}\nsteps:\n  - yes_no: fine\n    promt: {en: Is it?}\n"
HOSTILE = """flow: hostile
version: 1
title: "<img src=x onerror=alert(1)><script>alert(2)</script>"
languages: {en: {locale: en-US}}
steps:
  - yes_no: fine
    prompt: {en: "Is it </text><script>alert(3)</script> fine?"}
  - end: completed
    label: bye
    prompt: {en: "Bye."}
"""

LONG = """flow: twice
version: 1
title: Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft
languages: {en: {locale: en-US}}
steps: [{end: completed}]
"""


@pytest.fixture(scope="module")
def authors(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A server whose folder holds a good flow with scenarios, a broken one, a hostile one and one twice."""
    folder = tmp_path_factory.mktemp("authors")
    flows = folder / "flows"
    (flows / "tests").mkdir(parents=True)
    shutil.copy(FLOWS / "csat.yaml", flows)
    for path in (FLOWS / "tests").glob("csat*.yaml"):
        shutil.copy(path, flows / "tests")
    (flows / "broken.yaml").write_text(BROKEN)
    (flows / "hostile.yaml").write_text(HOSTILE)
    (flows / "long.yaml").write_text(LONG)
    (flows / "twice.yaml").write_text(LONG)
    server = serve(folder / "data", flows_dir=flows)
    yield server
    server.stop()


def test_every_file_is_shown_with_what_is_wrong_with_it(
    authors: Console, page: Any, browser: Any, violations: Callable[[Any], list[str]]
) -> None:
    page.goto(f"{authors.url}/flows")
    csat = page.get_by_role("article", name="Customer satisfaction survey")
    assert "no problems" in csat.inner_text()
    broken = page.get_by_role("article", name="broken")
    assert "error" in broken.inner_text()
    assert "line 5" in broken.inner_text()
    assert broken.get_by_role("link", name="Try it").count() == 0
    assert csat.get_by_role("link", name="Try it").get_attribute("href") == "/?flow=csat"
    examine(browser, f"{authors.url}/flows", "flows", violations)


def test_scenarios_are_played_when_asked_for(authors: Console, page: Any) -> None:
    page.goto(f"{authors.url}/flows")
    csat = page.get_by_role("article", name="Customer satisfaction survey")
    csat.get_by_role("button", name="Run scenarios").click()
    csat.locator("[data-verdict] .badge").wait_for()
    assert csat.locator("[data-verdict]").inner_text() == "8 scenarios pass"
    page.reload()  # what is known need not be found out again
    assert "8 scenarios pass" in page.get_by_role("article", name="Customer satisfaction survey").inner_text()


def test_a_flow_is_shown_as_outline_and_picture(
    authors: Console, page: Any, browser: Any, violations: Callable[[Any], list[str]]
) -> None:
    page.goto(f"{authors.url}/flows/csat")
    page.locator("[data-scenario-result] table").wait_for()
    outline = page.get_by_role("region", name="Outline").inner_text()
    assert "How happy are you with your last order?" in outline
    assert "only when score <= 2" in outline
    picture = page.get_by_role("img", name="The steps of Customer satisfaction survey")
    assert picture.locator("g.box").count() == page.locator("ol.outline > li").count()
    examine(browser, f"{authors.url}/flows/csat", "flow", violations)


def test_a_broken_file_has_a_page_that_says_where(
    authors: Console, page: Any, browser: Any, violations: Callable[[Any], list[str]]
) -> None:
    page.goto(f"{authors.url}/flows/broken")
    problems = page.get_by_role("table")
    assert "5:5" in problems.inner_text()
    assert "prompt" in problems.inner_text()
    assert problems.locator("code").all_inner_texts() == ["steps.fine.promt", "promt", "prompt"]
    examine(browser, f"{authors.url}/flows/broken", "flow-broken", violations)


def test_markup_in_a_flow_is_text(authors: Console, page: Any) -> None:
    for path in ("/flows", "/flows/hostile"):
        page.goto(f"{authors.url}{path}")
        assert "<img src=x onerror=alert(1)>" in page.get_by_role("main").inner_text()
        assert page.locator("main img, main script").count() == 0


def test_a_flow_that_is_not_there_is_a_page(authors: Console, page: Any, troubles: list[str]) -> None:
    answer = page.goto(f"{authors.url}/flows/..%2f..%2fetc")
    assert answer.status == 404
    answer = page.goto(f"{authors.url}/flows/nothing")
    assert answer.status == 404
    assert "There is no flow nothing." in page.get_by_role("main").inner_text()
    troubles.clear()


def test_two_files_of_one_name_have_a_page_each(
    authors: Console, page: Any, browser: Any, violations: Callable[[Any], list[str]]
) -> None:
    page.goto(f"{authors.url}/flows")
    second = page.get_by_role("article", name="twice.yaml")
    assert "the name twice is taken by" in second.inner_text()
    assert second.get_by_role("link", name="Results").count() == 0, "those are the other file's"
    second.get_by_role("link", name="twice.yaml").click()
    page.wait_for_url("**/flows/twice.yaml")
    assert "the name twice is taken by" in page.get_by_role("table").inner_text()
    assert page.get_by_role("link", name="Try it").count() == 0
    examine(browser, f"{authors.url}/flows/twice.yaml", "flow-taken", violations)
    page.goto(f"{authors.url}/flows/twice")
    assert "long.yaml" in page.get_by_role("main").inner_text()
    examine(browser, f"{authors.url}/flows/twice", "flow-long-title", violations)

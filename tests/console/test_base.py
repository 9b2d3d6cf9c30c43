"""What every page has: a frame, a way in, and words for what went wrong."""

from collections.abc import Callable
from typing import Any

from tests.console.conftest import Console, examine


def test_the_way_in_is_a_page_for_everybody(
    console: Console, browser: Any, page: Any, violations: Callable[[Any], list[str]]
) -> None:
    examine(browser, f"{console.url}/signin", "sign-in", violations)
    page.goto(f"{console.url}/signin")
    assert page.title() == "Sign in · DialAI"
    assert page.evaluate("document.activeElement.name") == "key"


def test_a_missing_page_is_a_page(
    console: Console, page: Any, troubles: list[str], violations: Callable[[Any], list[str]]
) -> None:
    answer = page.goto(f"{console.url}/nowhere")
    assert answer.status == 404
    assert page.get_by_role("heading").inner_text() == "There is nothing here"
    assert violations(page) == []
    assert all("404" in trouble for trouble in troubles)
    troubles.clear()

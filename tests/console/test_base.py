"""What every page has: a frame, a way in, and words for what went wrong."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.console.conftest import KEY_FIELD, Console, Serve, examine, hold_in_every_look


def test_the_way_in_is_a_page_for_everybody(
    console: Console, browser: Any, page: Any, violations: Callable[[Any], list[str]]
) -> None:
    examine(browser, f"{console.url}/signin", "sign-in", violations)
    page.goto(f"{console.url}/signin")
    assert page.title() == "Sign in · DialAI"
    page.locator(KEY_FIELD).wait_for()


def test_a_key_signs_in_leads_back_and_signs_out(
    serve: Serve, tmp_path: Path, page: Any, troubles: list[str], violations: Callable[[Any], list[str]]
) -> None:
    server = serve(tmp_path / "data", DIALAI_API_KEY="a-key-of-many-words")
    try:
        page.goto(f"{server.url}/calls?flow=csat")
        page.locator(KEY_FIELD).wait_for()
        page.keyboard.type("a wrong key")
        page.keyboard.press("Enter")
        assert "opens nothing" in page.get_by_role("alert").inner_text()
        assert all("401" in trouble for trouble in troubles)
        hold_in_every_look(page, "sign-in-wrong", violations)
        troubles.clear()
        page.locator(KEY_FIELD).wait_for()
        page.keyboard.type("a-key-of-many-words")
        page.keyboard.press("Enter")
        page.wait_for_url(f"{server.url}/calls?flow=csat")
        assert "DIALAI_API_KEY" in page.get_by_role("banner").inner_text()
        page.goto(f"{server.url}/calls")
        page.get_by_text("No call yet").wait_for()
        hold_in_every_look(page, "calls-empty", violations)
        page.evaluate("document.querySelector('[action=\"/signout\"] [name=csrf]').value = 'of yesterday'")
        page.get_by_role("button", name="Sign out").click()
        page.get_by_role("heading", name="This was refused").wait_for()
        assert page.get_by_role("link", name="Sign in with another key").count() == 0, "the key is good"
        hold_in_every_look(page, "fault-403", violations)
        assert all("403" in trouble for trouble in troubles)
        troubles.clear()
        page.goto(f"{server.url}/calls")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{server.url}/signin")
        page.goto(f"{server.url}/system")
        assert page.url == f"{server.url}/signin?next=/system"
    finally:
        server.stop()

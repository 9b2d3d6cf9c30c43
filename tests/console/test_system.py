"""The system page: the process as it is now, without a secret."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.console.conftest import Console, Serve, examine


def test_the_process_is_shown_and_stays_at_the_present(
    console: Console, page: Any, browser: Any, violations: Callable[[Any], list[str]]
) -> None:
    page.goto(f"{console.url}/system")
    now = page.get_by_role("region", name="Now", exact=True)
    assert "ready for calls" in now.inner_text()
    assert page.locator("[data-now=live]").inner_text() == "0 of 200"
    with page.expect_response("**/system/now") as refreshed:
        pass
    assert refreshed.value.ok
    assert "call-log-reader" in page.get_by_role("region", name="Threads", exact=True).inner_text()
    examine(browser, f"{console.url}/system", "system", violations)


def test_no_secret_is_on_the_system_page(serve: Serve, tmp_path: Path, page: Any) -> None:
    data = tmp_path / "data"
    secrets = {"TWILIO_AUTH_TOKEN": "tok-5f2a77", "DIALAI_BEDROCK_GUARDRAIL": "gr-shown"}
    server = serve(data, **secrets)
    try:
        page.goto(f"{server.url}/system")
        html = page.content()
        page.goto("about:blank")  # or it might ask a server that is gone
    finally:
        server.stop()
    assert "set, not shown" in html
    assert "gr-shown" in html
    assert "tok-5f2a77" not in html


def test_a_server_that_is_gone_is_said_and_figures_are_called_old(
    serve: Serve, tmp_path: Path, page: Any, troubles: list[str]
) -> None:
    server = serve(tmp_path / "data")
    page.goto(f"{server.url}/system")
    server.stop()
    page.get_by_text("cannot be reached; these figures are old").wait_for()
    assert all("ERR_CONNECTION_REFUSED" in trouble for trouble in troubles)
    troubles.clear()

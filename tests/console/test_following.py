"""Live streams in a browser: many tabs, hidden tabs, a server that refuses, a session that is over."""

import threading
from typing import Any

from tests.console.conftest import Console
from tests.console.test_softphone import answer, call, logged

HIDE = """hidden => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def streams(page: Any) -> Any:
    """Return what waits for the page's next stream."""
    return page.expect_request(lambda request: request.url.endswith("/live"))


def test_six_tabs_with_live_calls_leave_the_console_to_the_seventh(
    console: Console, page: Any, troubles: list[str]
) -> None:
    tabs = [page, *(page.context.new_page() for _ in range(5))]
    for tab in tabs:
        tab.goto(f"{console.url}/calls")
        tab.locator("#live-none").filter(has_not_text="Looking").wait_for()
    assert "other tabs of this browser do so already" in tabs[-1].inner_text("#live-none")
    seventh = page.context.new_page()
    seventh.goto(f"{console.url}/flows")
    seventh.get_by_role("heading", level=1).wait_for()
    tabs[0].close()
    tabs[1].close()
    tabs[2].close()
    tabs[-1].get_by_text("No call is live now").wait_for()


def test_a_hidden_tab_holds_no_stream_and_comes_back_when_it_is_seen(console: Console, page: Any) -> None:
    page.goto(f"{console.url}/calls")
    page.get_by_text("No call is live now").wait_for()
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/api/live")):
        page.evaluate(HIDE, True)
    with streams(page):
        page.evaluate(HIDE, False)


def test_a_stream_that_was_refused_is_asked_for_again_until_it_comes(
    console: Console, page: Any, troubles: list[str]
) -> None:
    refusals = 0
    has_room = threading.Event()

    def refuse(route: Any) -> None:
        nonlocal refusals
        if has_room.is_set():
            route.continue_()
            return
        refusals += 1
        route.fulfill(status=503, json={"error": "too many look on already"})

    page.route("**/api/live", refuse)
    page.goto(f"{console.url}/calls")
    page.get_by_text("just now: too many look on already; trying again").wait_for()
    with page.expect_response("**/api/live"):
        pass
    assert refusals >= 2
    has_room.set()
    page.get_by_text("No call is live now").wait_for()
    assert all("503" in trouble for trouble in troubles)
    troubles.clear()


def test_a_session_that_is_over_leads_to_the_sign_in_page_and_back(
    console: Console, page: Any, troubles: list[str]
) -> None:
    page.route("**/api/live", lambda route: route.fulfill(status=401, json={"error": "your session is over"}))
    page.goto(f"{console.url}/calls?flow=csat")
    page.wait_for_url("**/signin?next=%2Fcalls%3Fflow%3Dcsat")
    assert all("401" in trouble for trouble in troubles)
    troubles.clear()


def test_a_call_whose_words_cannot_be_shown_is_still_a_call(
    console: Console, page: Any, troubles: list[str]
) -> None:
    page.route("**/live", lambda route: route.fulfill(status=503, json={"error": "too many look on already"}))
    call(page, console.url, "welcome")
    page.get_by_text("What is said cannot be shown just now: too many look on already").wait_for()
    page.click('.dial-key[data-key="2"]')
    assert logged(page)["disposition"] == "completed"
    assert all("503" in trouble for trouble in troubles)
    troubles.clear()


def test_the_page_of_a_live_call_is_not_loaded_again_and_again_where_it_is_refused(
    console: Console, browser: Any, page: Any, troubles: list[str]
) -> None:
    caller = browser.new_context(locale="en-US").new_page()
    call(caller, console.url, "welcome")
    loads = []
    page.on("framenavigated", lambda frame: loads.append(frame.url))
    page.route("**/live", lambda route: route.fulfill(status=503, json={"error": "too many look on already"}))
    id_ = caller.evaluate("fetch('/api/calls?limit=1').then((a) => a.json()).then((a) => a.calls[0].id)")
    page.goto(f"{console.url}/calls/{id_}")
    for _ in range(2):
        with page.expect_response("**/live"):
            pass
    assert "too many look on already" in page.inner_text("#live-trouble")
    assert len(loads) == 1
    answer(caller, "press 2 or say goodbye", "2")
    logged(caller)
    caller.context.close()
    assert all("503" in trouble for trouble in troubles)
    troubles.clear()

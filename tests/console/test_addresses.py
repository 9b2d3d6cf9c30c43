"""Addresses that mean nothing, and figures that take their time, as a person sees them."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.console.conftest import Console, examine

COUNTING = (Path(__file__).parents[2] / "app" / "web" / "console" / "templates" / "counting.html").read_text()

WRONG = {
    "/calls?dispositon=completed": (400, "did you mean disposition?"),
    "/analytics?from=yesterday": (400, "did you mean since?"),
    "/?flow=csta": (404, "did you mean csat?"),
    "/nowhere": (404, "There is nothing here"),
}


@pytest.mark.parametrize("address", WRONG)
def test_an_address_that_means_nothing_is_a_page_that_says_what_was_meant(
    console: Console,
    browser: Any,
    page: Any,
    troubles: list[str],
    violations: Callable[[Any], list[str]],
    address: str,
) -> None:
    status, meant = WRONG[address]
    assert page.goto(f"{console.url}{address}").status == status
    assert meant in page.get_by_role("main").inner_text()
    assert all(str(status) in trouble for trouble in troubles)
    troubles.clear()
    name = "".join(letter if letter.isalpha() else "-" for letter in address.partition("=")[0])
    examine(browser, f"{console.url}{address}", f"fault-{status}{name}", violations, status=status)


def test_figures_that_take_their_time_come_into_the_page_by_themselves(
    console: Console, browser: Any, page: Any, violations: Callable[[Any], list[str]]
) -> None:
    address = f"{console.url}/analytics?period=all&flow=csat"
    come = threading.Event()

    def first(route: Any) -> None:
        if "x-wait" not in route.request.headers:
            whole = route.fetch()
            route.fulfill(response=whole, body=_still_counting(whole.text()))
        elif come.is_set():
            route.continue_()

    def wait(page: Any) -> None:
        page.route("**/analytics*", first)

    examine(browser, address, "analytics-counting", violations, prepare=wait)
    come.set()
    wait(page)
    page.goto(address)
    page.get_by_role("region", name="At a glance").wait_for()
    assert page.locator("#counting").count() == 0
    assert page.locator("form.filters").count() == 1
    assert page.get_by_text("The figures are there").bounding_box()["width"] <= 1, "told, not shown"


@pytest.mark.parametrize("answer", ["refused", "signed out"])
def test_what_came_in_place_of_the_figures_is_not_called_figures(
    console: Console, page: Any, troubles: list[str], answer: str
) -> None:
    address = f"{console.url}/analytics?period=all"

    def first(route: Any) -> None:
        if "x-wait" not in route.request.headers:
            whole = route.fetch()
            route.fulfill(response=whole, body=_still_counting(whole.text()))
        elif answer == "refused":
            line = "<main><h1>Not now</h1><p>The call log cannot be used: it is locked.</p></main>"
            route.fulfill(status=503, content_type="text/html", body=line)
        else:
            route.fulfill(status=303, headers={"Location": "/signin"})

    page.route("**/analytics*", first)
    page.goto(address)
    if answer == "refused":
        page.get_by_text("The figures did not come").wait_for()
        page.get_by_text("The call log cannot be used: it is locked.").wait_for()
        assert page.locator("progress, [aria-busy]").count() == 0
        assert page.get_by_text("The figures are there").count() == 0
    else:
        page.wait_for_url("**/signin*")
    assert all("503" in trouble for trouble in troubles), troubles
    troubles.clear()


def _still_counting(whole: str) -> str:
    """Return the page as it is while it waits: its head and what stands in the template of that."""
    head, form, _ = whole.partition("</form>")
    section = COUNTING[
        COUNTING.index("<section") : COUNTING.index("{% endblock %}", COUNTING.index("<section"))
    ]
    script = '<script type="module" src="/static/counting.js"></script>'
    return f'{head}{form}{section}</main><div id="told" role="status"></div>{script}'

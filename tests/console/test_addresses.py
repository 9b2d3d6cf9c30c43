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


def _still_counting(whole: str) -> str:
    """Return the page as it is while it waits: its head and what stands in the template of that."""
    head, form, _ = whole.partition("</form>")
    section = COUNTING[
        COUNTING.index("<section") : COUNTING.index("{% endblock %}", COUNTING.index("<section"))
    ]
    script = '<script type="module" src="/static/counting.js"></script>'
    return f'{head}{form}{section}</main><div id="told" role="status"></div>{script}'

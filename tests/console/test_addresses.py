"""Addresses that mean nothing, and figures that take their time, as a person sees them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.console.conftest import Console

WRONG = {
    "/calls?dispositon=completed": (400, "did you mean disposition?"),
    "/analytics?from=yesterday": (400, "did you mean since?"),
    "/?flow=csta": (404, "did you mean csat?"),
}


@pytest.mark.parametrize("address", WRONG)
def test_an_address_that_means_nothing_is_a_page_that_says_what_was_meant(
    console: Console,
    page: Any,
    troubles: list[str],
    violations: Callable[[Any], list[str]],
    address: str,
) -> None:
    status, meant = WRONG[address]
    assert page.goto(f"{console.url}{address}").status == status
    assert meant in page.get_by_role("main").inner_text()
    assert violations(page) == []
    assert all(str(status) in trouble for trouble in troubles)
    troubles.clear()


def test_figures_that_take_their_time_come_into_the_page_by_themselves(console: Console, page: Any) -> None:
    address = f"{console.url}/analytics?period=all&flow=csat"
    counting = """<!doctype html><title>Analytics</title><main><form class="filters"></form>
        <section id="counting"><p class="empty-title"></p><p class="muted"></p><progress></progress></section>
        </main><div id="told"></div><script type="module" src="/static/counting.js"></script>"""

    def first(route: Any) -> None:
        if "x-wait" in route.request.headers:
            route.continue_()
        else:
            route.fulfill(body=counting, content_type="text/html")

    page.route("**/analytics*", first)
    page.goto(address)
    page.get_by_role("region", name="At a glance").wait_for()
    assert page.locator("#counting").count() == 0
    assert page.locator("form.filters").count() == 1

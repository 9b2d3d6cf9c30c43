"""A newcomer's way, on a server as `make run` starts it: from the first page through a call to its review."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.console.conftest import LOOKS, PATIENCE_MS, Console, Serve, watch

QUESTION = "press 2 or say goodbye"
"""What the welcome line, which is chosen to begin with, asks."""

_MOST_TABS = 60


@pytest.fixture(scope="module")
def home(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A server with nothing in its log and nothing set but where its things lie."""
    server = serve(tmp_path_factory.mktemp("newcomer") / "data")
    yield server
    server.stop()


@dataclass(slots=True)
class Newcomer:
    """Somebody before a page, who looks around after each step: nothing may be wrong with what they see."""

    page: Any
    violations: Callable[[Any], list[str]]

    def looks(self) -> None:
        assert self.violations(self.page) == [], self.page.url
        wide = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert wide[0] <= wide[1], f"{self.page.url} scrolls sideways"

    def is_asked(self) -> None:
        self.page.wait_for_selector('#softphone[data-state="live"]')
        self.page.wait_for_function(
            "text => document.querySelector('#asked-text').textContent.includes(text)", arg=QUESTION
        )
        self.looks()

    def is_done(self) -> None:
        self.page.wait_for_selector('#softphone[data-state="over"]')
        assert "completed" in self.page.inner_text("#over")
        self.looks()

    def reviews(self) -> None:
        """See on the call's page what was just done: the bot's words, the key, what it meant."""
        self.page.wait_for_url("**/calls/*")
        self.page.get_by_role("heading", name="Conversation").wait_for()
        turn = self.page.locator(".turn").last.inner_text()  # who takes their time is asked again
        assert QUESTION in turn
        given, _, meant = turn.partition("Caller")[2].partition("Meaning")
        assert "2" in given
        assert "goodbye" in meant
        assert self.page.locator("#badge").inner_text() == "completed"
        self.looks()

    def finds_it_in_the_list(self) -> None:
        self.page.wait_for_url("**/calls")
        self.page.locator("#calls tbody tr").first.wait_for()
        self.looks()

    def tabs_to(self, selector: str, key: str = "Tab") -> None:
        """Go there by Tab. Wherever it comes by, one can see where one is, and gets on."""
        for _ in range(_MOST_TABS):
            self.page.keyboard.press(key)
            is_there, is_seen, where = self.page.evaluate(
                """selector => {
                    const here = document.activeElement, style = getComputedStyle(here);
                    const box = here.getBoundingClientRect();
                    const ringed = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
                    const inView = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
                    const seen = (ringed && inView) || here === document.body;
                    return [here.matches(selector), seen, here.outerHTML];
                }""",
                selector,
            )
            assert is_seen, f"the focus cannot be seen: {where[:200]}"
            if is_there:
                return
        raise AssertionError(f"{selector} is not reached by Tab")


@dataclass(slots=True)
class Pointing:
    """A newcomer who presses what they see, by mouse or finger."""

    newcomer: Newcomer
    press: Callable[[Any], None]

    def calls(self, url: str) -> None:
        self.newcomer.page.goto(url)
        self.newcomer.looks()
        self.press(self.newcomer.page.get_by_role("button", name="Call", exact=True))
        self.newcomer.is_asked()

    def answers_and_reviews(self) -> None:
        newcomer, page = self.newcomer, self.newcomer.page
        self.press(page.get_by_role("button", name="2", exact=True))
        newcomer.is_done()
        self.press(page.get_by_role("link", name="Review this call"))
        newcomer.reviews()
        self.press(page.get_by_role("navigation").get_by_role("link", name="Calls"))
        newcomer.finds_it_in_the_list()
        self.press(page.locator("#calls .open").first)
        newcomer.reviews()


def test_a_newcomer_calls_and_reviews_by_mouse_alone(
    home: Console, page: Any, violations: Callable[[Any], list[str]]
) -> None:
    newcomer = Pointing(Newcomer(page, violations), lambda what: what.click())
    newcomer.calls(home.url)
    newcomer.answers_and_reviews()


def test_a_newcomer_calls_and_reviews_by_keyboard_alone(
    home: Console, page: Any, violations: Callable[[Any], list[str]]
) -> None:
    newcomer = Newcomer(page, violations)
    page.goto(home.url)
    newcomer.tabs_to("#call")
    page.keyboard.press("Enter")
    newcomer.is_asked()
    newcomer.tabs_to("#hang-up")
    newcomer.tabs_to("#words")  # past the pad: nothing holds on to the focus
    newcomer.tabs_to("#send")
    newcomer.tabs_to("#interrupt", "Shift+Tab")
    page.keyboard.press("2")
    newcomer.is_done()
    assert page.evaluate("document.activeElement.id") == "review"
    page.keyboard.press("Enter")
    newcomer.reviews()
    newcomer.tabs_to("#replay")
    page.keyboard.press("Enter")
    page.get_by_text("The same orders came out again").wait_for()
    newcomer.tabs_to('.nav a[href="/calls"]', "Shift+Tab")
    page.keyboard.press("Enter")
    newcomer.finds_it_in_the_list()
    newcomer.tabs_to("#calls .open")
    page.keyboard.press("Enter")
    newcomer.reviews()


def test_a_newcomer_calls_and_reviews_on_a_telephone(
    home: Console, browser: Any, troubles: list[str], violations: Callable[[Any], list[str]]
) -> None:
    context = browser.new_context(locale="en-US", has_touch=True, is_mobile=True, **LOOKS["narrow"])
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    watch(page, troubles)
    newcomer = Pointing(Newcomer(page, violations), lambda what: what.tap())
    newcomer.calls(home.url)
    for key in page.locator(".dial-key").all():
        box = key.bounding_box()
        assert min(box["width"], box["height"]) >= 44, "a finger hits each key"
    newcomer.answers_and_reviews()
    context.close()
    assert troubles == []

"""The page of a live call as an operator sees it: what is understood, and what was said before a loss."""

from collections.abc import Callable
from typing import Any

from tests.console.conftest import Console, hold_in_every_look
from tests.console.test_softphone import answer, asked, call


def look_on(caller: Any, url: str) -> Any:
    """Open the page of the newest call beside its caller."""
    page = caller.context.new_page()
    newest = "fetch('/api/calls?limit=1').then((a) => a.json()).then((a) => a.calls[0].id)"
    page.goto(f"{url}/calls/{caller.evaluate(newest)}")
    return page


def told(page: Any, *texts: str) -> None:
    for text in texts:
        page.locator("#transcript").get_by_text(text).first.wait_for()


def test_an_onlooker_sees_what_is_understood_as_the_caller_does(
    console: Console, page: Any, violations: Callable[[Any], list[str]]
) -> None:
    call(page, console.url, "csat")
    operator = look_on(page, console.url)
    answer(page, "For English", "1")
    page.wait_for_function("() => document.querySelector('#asked-title').textContent === 'Listen first'")
    assert operator.inner_text("#asked-title") == "To be heard first"
    page.keyboard.press("1")
    told(operator, "lang = English · by key", "“1” did not count: this is to be heard first")
    page.wait_for_function("() => document.querySelector('#doing').textContent === 'Your turn'")
    page.fill("#words", "yes")
    page.keyboard.press("Enter")
    told(operator, "typed yes", "agreed = yes · typed", "This call is recorded")
    asked(page, "How happy")
    told(operator, "Interrupted")
    operator.locator("#asked-text").get_by_text("score: How happy").wait_for()
    assert operator.locator("#accepts kbd").count() >= 5
    assert operator.inner_text("#doing") == "listening"
    hold_in_every_look(operator, "call-live-understood", violations)
    page.click("#hang-up")
    operator.get_by_role("heading", name="Conversation").wait_for()


def test_what_was_said_before_this_process_held_the_call_is_taken_from_the_log(
    console: Console, page: Any
) -> None:
    page.goto(console.url)
    lines = page.evaluate(
        """async () => {
            const { Talk } = await import("/static/talk/talk.js");
            const { TO_ONLOOKER } = await import("/static/talk/words.js");
            const stored = (turn, step, input) => ({ turn, step, prompt: `${step}?`, heard: `${step}?`, input,
                source: "key", understood: input, outcome: "answer" });
            const talk = new Talk(TO_ONLOOKER, async () => [
                stored(1, "score", "4"), stored(2, "reason", "1")]);
            const past = [{ type: "joined", seq: 1, epoch: 1 },
                { type: "bot", seq: 2, play: 3, said: ["reason?"] },
                { type: "turn", seq: 3, turn: 2, outcome: "answer", latency_ms: {}, input: "1" }];
            const state = { state: "listening", timer: "", left_ms: null, listen_first: false };
            const snapshot = { type: "snapshot", whole: false, since_epoch: 1, past, question: null, state };
            talk.take(snapshot);
            talk.take(snapshot); // a stream that comes back tells nothing twice
            await new Promise((done) => setTimeout(done));
            return [...document.querySelectorAll("#transcript > p")].map((line) => line.textContent);
        }"""
    )
    assert lines == [
        "Bot: score?", "Caller pressed: 4", "score = 4 · by key", "Up to here as the log has it",
        "The line is back: the call goes on where it was", "Bot: reason?",
    ]  # fmt: skip

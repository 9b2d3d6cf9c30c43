"""Calls from a browser: real audio threads, the carrier's socket, the answers in the log."""

import json
import shutil
import subprocess
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.console.conftest import CHROMIUM, LOOKS, PATIENCE_MS, Console, Serve, examine, hold, watch

MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]


def call(page: Any, url: str, flow: str) -> None:
    """Choose a flow, press Call, and wait for the line."""
    page.goto(f"{url}/?flow={flow}")
    page.click("#call")
    in_state(page, "live")


def in_state(page: Any, state: str) -> None:
    page.wait_for_selector(f'#softphone[data-state="{state}"]')


def asked(page: Any, fragment: str) -> None:
    """Wait until this is asked, and the bot has been interrupted: it is the caller's turn."""
    page.wait_for_function(
        "text => document.querySelector('#asked-text').textContent.includes(text)", arg=fragment
    )
    page.wait_for_function(
        "() => ['Speaking', 'Your turn'].includes(document.querySelector('#doing').textContent)"
    )
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#doing').textContent === 'Your turn'")


def answer(page: Any, fragment: str, keys: str) -> None:
    asked(page, fragment)
    for key in keys:
        page.keyboard.press(key)


def logged(page: Any) -> dict[str, Any]:
    """Return the call that is over, as the log has it once its end is written."""
    in_state(page, "over")
    return page.evaluate(
        """async () => {
            const url = document.querySelector("#review").href.replace("/calls/", "/api/calls/");
            for (;;) {
                const call = await (await fetch(url)).json();
                if (call.disposition) return call;
                await new Promise(requestAnimationFrame);
            }
        }"""
    )


def values(logged_call: dict[str, Any]) -> dict[str, Any]:
    return {name: given["value"] for name, given in logged_call["answers"].items()}


@pytest.fixture
def talking(playwright: Any, tmp_path: Path, troubles: list[str]) -> Iterator[Callable[[str], Any]]:
    """A page whose microphone hears these words, again and again."""
    browsers = []

    def page_that_says(words: str) -> Any:
        heard = [*MICROPHONE, f"--use-file-for-fake-audio-capture={spoken(tmp_path, words)}"]
        browsers.append(
            playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", *heard])
        )
        page = browsers[-1].new_context(locale="en-US").new_page()
        page.set_default_timeout(PATIENCE_MS)
        watch(page, troubles)
        return page

    yield page_that_says
    for browser in browsers:
        browser.close()
    assert not troubles, troubles


def spoken(folder: Path, words: str) -> Path:
    """Write a WAV of these words with a pause before and after; it is played in a circle."""
    program = shutil.which("espeak-ng")
    assert program, "espeak-ng is needed: apt-get install espeak-ng"
    said, whole = folder / "said.wav", folder / "whole.wav"
    subprocess.run([program, "-v", "en-us", "-s", "140", "-w", str(said), words], check=True)  # noqa: S603
    with wave.open(str(said)) as voice, wave.open(str(whole), "wb") as out:
        out.setparams(voice.getparams())
        rate = voice.getframerate()
        out.writeframes(bytes(2 * rate) + voice.readframes(voice.getnframes()) + bytes(6 * rate))
    return whole


def test_what_the_microphone_hears_is_the_answer_in_the_log(
    console: Console, talking: Callable[[str], Any]
) -> None:
    page = talking("goodbye")
    call(page, console.url, "welcome")
    found = logged(page)
    assert values(found) == {"choice": "bye"}
    assert found["answers"]["choice"]["source"] == "speech"
    assert (found["from"], found["disposition"]) == ("browser", "completed")
    assert "goodbye" in page.inner_text("#transcript")
    assert "completed" in page.inner_text("#over")


def test_a_whole_survey_is_answered_by_the_keyboard_alone(console: Console, page: Any) -> None:
    page.goto(console.url)
    page.locator("#flow").focus()
    page.keyboard.type("Customer")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    in_state(page, "live")
    answer(page, "For English", "1")
    answer(page, "May we ask", "1")
    answer(page, "How happy", "5")
    answer(page, "What matters most", "2")
    answer(page, "order from us again", "2")
    answer(page, "last four digits", "##")  # the first still ends the entry before
    found = logged(page)
    assert found["disposition"] == "completed"
    assert values(found) | {"order": None} == {
        "lang": "en", "agreed": True, "score": 5, "reason": "quality", "again": False, "order": None,
    }  # fmt: skip
    assert page.evaluate("document.activeElement.textContent") == "Review this call"


def test_without_a_microphone_one_can_type_and_is_told_so(console: Console, page: Any) -> None:
    call(page, console.url, "welcome")
    page.wait_for_selector("#no-microphone:visible")
    asked(page, "press 2 or say goodbye")
    page.fill("#words", "that is all")
    page.keyboard.press("Enter")
    found = logged(page)
    assert values(found) == {"choice": "bye"}
    assert found["answers"]["choice"]["raw"] == "that is all"


def test_typed_words_interrupt_the_bot(console: Console, page: Any) -> None:
    call(page, console.url, "welcome")
    page.fill("#words", "goodbye")
    page.wait_for_function("() => document.querySelector('#doing').textContent === 'Speaking'")
    page.keyboard.press("Enter")
    found = logged(page)
    assert values(found) == {"choice": "bye"}
    assert found["turns"][0]["barged_in"]


def test_a_consent_is_heard_before_anything_given_counts(
    console: Console, page: Any, violations: Callable[[Any], list[str]]
) -> None:
    call(page, console.url, "csat")
    answer(page, "For English", "1")
    page.wait_for_function("() => document.querySelector('#asked-title').textContent === 'Listen first'")
    page.keyboard.press("1")
    page.wait_for_function(
        "() => document.querySelector('#transcript').textContent.includes('did not count')"
    )
    page.keyboard.press("Enter")
    page.get_by_text("This part cannot be interrupted").wait_for()
    assert violations(page) == []
    page.fill("#words", "yes")
    page.keyboard.press("Enter")
    assert page.input_value("#words") == "yes", "what was refused stays to be sent again"
    page.wait_for_function("() => document.querySelector('#asked-title').textContent === 'Asked now'")
    page.wait_for_function("() => document.querySelector('#doing').textContent === 'Your turn'")
    assert not page.query_selector_all(".unheard:has-text('May we ask')")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#transcript').textContent.includes('agreed = ')")
    assert "agreed = yes · typed" in page.inner_text("#transcript")
    page.click("#hang-up")
    assert values(logged(page))["agreed"] is True


def test_enter_silences_the_bot_and_shows_what_was_not_heard(console: Console, page: Any) -> None:
    call(page, console.url, "welcome")
    page.wait_for_function("() => document.querySelector('#doing').textContent === 'Speaking'")
    page.wait_for_function(
        "() => document.querySelector('#bot-level').style.getPropertyValue('--level') > 0.2"
    )
    page.keyboard.press("Enter")
    page.wait_for_selector(".unheard")
    page.wait_for_function(
        "() => Number(document.querySelector('#bot-level').style.getPropertyValue('--level')) === 0"
    )
    assert page.inner_text("#doing") == "Your turn"
    page.click("#hang-up")
    found = logged(page)
    assert (found["disposition"], found["cause"]) == ("break_off", "hangup")


def test_hanging_up_while_the_call_is_connecting_leaves_no_microphone_on_and_no_call_open(
    console: Console, talking: Callable[[str], Any]
) -> None:
    page = talking("goodbye")
    page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (what) => (window.microphone = await ask(what));"""
    )
    held: list[Any] = []
    page.route("**/api/softphone/calls", lambda route: held.append(route))  # noqa: PLW0108 - asked its parameters
    page.goto(f"{console.url}/?flow=welcome")
    with page.expect_request("**/api/softphone/calls"):
        page.click("#call")
    page.click("#hang-up")
    in_state(page, "idle")
    page.wait_for_function("() => microphone.getTracks().every((track) => track.readyState === 'ended')")
    with (
        page.expect_response("**/hangup") as left,
        page.expect_response("**/api/softphone/calls") as admitted,
    ):
        held[0].continue_()
    assert left.value.status == 200
    in_state(page, "idle")
    found = page.evaluate(
        "async (id) => (await fetch(`/api/calls/${id}`)).json()", admitted.value.json()["id"]
    )
    assert (found["disposition"], found["cause"]) == ("canceled", "hangup")


def test_a_killed_server_costs_a_pause_and_no_answer(
    serve: Serve, tmp_path: Path, page: Any, troubles: list[str]
) -> None:
    server = serve(tmp_path / "data")
    url, port = server.url, int(server.url.rpartition(":")[2])
    try:
        call(page, url, "csat")
        answer(page, "For English", "1")
        answer(page, "May we ask", "1")
        answer(page, "How happy", "4")
        asked(page, "What matters most")
        server.kill()
        in_state(page, "lost")
        server = serve(tmp_path / "data", port=port)
        in_state(page, "live")
        answer(page, "What matters most", "1")
        answer(page, "order from us again", "2")
        answer(page, "last four digits", "##")  # the first still ends the entry before
        found = logged(page)
        shown = page.inner_text("#transcript").replace("(not heard:)", " ")  # wherever it was interrupted
        assert "Connected again" in shown
        assert "How happy" in " ".join(shown.split()), "what was said before the loss is still shown"
    finally:
        server.stop()
    assert found["disposition"] == "completed"
    wanted = {"lang": "en", "agreed": True, "score": 4, "reason": "price", "again": False}
    assert values(found).items() >= wanted.items()
    assert found["answers"]["reason"]["asks"] == 1
    assert all("net::ERR" in trouble or "404" in trouble for trouble in troubles), troubles
    troubles.clear()


def test_who_signed_in_calls_where_no_machine_is_let_in_unasked(
    serve: Serve, tmp_path: Path, page: Any
) -> None:
    key = "the-key-of-an-admin"
    twilio = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "secret"}
    server = serve(tmp_path / "data", DIALAI_DEV="0", DIALAI_API_KEY=key, **twilio)
    try:
        page.goto(server.url)
        page.fill("[name=key]", key)
        page.keyboard.press("Enter")
        page.wait_for_selector("#call")
        page.select_option("#flow", "welcome")
        page.click("#call")
        in_state(page, "live")
        answer(page, "press 2 or say goodbye", "2")
        assert logged(page)["disposition"] == "completed", "and Twilio was not asked to hang it up"
        assert "carrier refused" not in server.said
    finally:
        server.stop()


def test_a_browser_speaks_as_strictly_as_a_carrier(console: Console, page: Any) -> None:
    sent: list[dict[str, Any]] = []
    got: list[dict[str, Any]] = []

    def wire(socket: Any) -> None:
        socket.on("framesent", lambda payload: sent.append(json.loads(payload)))
        socket.on("framereceived", lambda payload: got.append(json.loads(payload)))

    page.on("websocket", wire)
    call(page, console.url, "welcome")
    answer(page, "press 2 or say goodbye", "2")
    logged(page)
    assert [one["event"] for one in sent[:2]] == ["connected", "start"]
    assert [one["sequenceNumber"] for one in sent[1:]] == [str(n) for n in range(1, len(sent))]
    media = [one["media"] for one in sent if one["event"] == "media"]
    assert [one["chunk"] for one in media] == [str(n) for n in range(1, len(media) + 1)]
    stamps = [int(one["timestamp"]) for one in media]
    assert stamps == sorted(set(stamps))
    assert all(stamp % 20 == 0 for stamp in stamps)
    assert {one["track"] for one in media} == {"inbound"}
    assert [one["dtmf"] for one in sent if one["event"] == "dtmf"] == [
        {"track": "inbound_track", "digit": "2"}
    ]
    asked_for = [one["mark"]["name"] for one in got if one["event"] == "mark"]
    came_back = [one["mark"]["name"] for one in sent if one["event"] == "mark"]
    assert came_back == asked_for, "every mark comes back once, in order"
    assert any(one["event"] == "clear" for one in got)


def test_a_telephone_fits_a_telephone(
    console: Console, browser: Any, troubles: list[str], violations: Callable[[Any], list[str]]
) -> None:
    context = browser.new_context(locale="en-US", has_touch=True, **LOOKS["narrow"])
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    watch(page, troubles)
    call(page, console.url, "welcome")
    page.wait_for_function("() => document.querySelector('#asked-text').textContent.includes('press 2')")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    assert violations(page) == []
    page.tap('.dial-key[data-key="2"]')
    assert page.evaluate("document.activeElement.id") == "pad", (
        "Enter interrupts next, it presses no key again"
    )
    assert values(logged(page)) == {"choice": "bye"}
    context.close()
    assert not troubles


@pytest.mark.parametrize("height", [568, 667, 812])
def test_on_a_small_telephone_nothing_covers_the_pad_when_the_first_question_is_asked(
    console: Console, browser: Any, height: int, violations: Callable[[Any], list[str]]
) -> None:
    viewport = {"width": 375, "height": height}
    context = browser.new_context(locale="en-US", has_touch=True, is_mobile=True, viewport=viewport)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    call(page, console.url, "csat")
    page.wait_for_selector("#no-microphone:visible")  # and it says so in a place of its own
    page.wait_for_function("() => document.querySelector('#asked-text').textContent.includes('For English')")
    covered = page.evaluate(
        """() => [...document.querySelectorAll(".dial-key, #hang-up, #interrupt, #no-microphone")]
            .filter((one) => {
                const { top, bottom, left, right } = one.getBoundingClientRect();
                return ![top + 2, bottom - 2].every((y) =>
                    one.contains(document.elementFromPoint((left + right) / 2, y)));
            })
            .map((one) => one.id || one.dataset.key)"""
    )
    assert covered == []
    page.locator("#words").focus()
    assert page.locator("#words").evaluate(
        """(one) => {
            const { top, bottom, left, right } = one.getBoundingClientRect();
            return one.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
        }"""
    ), "what has the focus is seen"
    hold(page, f"softphone-call-{height}", violations)
    page.click("#hang-up")
    context.close()


def test_the_page_is_open_to_everybody(
    console: Console, browser: Any, violations: Callable[[Any], list[str]]
) -> None:
    examine(browser, console.url, "softphone", violations)


@pytest.mark.parametrize("look", list(LOOKS))
def test_a_call_under_way_is_open_to_everybody(
    console: Console, browser: Any, look: str, violations: Callable[[Any], list[str]]
) -> None:
    context = browser.new_context(locale="en-US", **LOOKS[look])
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    call(page, console.url, "csat")
    answer(page, "For English", "1")
    answer(page, "May we ask", "1")
    page.wait_for_function("() => document.querySelector('#asked-text').textContent.includes('How happy')")
    page.wait_for_function("() => document.querySelector('#doing').textContent === 'Your turn'")
    hold(page, f"softphone-call-{look}", violations)
    page.click("#hang-up")
    logged(page)
    hold(page, f"softphone-over-{look}", violations)
    context.close()

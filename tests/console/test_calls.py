"""The call log in a browser: found, opened, heard, followed live, ended and deleted, by mouse and by keys."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from app.adapters.flow_folder import FlowFolder
from app.adapters.store.log import open_call_log
from app.domain.call import CallId, CallInfo, Direction, Disposition
from app.engine.actions import CallEnded, Record, TurnTaken
from app.engine.events import LegAnswered, LegEnded, StreamLost
from app.media.audio import tone
from app.session.wavfile import StereoFile
from tests.console.conftest import Console, Serve, examine, hold_in_every_look
from tests.console.seed import FLOWS, NOW, Wall, seed
from tests.console.test_following import HIDE
from tests.console.test_softphone import call, logged

EVIL = "<img src=x onerror=alert(1)>"
HEARD = "call-00059"
"""A call with a recording of both sides."""


@pytest.fixture(scope="module")
def log(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """A server with sixty made-up calls, one of them recorded, and some that went wrong."""
    data_dir = tmp_path_factory.mktemp("log") / "data"
    with ThreadPoolExecutor(1) as aside:  # the browser's own loop has this thread
        aside.submit(_fill, data_dir).result()
    server = serve(data_dir)
    yield server
    server.stop()


def _fill(data_dir: Path) -> None:
    seed(data_dir)
    sound = StereoFile(data_dir / "audio" / HEARD / "call.wav")
    for second in range(28):
        caller, bot = (tone(1_000, 300, -12 - second % 5 * 8), tone(1_000, 500, -60 + second % 4 * 16))
        sound.write(second * 1_000, caller, bot)
    asyncio.run(_special(data_dir))


async def _special(data_dir: Path) -> None:
    flow = FlowFolder(FLOWS).get("csat")
    assert flow is not None
    wall = Wall(NOW)
    log = open_call_log(f"sqlite:///{data_dir / 'dialai.sqlite3'}", data_dir, wall=wall)
    try:
        for name in ("cut", "interrupted", "silent"):
            number = EVIL if name == "cut" else "anonymous"
            info = CallInfo(
                CallId(f"special-{name}"), f"CA-{name}", "csat", flow.version, Direction.INBOUND, number,
                "+1415", {"note": EVIL},
            )  # fmt: skip
            await log.open(info, flow)
            for seq, (fact, orders) in enumerate(_stories()[name]):
                log.append(
                    info.id, epoch=0, seq=seq, at=seq * 2_000, fact=fact, orders=orders, sensitive=False
                )
            await log.commit(info.id)
            for epoch in range(3 if name == "interrupted" else 0):
                assert await log.claim(info.carrier_sid, epoch)
            if name != "silent":
                end = Disposition.INTERRUPTED if name == "interrupted" else Disposition.PARTIAL
                await log.finish(info.id, 3 if name == "interrupted" else 0, end, "resumed too often")
    finally:
        await log.close()


def _stories() -> dict[str, list[tuple[Any, tuple[Any, ...]]]]:
    cut = TurnTaken(
        1, "reason", "open", "What, in your own words, was best about it?", "What, in your", EVIL * 3,
        "model", EVIL, "answer", True, 2, 1_000, None, 6_000,
        {"end_of_turn": 640, "recognition": 210, "interpretation": 1_430, "first_audio": 35, "total": 2_105},
    )  # fmt: skip
    silent = Record(1, CallEnded(Disposition.NO_INPUT, "nobody spoke"), durable=True)
    return {
        "cut": [(LegAnswered(), ()), (LegAnswered(), (Record(2, cut),))],
        "interrupted": [(LegAnswered(), ()), (StreamLost(), ()), (LegAnswered(1), ()), (StreamLost(), ())],
        "silent": [(LegAnswered(), ()), (LegEnded("hangup"), (silent,))],
    }


def ids(page: Any) -> list[str]:
    return [row.get_attribute("data-call") for row in page.locator("#calls tbody tr").all()]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/calls", "calls"),
        ("/calls?q=nothing+like+it", "calls-none"),
        ("/calls?disposition=completed&slow=500", "calls-filtered"),
        (f"/calls/{HEARD}", "call"),
        ("/calls/special-cut", "call-cut"),
        ("/calls/special-interrupted", "call-interrupted"),
        ("/calls/special-silent", "call-silent"),
    ],
)
def test_every_page_of_the_log_is_for_everybody(
    log: Console, browser: Any, violations: Callable[[Any], list[str]], path: str, name: str
) -> None:
    examine(browser, log.url + path, name, violations)


def test_calls_are_searched_filtered_and_paged(log: Console, page: Any) -> None:
    page.goto(f"{log.url}/calls")
    assert page.locator("#count").inner_text() == "63 calls"
    first = ids(page)
    assert len(first) == 50
    page.get_by_role("link", name="Older").click()
    page.wait_for_url("**after=**")
    second = ids(page)
    assert len(second) == 13
    assert not set(first) & set(second)
    page.get_by_role("link", name="Newest").click()
    page.wait_for_url("**/calls")
    page.get_by_label("Said or heard").fill("own words")
    page.get_by_role("button", name="Find").click()
    page.wait_for_url("**q=own+words**")
    assert ids(page) == []  # what was cut off was not heard
    page.get_by_label("Said or heard").fill('"what in your"')
    page.get_by_role("button", name="Find").click()
    page.wait_for_selector('#calls tr[data-call="special-cut"]')
    assert ids(page) == ["special-cut"]
    page.get_by_role("link", name="Clear").click()
    page.get_by_label("Ended as").select_option("break_off")
    page.get_by_label("Number").fill("2052")
    page.get_by_role("button", name="Find").click()
    page.wait_for_url("**number=2052**")
    assert page.get_by_label("Ended as").input_value() == "break_off"
    assert all(name.startswith("call-") for name in ids(page))


def test_a_filter_that_cannot_be_meant_is_told_beside_its_form(
    log: Console, browser: Any, page: Any, troubles: list[str], violations: Callable[[Any], list[str]]
) -> None:
    page.goto(f"{log.url}/calls?number=7")
    assert "Number must be a whole number with its +" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Number").input_value() == "7"
    assert all("400" in trouble for trouble in troubles)
    troubles.clear()
    examine(browser, f"{log.url}/calls?number=7", "calls-misfiltered", violations, status=400)


def test_what_is_found_is_exported(log: Console, page: Any) -> None:
    page.goto(f"{log.url}/calls?q=%22what+in+your%22")
    page.get_by_text("Export what is found").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON Lines").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["special-cut"]


def test_sound_plays_and_the_turns_follow(log: Console, page: Any) -> None:
    page.goto(f"{log.url}/calls/{HEARD}")
    page.locator("#wave-note").wait_for(state="hidden")
    turns = page.locator(".turn")
    third = turns.nth(2)
    begins = int(third.get_attribute("data-from"))
    third.locator("[data-seek]").click()
    page.wait_for_function(f"() => document.querySelector('audio').currentTime * 1000 > {begins + 100}")
    assert "now" in third.get_attribute("class")
    assert third.get_attribute("aria-current") == "true"
    page.evaluate("document.querySelector('audio').pause()")
    page.locator("#wave-canvas").click(position={"x": 2, "y": 20})
    page.wait_for_function("() => document.querySelector('audio').currentTime < 1")
    page.wait_for_function("() => !document.querySelector('.turn.now')")


def test_a_waterfall_is_drawn_to_scale(log: Console, page: Any) -> None:
    page.goto(f"{log.url}/calls/special-cut")
    page.locator(".latency > summary").click()
    boxes = {
        name: page.locator(f".stage.{name}").bounding_box()
        for name in ("end_of_turn", "recognition", "interpretation", "total")
    }
    whole = boxes["total"]["width"]
    assert abs(boxes["recognition"]["width"] / whole - 210 / 2_105) < 0.01
    assert abs((boxes["interpretation"]["x"] - boxes["total"]["x"]) / whole - 640 / 2_105) < 0.01
    assert abs(boxes["interpretation"]["width"] / whole - 1_430 / 2_105) < 0.01


def test_a_figure_beside_a_long_answer_stays_on_one_line(log: Console, page: Any) -> None:
    page.goto(f"{log.url}/calls/{HEARD}")
    lines = page.locator(".scroll[aria-label=Answers]").evaluate(
        """(table) => {
            const long = "a long answer ".repeat(40);
            table.querySelectorAll("td:not(.number)").forEach((cell) => (cell.textContent = long));
            return [...table.querySelectorAll("td.number")].map((cell) => {
                const text = document.createRange();
                text.selectNodeContents(cell);
                return text.getClientRects().length;
            });
        }"""
    )
    assert set(lines) == {1}


def test_the_journal_is_looked_through(log: Console, page: Any) -> None:
    page.goto(f"{log.url}/calls/special-interrupted")
    page.locator("#events > summary").click()
    page.wait_for_function("() => document.querySelectorAll('#event-list > li').length === 4")
    page.get_by_label("Kind").select_option("StreamLost")
    page.wait_for_function("() => document.querySelectorAll('#event-list > li').length === 2")
    page.locator("#event-list summary").first.click()
    assert '"epoch": 0' in page.locator("#event-list pre").first.inner_text()


def test_a_replay_says_where_it_parts_from_the_log(log: Console, page: Any) -> None:
    page.goto(f"{log.url}/calls/{HEARD}")
    page.get_by_role("button", name="Check by replay").click()
    page.locator("#verdict").wait_for()
    assert "Other orders came out at event 0 (LegAnswered" in page.locator("#verdict").inner_text()


def test_a_call_is_found_opened_and_deleted_by_keys_alone(log: Console, page: Any) -> None:
    page.goto(f"{log.url}/calls")
    page.get_by_label("Said or heard").focus()
    page.keyboard.type("quality")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=quality**")
    found = ids(page)
    assert found
    _tab_to(page, ".open")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/calls/{found[0]}")
    _tab_to(page, "#delete")
    page.keyboard.press("Enter")
    page.locator("#ask-delete").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Keep it"
    page.keyboard.press("Escape")
    page.locator("#ask-delete").wait_for(state="hidden")
    page.keyboard.press("Enter")
    _tab_to(page, "#delete-yes")
    page.keyboard.press("Enter")
    page.wait_for_url("**/calls")
    assert found[0] not in ids(page)
    page.goto(f"{log.url}/calls?q=quality")
    assert ids(page) == found[1:]


def _tab_to(page: Any, selector: str) -> None:
    """Press Tab until this has the focus; a page where that never happens cannot be used by keys."""
    for _ in range(80):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def test_a_live_call_is_seen_and_ended(
    log: Console, browser: Any, page: Any, violations: Callable[[Any], list[str]]
) -> None:
    page.goto(f"{log.url}/calls")
    page.get_by_text("No call is live now").wait_for()
    caller = browser.new_context(locale="en-US").new_page()
    caller.goto(f"{log.url}/?flow=csat")
    caller.click("#call")
    row = page.locator("#live-list li")
    row.wait_for()  # it appeared by itself
    page.wait_for_function("() => document.querySelector('#live-list .step').textContent !== ''")
    row.get_by_role("link").click()
    page.wait_for_url("**/calls/*")
    page.locator("#transcript .line").first.wait_for()
    page.wait_for_function("() => document.querySelector('#doing').textContent !== 'connecting'")
    hold_in_every_look(page, "call-live", violations)
    page.get_by_role("button", name="Hang up").click()
    page.locator("#hangup-yes").click()
    page.get_by_role("heading", name="Conversation").wait_for()  # the page came again, whole
    assert page.locator("#hangup").count() == 0
    assert "operator" in page.locator(".facts").inner_text()
    page.get_by_role("button", name="Check by replay").click()
    page.get_by_text("The same orders came out again").wait_for()
    caller.wait_for_selector('#softphone[data-state="over"]')
    caller.context.close()


def test_a_live_call_ends_in_the_list_without_a_reload(log: Console, browser: Any, page: Any) -> None:
    page.goto(f"{log.url}/calls")
    page.get_by_text("No call is live now").wait_for()
    caller = browser.new_context(locale="en-US").new_page()
    caller.goto(f"{log.url}/?flow=csat")
    caller.click("#call")
    caller.wait_for_selector('#softphone[data-state="live"]')
    page.locator("#live-list li").wait_for()
    assert page.locator("#live-count").inner_text() == "1"
    assert page.locator("#live-list a").inner_text() == "Browser call", "as the log says it"
    id_ = page.locator("#live-list li").get_attribute("data-call")
    caller.click("#hang-up")
    page.wait_for_selector("#live-list li.over")
    assert page.locator("#live-list .state").inner_text() == "break off"
    assert page.locator("#live-count").inner_text() == ""
    page.locator("#live-list a").click()
    page.wait_for_url(f"**/calls/{id_}")
    caller.context.close()


def test_a_call_goes_over_from_the_live_ones_into_the_log_without_a_reload(
    log: Console, browser: Any, page: Any
) -> None:
    page.clock.install()
    page.goto(f"{log.url}/calls")
    page.get_by_text("No call is live now").wait_for()
    before = ids(page)
    page.evaluate("document.querySelector('#calls .open').focus()")
    caller = browser.new_context(locale="en-US").new_page()
    caller.goto(f"{log.url}/?flow=csat")
    caller.click("#call")
    page.locator("#live-list li").wait_for()
    id_ = page.locator("#live-list li").get_attribute("data-call")
    row = page.locator(f'#calls tr[data-call="{id_}"]')
    row.get_by_text("live", exact=True).wait_for()
    assert ids(page) == [id_, *before[:49]]
    focused = "document.activeElement.closest('tr')?.dataset.call"
    assert page.evaluate(focused) == before[0], "what has the focus keeps it"
    assert row.locator("time").get_attribute("title").endswith("UTC"), "told in the reader's own time"
    count = page.locator("#count").inner_text()
    caller.click("#hang-up")
    page.wait_for_selector("#live-list li.over")
    row.get_by_text("break off").wait_for()
    page.clock.fast_forward(10_000)
    page.get_by_text("No call is live now").wait_for()
    assert page.locator("#live-list li").count() == 0
    page.wait_for_function(
        "(id) => document.querySelector(`#calls tr[data-call='${id}'] .number`).textContent !== '–'", arg=id_
    )
    assert page.locator("#count").inner_text() == count
    caller.context.close()


def test_a_filtered_log_takes_no_call_in(log: Console, browser: Any, page: Any) -> None:
    page.goto(f"{log.url}/calls?disposition=completed")
    page.get_by_text("No call is live now").wait_for()
    before = ids(page)
    asked_for: list[str] = []
    page.on("request", lambda request: asked_for.append(request.url))
    caller = browser.new_context(locale="en-US").new_page()
    caller.goto(f"{log.url}/?flow=csat")
    caller.click("#call")
    page.locator("#live-list li").wait_for()
    caller.click("#hang-up")
    page.wait_for_selector("#live-list li.over")
    assert ids(page) == before
    assert not [url for url in asked_for if url.endswith("/calls")]
    caller.context.close()


def test_what_happened_while_nobody_looked_is_in_the_log_when_one_looks_again(
    log: Console, browser: Any, page: Any
) -> None:
    page.goto(f"{log.url}/calls")
    page.get_by_text("No call is live now").wait_for()
    before = ids(page)
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/api/live")):
        page.evaluate(HIDE, True)
    caller = browser.new_context(locale="en-US").new_page()
    call(caller, log.url, "welcome")
    caller.click("#hang-up")
    logged(caller)
    caller.context.close()
    page.evaluate(HIDE, False)
    page.wait_for_function(
        "(id) => document.querySelector('#calls tbody tr').dataset.call !== id", arg=before[0]
    )
    assert ids(page)[1:] == before[:49]


def test_a_call_that_no_stream_tells_of_is_asked_for_until_the_log_has_its_end(
    log: Console, page: Any
) -> None:
    page.clock.install()
    page.goto(f"{log.url}/calls")
    page.get_by_text("No call is live now").wait_for()
    badge = page.locator(f'#calls tr[data-call="{HEARD}"] .state .badge')
    told = badge.inner_text()
    badge.evaluate("(badge) => { badge.className = 'badge live'; badge.textContent = 'live'; }")
    page.clock.fast_forward(16_000)
    badge.get_by_text(told).wait_for()


def test_live_calls_stand_in_line_with_each_other(log: Console, browser: Any, page: Any) -> None:
    page.goto(f"{log.url}/calls")
    page.get_by_text("No call is live now").wait_for()
    caller = browser.new_context(locale="en-US").new_page()
    call(caller, log.url, "welcome")
    page.locator("#live-list li").wait_for()
    page.evaluate(
        """() => {
            const other = document.querySelector("#live-list li").cloneNode(true);
            other.querySelector(".flow").textContent = "a-flow-with-a-long-name";
            other.querySelector(".state").textContent = "transferring";
            document.getElementById("live-list").append(other);
        }"""
    )
    lefts = """(name) => [...document.querySelectorAll(`#live-list .${name}`)]
        .map((cell) => Math.round(cell.getBoundingClientRect().left))"""
    for name in ("with", "flow", "step", "state"):
        left, other = page.evaluate(lefts, name)
        assert left == other, name
    page.set_viewport_size({"width": 375, "height": 800})
    ends = """(name) => [...document.querySelectorAll(`#live-list .${name}`)]
        .map((cell) => Math.round(cell.getBoundingClientRect().right))"""
    assert len({*page.evaluate(ends, "time"), *page.evaluate(ends, "state")}) == 1
    caller.click("#hang-up")
    caller.context.close()

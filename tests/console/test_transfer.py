"""A live call in an operator's hands, in a browser, on a telephone network: handed over, hung up, refused."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import async_playwright
from typer.testing import CliRunner

from app.commands.keys import keys
from app.simulator.network import TelephoneNetwork
from app.simulator.report import CallReport
from app.simulator.script import Script
from tests.console.conftest import CHROMIUM, KEY_FIELD, PATIENCE_MS, watch
from tests.e2e.people import Person
from tests.e2e.town import TIMED, Server, town

pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists() and not os.environ.get("CI"), reason=f"no Chromium at {CHROMIUM}"
)

KEEPS_WHAT_IT_WAS_TOLD = """
    addEventListener("cancel", ({ target: dialog }) => {
        const told = dialog.returnValue;
        dialog.addEventListener("close", () => { dialog.returnValue = told; }, { once: true, capture: true });
    }, true);
"""
"""Some browsers leave a dialog's answer as it was when Escape closes it; the one of the tests empties it."""

SOMEBODY = "+14155550123"
QUESTION = "score"


@dataclass(slots=True)
class Desk:
    """An operator's page on a call, whose caller waits at a question until they may answer."""

    page: Any
    server: Server
    call: "asyncio.Task[CallReport]"
    call_id: str
    may_answer: asyncio.Event
    troubles: list[str]

    async def sign_in(self, key: str) -> None:
        await self.page.context.clear_cookies()
        await self.page.goto(f"{self.server.url}/signin")
        await self.page.locator(KEY_FIELD).wait_for()
        await self.page.keyboard.type(key)
        await self.page.keyboard.press("Enter")
        await self.page.wait_for_url(f"{self.server.url}/")

    async def look(self) -> None:
        await self.page.goto(f"{self.server.url}/calls/{self.call_id}")
        await self.page.get_by_text(f"{QUESTION}: Your score?").wait_for()

    async def said(self, words: str) -> None:
        await self.page.locator("#transcript").get_by_text(words).first.wait_for()

    async def audit(self) -> list[str]:
        return [action for (action,) in self.server.rows("select action from audit order by id")]


@asynccontextmanager
async def desk(folder: Path, *, dialled: str) -> AsyncIterator[Desk]:
    async with town(folder, TIMED) as (server, network), async_playwright() as playwright:
        reached, may_answer = asyncio.Event(), asyncio.Event()
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = await browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        troubles: list[str] = []
        watch(page, troubles)
        call = asyncio.create_task(_call(network, dialled, reached, may_answer))
        await reached.wait()
        call_id = await server.call_id(network.call_sids[-1])
        assert call_id
        held = Desk(page, server, call, call_id, may_answer, troubles)
        await held.sign_in(server.api_key)
        await held.look()
        yield held
        await browser.close()
        assert troubles == []


async def _call(
    network: TelephoneNetwork, dialled: str, reached: asyncio.Event, may_answer: asyncio.Event
) -> CallReport:
    async def wait(_: Person, __: str) -> bool:
        reached.set()
        await may_answer.wait()
        return True

    def person(*given: Any) -> Person:
        return Person(*given, deeds={QUESTION: wait})

    return await network.call_in(Script((), dialled=dialled), flow="short", person=person)


def test_a_caller_whom_nobody_takes_is_asked_the_open_question_again(tmp_path: Path) -> None:
    async def main() -> tuple[CallReport, Any]:
        async with desk(tmp_path, dialled="busy") as operator:
            page = operator.page
            await page.get_by_role("button", name="Transfer …").click()
            await page.keyboard.press("Enter")  # an empty number is none
            assert await page.locator("#ask-transfer").is_visible()
            await page.keyboard.type("911")
            await page.keyboard.press("Enter")
            refused = page.get_by_role("status").get_by_text("911")
            await refused.or_(page.locator("#told .bad")).first.wait_for()
            operator.troubles.clear()  # the browser tells of the 400, too
            await page.get_by_role("button", name="Transfer …").click()
            await page.locator("#transfer-to").fill(SOMEBODY)
            operator.may_answer.set()
            await page.keyboard.press("Enter")
            await operator.said(f"hands over to {SOMEBODY}")
            await operator.said("Nobody took the call")
            report = await operator.call
            await page.get_by_role("heading", name="Conversation").wait_for()
            record = await operator.server.call(operator.call_id)
            assert "transfer" in await operator.audit()
            return report, record

    report, record = asyncio.run(main())
    assert report.transferred_to == SOMEBODY
    assert (record["disposition"], record["answers"]["score"]["value"]) == ("completed", 4)


def test_a_caller_whom_somebody_takes_is_transferred(tmp_path: Path) -> None:
    async def main() -> Any:
        async with desk(tmp_path, dialled="answers") as operator:
            page = operator.page
            await page.get_by_role("button", name="Transfer …").click()
            await page.locator("#transfer-to").fill(SOMEBODY)
            await page.get_by_role("button", name="Stay").click()
            assert "hands over" not in await page.locator("#transcript").inner_text()
            await page.get_by_role("button", name="Transfer …").click()
            await page.get_by_role("button", name="Transfer", exact=True).click()
            operator.may_answer.set()
            await operator.call
            await page.locator("#badge").get_by_text("transferred").wait_for()
            return await operator.server.call(operator.call_id)

    assert asyncio.run(main())["disposition"] == "transferred"


def test_escape_does_not_do_what_the_question_before_was_told(tmp_path: Path) -> None:
    async def main() -> list[str]:
        async with desk(tmp_path, dialled="busy") as operator:
            page = operator.page
            await page.evaluate(KEEPS_WHAT_IT_WAS_TOLD)
            await page.get_by_role("button", name="Transfer …").click()
            await page.locator("#transfer-to").fill("911")
            await page.keyboard.press("Enter")
            await page.locator("#ask-transfer").wait_for(state="hidden")
            await page.get_by_role("button", name="Transfer …").click()
            await page.locator("#transfer-to").fill(SOMEBODY)
            await page.keyboard.press("Escape")
            await page.get_by_role("button", name="Hang up …").click()
            await page.get_by_role("button", name="Let them talk").click()
            assert await page.locator("#doing").inner_text() == "listening"
            operator.troubles.clear()
            await page.get_by_role("button", name="Hang up …").click()
            await page.get_by_role("button", name="Hang up", exact=True).click()
            operator.may_answer.set()
            await operator.call
            await page.get_by_role("heading", name="Conversation").wait_for()
            return await operator.audit()

    deeds = asyncio.run(main())
    assert (deeds.count("transfer"), deeds.count("hang_up")) == (0, 1)


def test_a_viewer_sees_the_call_and_may_not_touch_it(tmp_path: Path) -> None:
    async def main() -> tuple[int, str, int]:
        async with desk(tmp_path, dialled="busy") as operator:
            page, environment = operator.page, {"DIALAI_DATA_DIR": str(operator.server.data_dir)}
            made = CliRunner().invoke(keys, ["add", "Vera", "--role", "viewer"], env=environment)
            await operator.sign_in(made.stdout.split()[0])
            await operator.look()
            buttons = await page.locator("#transfer, #hangup").count()
            status, line = await page.evaluate(
                """async (url) => {
                  const csrf = document.querySelector("meta[name=csrf]").content;
                  const answer = await fetch(url, {method: "POST", headers: {"X-CSRF-Token": csrf}});
                  return [answer.status, (await answer.json()).error];
                }""",
                f"/api/calls/{operator.call_id}/hangup",
            )
            assert not operator.call.done()
            operator.troubles.clear()
            operator.may_answer.set()
            await operator.call
            return buttons, line, status

    buttons, line, status = asyncio.run(main())
    assert (buttons, status) == (0, 403)
    assert line == "this needs the role operator; the key Vera is viewer"

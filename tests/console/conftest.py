"""The console in a real browser: a server of its own, a data directory, a page that forgives nothing."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from tests.console.seed import FLOWS, seed

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
SHOTS = Path(__file__).parents[2] / ".screenshots"
"""Where pages' pictures are put when SCREENSHOTS is set; looked at by people, held by nobody."""

PATIENCE_MS = 120_000
"""A page that hangs is to fail and not to wait for ever; no promise hangs on how long this is."""

KEY_FIELD = "input[name=key]:focus"
"""Where a key is typed to sign in. The page gives it the focus when it is drawn, which may be after it is
loaded: what is typed before goes nowhere."""

_ADDRESS = re.compile(r"DialAI on (http://\S+)")
_READY = re.compile(r'"event": ?"ready"')


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without a browser the pages cannot be looked at: said in a line here, a failure in CI."""
    here = Path(__file__).parent
    if CHROMIUM.exists() or os.environ.get("CI"):
        return
    skip = pytest.mark.skip(reason=f"no Chromium at {CHROMIUM}: apt-get install chromium, or set CHROMIUM")
    for item in items:
        if here in item.path.parents and "page" in getattr(item, "fixturenames", ()):
            item.add_marker(skip)


class Console:
    """A running server: `url`, `data_dir`, `flows_dir`."""

    def __init__(self, data_dir: Path, flows_dir: Path, port: int, settings: dict[str, str]) -> None:
        self.url = ""
        self.data_dir = data_dir
        self.flows_dir = flows_dir
        self._said: list[str] = []
        self._is_ready = threading.Event()
        self.process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "app.cli", "serve", "--port", str(port)],
            cwd=Path(__file__).parents[2],
            env=os.environ | _settings(data_dir, flows_dir) | settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def wait_ready(self) -> None:
        """Return once it takes calls; what keeps it from that fails the test."""
        self._is_ready.wait()
        assert self.process.poll() is None, self.said
        assert self.url, self.said

    @property
    def said(self) -> str:
        """What it wrote so far."""
        return "".join(self._said)

    def stop(self) -> None:
        """End it as an operator would, and give it back everything."""
        self.process.terminate()
        self.process.wait()
        self._listener.join()
        assert self.process.stderr is not None
        self.process.stderr.close()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.stop()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._said.append(line)
            if found := _ADDRESS.search(line):
                self.url = found[1]
            if _READY.search(line):
                self._is_ready.set()
        self._is_ready.set()  # it ended: nobody need wait any longer


def _settings(data_dir: Path, flows_dir: Path) -> dict[str, str]:
    offline = dict.fromkeys(("DIALAI_STT", "DIALAI_LLM", "DIALAI_TTS"), "offline")
    places = {"DIALAI_DATA_DIR": str(data_dir), "DIALAI_FLOWS_DIR": str(flows_dir)}
    return {"DIALAI_DEV": "1", **offline, **places}


Serve = Callable[..., Console]


@pytest.fixture(scope="session")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Serve:
    """Start a server with the offline engines, and return once it is ready for calls; `stop` it.

    They share one folder of prompts, which goes by content: what one has spoken, no other makes again.
    """
    prompts = tmp_path_factory.mktemp("prompts")

    def start(data_dir: Path, *, flows_dir: Path = FLOWS, port: int = 0, **settings: str) -> Console:
        data_dir.mkdir(parents=True, exist_ok=True)
        if not (data_dir / "prompts").exists():
            (data_dir / "prompts").symlink_to(prompts)
        console = Console(data_dir, flows_dir, port, settings)
        console.wait_ready()
        return console

    return start


@pytest.fixture(scope="session")
def console(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """One server for the tests that only look: sixty made-up calls of csat, the flows that ship."""
    data_dir = tmp_path_factory.mktemp("console") / "data"
    with ThreadPoolExecutor(1) as aside:  # the browser's own loop has this thread
        aside.submit(seed, data_dir).result()
    server = serve(data_dir)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Any]:
    """What starts browsers. Its loop has this thread while it lives, so it ends with each module's tests."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Any) -> Iterator[Any]:
    """One Chromium for a module's tests, whose microphone plays silence unless a test starts its own."""
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def troubles() -> list[str]:
    """What the browser complained about; a test that expects a complaint empties it."""
    return []


@pytest.fixture
def page(browser: Any, troubles: list[str]) -> Iterator[Any]:
    """A page of its own context; any console error, failed script or blocked asset fails the test."""
    context = browser.new_context(locale="en-US", timezone_id="UTC", viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    watch(page, troubles)
    yield page
    context.close()
    assert not troubles, troubles


def watch(page: Any, troubles: list[str]) -> None:
    """Take down whatever goes wrong on this page."""
    page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
    page.on(
        "console",
        lambda said: said.type in {"error", "warning"} and troubles.append(f"{page.url}: {said.text}"),
    )


@pytest.fixture
def violations() -> Callable[[Any], list[str]]:
    """Return what axe-core finds wrong with a page at the levels A and AA, a line each."""
    axe = Axe()

    def look(page: Any) -> list[str]:
        rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
        found = axe.run(page, options=rules).response["violations"]
        return [
            f"{one['id']}: {one['help']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
            for one in found
            for node in one["nodes"]
        ]

    return look


LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 375, "height": 800}},
}
"""How every page is looked at."""


def examine(
    browser: Any,
    url: str,
    name: str,
    violations: Callable[[Any], list[str]],
    *,
    status: int = 200,
    prepare: Callable[[Any], None] | None = None,
) -> None:
    """Hold one page to what every page promises, in every look; take its picture when asked to.

    `prepare` is done to each page before it goes to the address.
    """
    for look, how in LOOKS.items():
        troubles: list[str] = []
        context = browser.new_context(locale="en-US", timezone_id="UTC", **how)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        watch(page, troubles)
        if prepare is not None:
            prepare(page)
        assert page.goto(url).status == status
        page.locator("main").wait_for()
        expected = f"{status}" if status >= 400 else None
        assert all(expected and expected in trouble for trouble in troubles), f"{name}, {look}: {troubles}"
        hold(page, f"{name}-{look}", violations)
        context.close()


def hold(page: Any, name: str, violations: Callable[[Any], list[str]]) -> None:
    """Hold a page as it stands to what every page promises; take its picture when asked to."""
    assert violations(page) == [], name
    wide = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide[0] <= wide[1], f"{name}: the page scrolls sideways ({wide[0]} px)"
    if os.environ.get("SCREENSHOTS"):
        SHOTS.mkdir(exist_ok=True)
        page.screenshot(path=SHOTS / f"{name}.png", full_page=True)


def hold_in_every_look(page: Any, name: str, violations: Callable[[Any], list[str]]) -> None:
    """Hold a page as it stands, that could not be come to again, in one look after the other."""
    for look, how in LOOKS.items():
        page.emulate_media(color_scheme=how["color_scheme"])
        page.set_viewport_size(how["viewport"])
        hold(page, f"{name}-{look}", violations)
    page.set_viewport_size(LOOKS["light"]["viewport"])

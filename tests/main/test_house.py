"""A server's own chores are done in threads that have a name and are measured."""

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

from app.adapters.flow_folder import FlowFolder
from app.adapters.store.writer import Writer
from app.main import house
from app.main.house import build_house
from app.main.telemetry import Telemetry
from app.session.ports import LogError
from app.session.recorder import AudioShelf
from app.settings import Settings

FLOWS = Path(__file__).parents[2] / "call_flows"


@pytest.fixture(autouse=True)
def _log() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    structlog.reset_defaults()


class _Nobody(ThreadPoolExecutor):
    """The threads without a name, of which there are none; `asked` is told who asks for them."""

    def __init__(self, asked: Callable[[], None]) -> None:
        super().__init__(1)
        self._asked = asked

    def submit(self, *_: object, **__: object) -> None:  # type: ignore[override]
        self._asked()
        raise AssertionError("work in unnamed threads")


def test_what_blocks_in_a_server_runs_in_threads_that_the_measures_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers: dict[str, str] = {}
    looked = asyncio.Event()

    def watch(owner: type, name: str) -> None:
        real = getattr(owner, name)

        def watched(self: object, *given: object) -> object:
            workers[f"{owner.__name__}.{name}"] = threading.current_thread().name.rstrip("0123456789_")
            loop.call_soon_threadsafe(looked.set)
            return real(self, *given)

        monkeypatch.setattr(owner, name, watched)

    monkeypatch.setattr(house, "LOOK_S", 0)
    settings = Settings(
        data_dir=tmp_path, flows_dir=FLOWS, dev=True, stt="timed", llm="timed", tts="timed"  # type: ignore[arg-type]
    )  # fmt: skip
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_Nobody(looked.set))

    async def work() -> dict[str, float]:
        built = build_house(settings, "http://127.0.0.1:8000")
        for owner, name in (
            (FlowFolder, "refresh"), (AudioShelf, "close"), (Telemetry, "close"), (Writer, "close")
        ):  # fmt: skip
            watch(owner, name)
        async with built.open():
            await looked.wait()
            return built.gauges()

    try:
        found = loop.run_until_complete(work())
    finally:
        loop.close()
    assert workers == {
        "FlowFolder.refresh": "chores",
        "AudioShelf.close": "chores",
        "Telemetry.close": "chores",
        "Writer.close": "call-log-loader",
    }
    assert found['pool_threads{pool="chores"}'] == 2
    assert 0 <= found['pool_busy_share{pool="chores"}'] <= 1


def test_a_server_whose_log_cannot_be_written_is_not_ready_until_it_can(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, flows_dir=FLOWS, dev=True, stt="timed", llm="timed", tts="timed"  # type: ignore[arg-type]
    )  # fmt: skip

    def refuse(_: sa.Connection) -> None:
        raise sa.exc.OperationalError("", {}, sqlite3.OperationalError("database or disk is full"))

    async def work() -> None:
        built = build_house(settings, "http://127.0.0.1:8000")
        async with built.open():
            built.is_warm = True
            assert built.unready() == ""
            engine = built.log._database.engine
            sa.event.listen(engine, "commit", refuse)
            with pytest.raises(LogError, match="disk is full"):
                await built.log.claim("CA1", 0)
            assert "call log cannot be written" in built.unready()
            sa.event.remove(engine, "commit", refuse)
            assert not await built.log.claim("CA1", 0)
            assert built.unready() == ""

    asyncio.run(work())


def test_a_setting_that_nobody_reads_is_told_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIALAI_STTT", "timed")
    settings = Settings(
        data_dir=tmp_path, flows_dir=FLOWS, dev=True, stt="timed", llm="timed", tts="timed"  # type: ignore[arg-type]
    )  # fmt: skip

    async def work() -> None:
        built = build_house(settings, "http://127.0.0.1:8000")
        async with built.open():
            told = "DIALAI_STTT in the environment is no setting; did you mean DIALAI_STT?"
            assert built.greeting("").count(told) == 1

    asyncio.run(work())

"""Exports that nobody reads: whom they keep waiting, and for how long."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from app.adapters.store.archive import CallArchive
from app.adapters.store.async_reader import AsyncCallReader
from app.adapters.store.database import Database
from app.adapters.store.reader import CallReader
from app.adapters.store.sealing import Vault
from app.adapters.store.selection import Filter
from app.domain.access import Person, Role
from app.web import call_exports, downloads
from app.web.streams import begun
from tests.adapters.store.helpers import url_of
from tests.web.test_access import Manor
from tests.web.test_access import within as within_manor
from tests.web.test_call_log import written

ENDLESS = "/api/calls/export?format=jsonl"
SHORT = "/api/calls/export?format=csv-long"


@pytest.fixture(autouse=True)
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    def write(_archive: CallArchive, _wanted: Filter, out: Any) -> None:
        while True:
            out.write("x" * 70_000)

    monkeypatch.setattr(call_exports, "_write_lines", write)


async def idle(room: AsyncExitStack, manor: Manor, key: str) -> None:
    """Ask for an export that has no end, see it begin, and read no more of it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", manor.house.port)
    room.callback(writer.close)
    writer.write(f"GET {ENDLESS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\r\n".encode())
    assert b"200" in await reader.readline()


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def within(folder: Path, scenario: Callable[[Manor], Awaitable[None]]) -> None:
    """Run a scenario on a log of three calls."""
    (folder / "log").mkdir()
    written(folder / "log")
    database = Database.read(url_of(folder / "log"))
    reader = CallReader(database, Vault(folder / "log" / "secret.key"), folder)
    with closing(AsyncCallReader(reader, CallArchive(database, reader))) as shelf:
        within_manor(folder, scenario, shelf=shelf)


def test_one_persons_idle_downloads_keep_nobody_else_waiting(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        anns, bobs = manor.key(name="Ann")[1], manor.key(name="Bob")[1]
        async with AsyncExitStack() as room:
            for _ in range(downloads.MOST_OF_ONE):
                await idle(room, manor, anns)
            refused = await manor.house.http.get(SHORT, headers=bearer(anns))
            assert (refused.status_code, "Ann has 2 exports" in refused.text) == (503, True)
            assert (await manor.house.http.get(SHORT, headers=bearer(bobs))).status_code == 200

    within(tmp_path, scenario)


def test_who_takes_nothing_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "PATIENCE_S", 0.05)

    async def scenario(manor: Manor) -> None:
        keys = [manor.key(name=name)[1] for name in ("Ann", "Bob", "Cid")]
        async with AsyncExitStack() as room:
            for key in (*keys[:2], *keys[:2]):  # more than there are threads
                await idle(room, manor, key)
            answer = await manor.house.http.get(SHORT, headers=bearer(keys[2]))
            assert answer.status_code == 200
            # Nothing of them counts any more.
            assert (await manor.house.http.get(SHORT, headers=bearer(keys[0]))).status_code == 200

    within(tmp_path, scenario)


def test_a_file_that_was_given_up_is_no_whole_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "PATIENCE_S", 0.01)
    closed, told = asyncio.Event(), list[Any]()

    async def pieces() -> Any:
        try:
            while True:
                yield b"x"
        finally:
            closed.set()

    async def send(message: Any) -> None:
        told.append(message)
        if len(told) > 2:
            await asyncio.Event().wait()

    async def main() -> None:
        answer = downloads.PatientResponse(await begun(pieces()), media_type="text/plain", headers={})
        await answer.stream_response(send)

    asyncio.run(main())
    assert closed.is_set()
    assert all(message.get("more_body", True) for message in told)


def test_a_download_that_nobody_began_to_read_gives_its_place_back() -> None:
    async def main() -> None:
        ann, kept, closed = Person("Ann", Role.VIEWER), downloads.Downloads(), []

        async def pieces() -> AsyncGenerator[bytes]:
            try:
                while True:
                    yield b"x"
            finally:
                closed.append(True)

        for _ in range(2 * downloads.MOST_OF_ONE):
            unread = await kept.begun(ann, pieces())
            await unread.aclose()
        assert len(closed) == 2 * downloads.MOST_OF_ONE

    asyncio.run(main())

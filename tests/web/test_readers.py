"""Who looks on: how many, how long, and who is never kept out."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from app.domain.access import Role
from app.web import live as live_module
from app.web import readers as readers_module
from app.web.access import COOKIE
from app.web.console.sign_in import SESSION
from app.web.live import HEARTBEAT_MS, LiveCalls
from app.web.passes import new_sid
from app.web.readers import MOST_OF_ONE, MOST_OF_OWN, Reader, TooManyReaders, Visit
from tests.fakes.loop import VirtualClock, run_virtual
from tests.session.test_desk import Desk
from tests.web.house import KEY, FakeClock, FakeDesk
from tests.web.test_access import Manor
from tests.web.test_access import within as within_manor

Stream: TypeAlias = AsyncGenerator[bytes]


class Watched(FakeDesk):
    """A desk without a call, looked at."""

    def live(self) -> tuple[()]:
        return ()

    def watch(self, watcher: Any) -> Any:
        return lambda: None


class Welcome:
    """An answer that may change."""

    def __init__(self) -> None:
        self.is_so = True

    async def __call__(self) -> bool:
        return self.is_so


def visitor(who: str = "Ann", session: str = "") -> Visit:
    return Visit(f"key {who}", session, Welcome(), who)


async def opened(room: AsyncExitStack, *streams: Stream | None) -> list[Stream]:
    """Begin these streams, which counts them; they are left with the room."""
    found = [stream for stream in streams if stream is not None]
    for stream in found:
        room.push_async_callback(stream.aclose)
        assert b"snapshot" in await anext(stream)
    return found


async def is_over(stream: Stream) -> bool:
    return await anext(stream, None) is None


@pytest.mark.parametrize("what", ["all", "one"])
def test_a_stream_ends_when_who_looks_on_may_no_more(what: str) -> None:
    async def main(clock: VirtualClock) -> None:
        async with AsyncExitStack() as room:
            desk = Desk(clock)
            live = LiveCalls(desk.desk, clock)
            ready = await desk.admit()
            visit = visitor()
            chosen = live.all_calls(visit) if what == "all" else live.one_call(ready.call_id, visit)
            (stream,) = await opened(room, chosen)
            began = clock.now()
            assert await anext(stream) == b":\n\n", "a heartbeat, as long as they may"
            visit.is_welcome.is_so = False  # type: ignore[attr-defined]
            assert await is_over(stream)
            assert clock.now() - began <= 2 * HEARTBEAT_MS + 1_000

    run_virtual(main)


def test_news_do_not_put_off_the_end_of_a_stream() -> None:
    async def main(clock: VirtualClock) -> None:
        async with AsyncExitStack() as room:
            live = LiveCalls(Desk(clock).desk, clock)
            visit = visitor()
            (stream,) = await opened(room, live.all_calls(visit))
            began = clock.now()
            visit.is_welcome.is_so = False  # type: ignore[attr-defined]
            await clock.wait(9_000)
            live._readers.at(None)[0].tell(b"news")
            assert await anext(stream) == b"news"
            assert await is_over(stream)
            assert clock.now() - began <= HEARTBEAT_MS

    run_virtual(main)


def test_one_person_does_not_take_the_view_from_the_others() -> None:
    async def main(clock: VirtualClock) -> None:
        async with AsyncExitStack() as room:
            live = LiveCalls(Desk(clock).desk, clock)
            held = await opened(room, *[live.all_calls(visitor("Ann")) for _ in range(MOST_OF_ONE)])
            with pytest.raises(TooManyReaders, match=f"^Ann follows {MOST_OF_ONE} streams already"):
                live.all_calls(visitor("Ann"))
            await opened(room, live.all_calls(visitor("Bob")))
            await held[0].aclose()
            await opened(room, live.all_calls(visitor("Ann")))

    run_virtual(main)


def test_what_is_said_in_ones_own_call_is_shown_however_many_look_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers_module, "MOST_READERS", 1)

    async def main(clock: VirtualClock) -> None:
        async with AsyncExitStack() as room:
            desk = Desk(clock)
            live = LiveCalls(desk.desk, clock)
            ready = await desk.admit(new_sid("key Ann"))
            held = await opened(room, live.all_calls(visitor("Bob")))
            with pytest.raises(TooManyReaders, match="too many look on already"):
                live.one_call(ready.call_id, visitor("Cid"))
            for _ in range(MOST_OF_OWN):
                held += await opened(room, live.one_call(ready.call_id, visitor("Ann")))
            with pytest.raises(TooManyReaders):
                live.one_call(ready.call_id, visitor("Ann"))

    run_virtual(main)


def test_who_signs_out_looks_on_no_more_from_that_moment() -> None:
    async def main(clock: VirtualClock) -> None:
        async with AsyncExitStack() as room:
            live = LiveCalls(Desk(clock).desk, clock)
            hers, his, keyed = await opened(
                room, *(live.all_calls(visitor(session=session)) for session in ("hers", "his", ""))
            )
            live.sign_out("hers")
            live.sign_out("")
            began = clock.now()
            assert await is_over(hers)
            assert clock.now() == began
            assert not await is_over(his)
            assert not await is_over(keyed)

    run_virtual(main)


def test_what_was_queued_is_not_told_to_who_may_see_no_more() -> None:
    async def main(clock: VirtualClock) -> None:
        reader = Reader(visitor(), 0)
        reader.tell(b"a caller's words")
        reader.end()
        assert await reader.take(1_000) is None

    run_virtual(main)


def looked_at() -> dict[str, Any]:
    desk = Watched()
    return {"desk": desk, "live": LiveCalls(desk, FakeClock())}


def test_signing_out_ends_the_streams_of_this_session_and_of_no_other(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        http, bearer = manor.house.http, {"Authorization": f"Bearer {KEY}"}
        await manor.sign_in(manor.key()[1])
        cookie = {"Cookie": f"{COOKIE}={http.cookies[COOKIE]}"}
        csrf = await manor.csrf()
        async with (
            http.stream("GET", "/api/live", headers=cookie) as mine,
            http.stream("GET", "/api/live", headers=bearer) as other,
        ):
            pieces = mine.aiter_text()
            assert "snapshot" in await anext(pieces)
            theirs = other.aiter_text()
            assert "snapshot" in await anext(theirs)
            await http.post("/signout", data={"csrf": csrf}, headers={"Origin": manor.origin})
            assert [piece async for piece in pieces] == []
            assert len(list(manor.house.doors.live._readers)) == 1  # type: ignore[union-attr]

    within_manor(tmp_path, scenario, **looked_at())


@pytest.mark.parametrize("how", ["by key", "by cookie", "its time is over"])
def test_a_key_that_is_revoked_ends_the_streams_it_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(live_module, "HEARTBEAT_MS", 10)
    monkeypatch.setattr(live_module, "ASK_AGAIN_MS", 0)

    async def scenario(manor: Manor) -> None:
        number, key = manor.key()
        headers = {"Authorization": f"Bearer {key}"}
        if how != "by key":
            await manor.sign_in(key)
            headers = {}
        async with manor.house.http.stream("GET", "/api/live", headers=headers) as answer:
            pieces = answer.aiter_text()
            assert "snapshot" in await anext(pieces)
            assert await anext(pieces) == ":\n\n", "it goes on while the key is good"
            if how == "its time is over":
                manor.wall.now += SESSION
            else:
                manor.book.revoke(number, manor.wall.now)
            async for piece in pieces:
                assert set(piece) <= {":", "\n"}
        assert not list(manor.house.doors.live._readers)  # type: ignore[union-attr]

    within_manor(tmp_path, scenario, **looked_at())


def test_those_who_come_at_the_same_moment_are_all_counted(tmp_path: Path) -> None:
    async def scenario(manor: Manor) -> None:
        headers = {"Authorization": f"Bearer {manor.key(Role.VIEWER)[1]}"}
        enough = asyncio.Event()
        answers: list[int] = []

        async def look() -> None:
            async with manor.house.http.stream("GET", "/api/live", headers=headers) as answer:
                answers.append(answer.status_code)
                if len(answers) == 2 * MOST_OF_ONE:
                    enough.set()
                await enough.wait()

        await asyncio.gather(*(look() for _ in range(2 * MOST_OF_ONE)))
        assert (answers.count(200), answers.count(503)) == (MOST_OF_ONE, MOST_OF_ONE)

    within_manor(tmp_path, scenario, **looked_at())

import asyncio
import gc
from weakref import ref

import pytest

from app.domain.call import Disposition
from app.domain.speech import Hints
from app.engine.actions import HangUp, Listen, Play
from app.engine.events import DigitPressed, LegAnswered
from app.session.weakly import weakly
from tests.fakes.loop import run_virtual
from tests.session.rig import Rig, prompt

A_CALL = {
    LegAnswered: lambda *_: [Play(1, prompt("Hello.")), Listen(1, Hints("en-US"))],
    DigitPressed: lambda *_: [HangUp(Disposition.COMPLETED)],
}


@pytest.fixture
def without_collector():
    gc.disable()
    yield
    gc.enable()


class Room:
    def __init__(self) -> None:
        self.heard: list[str] = []

    def take(self, word: str) -> None:
        self.heard.append(word)


def test_who_is_there_is_told():
    room = Room()
    weakly(room.take)("a word")
    assert room.heard == ["a word"]


@pytest.mark.usefixtures("without_collector")
def test_who_is_gone_is_told_nothing_and_held_by_nobody():
    room = Room()
    tell, there = weakly(room.take), ref(room)
    del room
    assert there() is None
    tell("a word")


@pytest.mark.usefixtures("without_collector")
def test_an_ended_call_does_not_wait_for_the_garbage_collector():
    async def whole(clock):
        rig = Rig(clock, A_CALL)
        task = asyncio.ensure_future(rig.session.run())
        await rig.line(400)
        rig.session.digit("1")
        assert await task is Disposition.COMPLETED
        there = ref(rig.session)
        rig.carrier.on_mark = None  # the fake's own hold
        del rig, task
        await clock.wait(10_000)
        return there

    assert run_virtual(whole)() is None

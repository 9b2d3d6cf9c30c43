"""The server is told to leave in the middle of calls: once, and twice; politely, and by Ctrl-C."""

import asyncio
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.simulator.script import Script
from app.simulator.wire import SERVER_CLOSED, TWIML_FETCH_FAILED
from tests.e2e.flow import KEYS, VALUES
from tests.e2e.people import Person
from tests.e2e.town import TIMED, Told, told, town

EVERYTHING = VALUES | {"pin": "[sensitive]"}
CALLS = 2
GONE = frozenset({TWIML_FETCH_FAILED})
"""The carrier's last word on a call may come when the server has left already."""


@dataclass(frozen=True, slots=True)
class Left:
    """How the server left, what became of its calls, and what it wrote."""

    code: int
    calls: list[Told]
    output: str


class AtQuestion:
    """Says when all callers have come to a question; they answer it in their own time."""

    def __init__(self, name: str) -> None:
        self.reached = asyncio.Event()
        self._name = name
        self._missing = CALLS

    async def _note(self, _: Person, __: str) -> bool:
        self._missing -= 1
        if not self._missing:
            self.reached.set()
        await self.reached.wait()
        return True

    def person(self, *given: Any) -> Person:
        return Person(*given, deeds={self._name: self._note})


async def leave(folder: Path, name: str, *signals: signal.Signals) -> Left:
    """Hold calls, send the signals at this question, start again; return what came of it."""
    async with town(folder, TIMED) as (server, network):
        at = AtQuestion(name)
        calls = [network.call_in(Script(()), flow="short", person=at.person) for _ in range(CALLS)]
        held = asyncio.gather(*calls)
        await at.reached.wait()
        for number in signals[:-1]:
            server.tell(number)
            await server.said("in progress may end")
        server.tell(signals[-1])
        code = await server.exit_code()
        await server.start()
        return Left(code, await told(server, await held), server.output)


@pytest.fixture(scope="module")
def leavings(tmp_path_factory) -> dict[str, Left]:
    async def run() -> dict[str, Left]:
        folder = tmp_path_factory.mktemp("leaving")
        ways = {
            "told": leave(folder / "told", "pin", signal.SIGTERM),
            "told_twice": leave(folder / "told_twice", "orders", signal.SIGTERM, signal.SIGTERM),
            "ctrl_c_twice": leave(folder / "ctrl_c", "orders", signal.SIGINT, signal.SIGINT),
        }
        return dict(zip(ways, await asyncio.gather(*ways.values()), strict=True))

    return asyncio.run(run())


@pytest.mark.parametrize("name", ["told", "told_twice", "ctrl_c_twice"])
def test_a_server_leaves_without_a_traceback(leavings, name):
    assert leavings[name].code == 0
    assert "Traceback" not in leavings[name].output


def test_a_server_that_is_told_to_leave_lets_its_calls_come_to_their_own_end(leavings):
    for call in leavings["told"].calls:
        call.assert_sound(codes=GONE)
        assert call.record["disposition"] == "completed"
        assert call.values == EVERYTHING
        assert call.report.streams == 1


def test_a_server_that_must_leave_now_hands_its_calls_over(leavings):
    for call in leavings["told_twice"].calls:
        call.assert_sound(codes=frozenset({SERVER_CLOSED}))  # Twilio notes even a planned close
        assert call.record["disposition"] == "completed"
        assert call.values == EVERYTHING
        assert call.report.streams == 2


def test_a_second_ctrl_c_ends_the_calls_with_one_disposition_each(leavings):
    for call in leavings["ctrl_c_twice"].calls:
        call.assert_sound(codes=GONE)
        assert call.record["disposition"] == "interrupted"
        assert list(call.values)[:3] == list(KEYS)[:3]
        assert call.values == {name: EVERYTHING[name] for name in call.values}
        assert call.report.end == "server_hung_up"

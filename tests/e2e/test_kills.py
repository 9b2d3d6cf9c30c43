"""The server dies under its calls and is started again: they go on, and no acknowledged answer is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

from app.simulator.network import TelephoneNetwork
from app.simulator.phone import CallOverError, Phone
from app.simulator.report import CallReport
from app.simulator.script import Script
from app.simulator.wire import BROKEN_PIPE
from tests.e2e.flow import KEYS, VALUES
from tests.e2e.people import Barrier, Person
from tests.e2e.town import TIMED, Told, told, town

QUESTION = "orders"
EVERYTHING = VALUES | {"pin": "[sensitive]"}
KILLED = frozenset({BROKEN_PIPE})

Deed = Callable[[Barrier, Person, str], Awaitable[bool]]


async def silent(ready: Barrier, person: Person, _: str) -> bool:
    """Think about the question while the server dies."""
    await ready.wait()
    await person.reconnected()
    return False


async def listening(ready: Barrier, person: Person, name: str) -> bool:
    """Answer, and hear the next question while the server dies."""
    await ready.wait()
    await person.press(KEYS[name])
    await person.reconnected()
    return False


async def keying(ready: Barrier, person: Person, name: str) -> bool:
    """Have pressed one key of two while the server dies."""
    await ready.wait()
    await person.silent(500)
    await person.press(KEYS[name][0])
    await person.reconnected()
    return False


async def answering(ready: Barrier, person: Person, name: str) -> bool:
    """Press the last key, and hear the first sound of what it led to as the server dies."""
    await ready.wait()
    await person.silent(500)
    await person.press(KEYS[name], 40)
    await person.answered()
    person.finished.set()
    await person.reconnected()
    return False


DEEDS: dict[str, Deed] = {
    "silent": silent,
    "listening": listening,
    "keying": keying,
    "answering": answering,
}


@pytest.fixture(scope="module")
def night(tmp_path_factory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("kills")
    people: dict[str, Person] = {}
    ready = Barrier(len(DEEDS))

    def make(name: str, *given: Any) -> Person:
        deed = partial(DEEDS[name], ready)
        people[name] = Person(*given, deeds={QUESTION: deed})
        return people[name]

    async def hold(network: TelephoneNetwork, name: str) -> CallReport:
        return await network.call_in(Script((), name=name), flow="short", person=partial(make, name))

    async def run() -> dict[str, Any]:
        async with town(folder, TIMED) as (server, network):
            held = [asyncio.create_task(hold(network, name)) for name in DEEDS]
            await ready.complete.wait()
            await people["answering"].finished.wait()
            await server.kill()
            await server.start()
            found = dict(zip(DEEDS, await told(server, await asyncio.gather(*held)), strict=True))
        return {name: (found[name], people[name]) for name in DEEDS}

    return asyncio.run(run())


@pytest.mark.parametrize("name", DEEDS)
def test_a_call_survives_the_death_of_its_server(night, name):
    told_, person = night[name]
    assert told_.codes == {BROKEN_PIPE}
    told_.assert_sound(codes=KILLED, silence_ms=None)
    assert told_.report.streams == 2
    assert told_.record["disposition"] == "completed"
    assert told_.values == EVERYTHING, person.asked
    assert told_.audio is not None


@pytest.mark.parametrize("name", ["silent", "keying"])
def test_the_open_question_alone_is_asked_again(night, name):
    assert night[name][1].asked == [*list(KEYS)[:4], QUESTION, "pin", "again"]


@pytest.mark.parametrize("name", ["listening", "answering"])
def test_an_acknowledged_answer_is_not_asked_for_again(night, name):
    assert night[name][1].asked == list(KEYS)


# The same at any moment, and again and again.

PEOPLE, TOWNS, KILLS = 5, 4, (3, 2)
"""Four towns beside each other, in each as many batches of calls as there are numbers, with that many
kills: 20. A call is resumed three times at most. One that is not connected cannot be resumed: when its
webhook finds nobody within its attempts, Twilio asks the number's fallback URL or ends it (11200); so a
kill waits until all are connected."""


class Slot:
    """One caller of a batch: what they will key, and how long after the one before they dial."""

    def __init__(self, seed: int) -> None:
        chance = Random(seed)  # noqa: S311 - a schedule, not a secret
        self.frames_later = chance.randrange(30)
        self.keys = KEYS | {"score": str(chance.randint(1, 5)), "orders": str(chance.randint(10, 99))}
        self.person: Person | None = None
        self._dialled = asyncio.Event()

    def make(self, *given: Any) -> Person:
        self.person = Person(*given, keys=self.keys)
        self._dialled.set()
        return self.person

    async def phone(self) -> Phone:
        """Return the caller's phone, as soon as they hold it."""
        await self._dialled.wait()
        assert self.person is not None
        return self.person.phone

    async def hold(self, network: TelephoneNetwork, before: "Slot | None") -> CallReport:
        if before is not None:
            await pass_frames(await before.phone(), self.frames_later)
        return await network.call_in(Script(()), flow="short", person=self.make)


async def pass_frames(phone: Phone, frames: int) -> int:
    """Let so many frames of 20 ms pass on this line, or its call end; return how many were left then."""
    with suppress(CallOverError):
        while frames:
            await phone.next_frame()
            frames -= 1
    return frames


async def _all_connected(slots: list[Slot]) -> None:
    phones = [await slot.phone() for slot in slots]
    while waiting := [phone for phone in phones if not (phone.is_over or phone.stream)]:
        await pass_frames(waiting[0], 1)


async def _some_moment_later(slots: list[Slot], frames: int) -> None:
    """Let so many frames pass, as long as there is a call at all."""
    for slot in slots:
        frames = await pass_frames(await slot.phone(), frames)


async def _live(folder: Path, number: int) -> tuple[list[tuple[Told, Person]], int]:
    found: list[tuple[Told, Person]] = []
    killed = 0
    chance = Random(number)  # noqa: S311 - a schedule, not a secret
    async with town(folder / str(number), TIMED) as (server, network):
        for batch, kills in enumerate(KILLS):
            slots = [Slot(1_000 * number + 10 * batch + each) for each in range(PEOPLE)]
            earlier = [None, *slots[:-1]]
            calls = [slot.hold(network, before) for slot, before in zip(slots, earlier, strict=True)]
            held = asyncio.gather(*calls)
            for _ in range(kills):
                await _all_connected(slots)
                await _some_moment_later(slots, chance.randrange(10, 135))
                await server.kill()
                killed += 1
                await server.start()
            for slot, told_ in zip(slots, await told(server, await held), strict=True):
                assert slot.person is not None
                found.append((told_, slot.person))
    return found, killed


@pytest.mark.slow
def test_no_acknowledged_answer_is_lost_or_doubled_however_often_the_server_is_killed(
    tmp_path, record_testsuite_property
):
    """How long a call was silent (reliability.md, R4) is told by `--junitxml`; it depends on the machine."""

    async def run() -> list[tuple[list[tuple[Told, Person]], int]]:
        return await asyncio.gather(*(_live(tmp_path, number) for number in range(TOWNS)))

    towns = asyncio.run(run())
    assert sum(kills for _, kills in towns) == TOWNS * sum(KILLS)
    assert sum(t.report.streams - 1 for found, _ in towns for t, _ in found) >= 60, "calls that were resumed"
    order = list(KEYS)
    for told_, person in [one for found, _ in towns for one in found]:
        told_.assert_sound(codes=KILLED, silence_ms=None)
        assert told_.record["disposition"] == "completed"
        keyed = {"score": int(person.keys["score"]), "orders": int(person.keys["orders"])}
        assert told_.values == EVERYTHING | keyed, person.asked
        places = [order.index(name) for name in person.asked if name in order]
        assert places == sorted(places), person.asked  # nothing acknowledged is asked for again
        assert len(places) - len(order) <= told_.report.streams - 1, person.asked
    silent = sorted(told_.report.longest_silence_ms for found, _ in towns for told_, _ in found)
    record_testsuite_property("longest_silence_ms_p50", silent[len(silent) // 2])
    record_testsuite_property("longest_silence_ms_most", silent[-1])

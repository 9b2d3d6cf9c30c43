"""One seed is one schedule: callers, crashes, losses and webhooks are drawn; the session is the real one."""

import asyncio
import random

import pytest
from app.domain.call import Direction
from app.engine.actions import AnswerGiven, Record
from app.engine.events import Recorded
from app.session.admission import Ready
from app.session.desk import CallDesk
from app.session.ports import LogError
from tests.fakes.carrier import FakeCarrier
from tests.fakes.engines import FakeDetector, FakePrompts, FakeTranscriber
from tests.fakes.flows import FakeDialer, FakeShelf
from tests.fakes.log import FakeLog
from tests.fakes.loop import run_virtual

SCHEDULES = 150
SHELF = FakeShelf()


class DyingLog(FakeLog):
    """Holds what was committed apart from what was only appended: a crash loses the rest."""

    def __init__(self, clock, chance) -> None:
        super().__init__(clock)
        self.chance = chance
        self.durable = 0

    async def commit(self, call) -> None:
        count = len(self.calls[call]["lines"])
        await self.clock.wait(self.chance.choice((0, 5, 40, 400)))
        if self.chance.random() < 0.02:
            raise LogError("the disk is slow")
        await super().commit(call)
        self.durable = max(self.durable, count)

    def crash(self, call) -> None:
        del self.calls[call]["lines"][self.durable :]


class World:
    """One caller, one carrier, and process after process."""

    def __init__(self, clock, chance) -> None:
        self.clock = clock
        self.chance = chance
        self.log = DyingLog(clock, chance)
        self.acknowledged: dict[int, str] = {}
        self.promised: dict[int, str] = {}
        self.start_process()

    def start_process(self) -> None:
        self.desk = CallDesk(
            SHELF, self.log, FakeTranscriber(), FakePrompts(self.clock), self.clock,
            detector=FakeDetector, dialer=FakeDialer(),
        )  # fmt: skip
        self.desk.watch(self.see)

    def see(self, _call, _at, fact, orders) -> None:
        for order in orders:
            if isinstance(order, Record) and isinstance(order.entry, AnswerGiven):
                self.promised[order.record] = order.entry.answer.slot
        if isinstance(fact, Recorded) and fact.record in self.promised:
            self.acknowledged[fact.record] = self.promised[fact.record]

    @property
    def row(self):
        return next(iter(self.log.calls.values()))

    async def admitted(self):
        return await self.desk.admit(
            carrier_sid="CA1", flow_name="two", direction=Direction.INBOUND,
            from_number="+1", to_number="+2", variables={},
        )  # fmt: skip

    async def live_through(self) -> None:
        reply = await self.admitted()
        for _ in range(6):
            if not isinstance(reply, Ready):
                break
            left_by_caller = await self.one_leg(reply)
            if left_by_caller:
                break
            await self.clock.wait(self.chance.choice((0, 300, 5_000)))
            reply = await self.resumed()
        if self.chance.random() < 0.7:
            await self.desk.status("CA1", "completed", 9)
        for _ in range(40):
            await self.clock.wait(5_000)
            await self.desk.sweep()

    async def resumed(self):
        epoch = self.row["epoch"]
        asked = [self.desk.resume("CA1", epoch) for _ in range(self.chance.choice((1, 1, 2)))]
        replies = await asyncio.gather(*asked)
        assert all(reply == replies[0] or not isinstance(replies[0], Ready) for reply in replies)
        return replies[0]

    async def one_leg(self, ready) -> bool:
        """Live one stream; True when the caller has gone for good."""
        carrier = FakeCarrier(self.clock, latency_ms=self.chance.choice((0, 60, 250)))
        session = await self.desk.connect(ready.token, "CA1", carrier)
        if session is None:
            return False
        assert await self.desk.connect(ready.token, "CA1", carrier) is None
        carrier.on_mark = session.mark
        task = asyncio.ensure_future(session.run())
        for _ in range(self.chance.randrange(1, 14)):
            await self.clock.wait(self.chance.choice((0, 20, 400, 1_500, 6_000)))
            if task.done():
                return True
            session.digit(self.chance.choice("121212345*#"))
        return await self.end_leg(session, task)

    async def end_leg(self, session, task) -> bool:
        match self.chance.choice(("wait", "hangup", "lose", "lose", "kill", "kill", "vanish")):
            case "wait":
                await self.clock.wait(120_000)
                session.stopped()
            case "hangup":
                session.stopped()
            case "lose":
                session.lost()
            case "vanish":  # the socket is half open: the carrier asks for the call's next step already
                await self.resumed()
            case "kill":
                session.abandon()
                self.log.crash(self.row["info"].id)
                self.start_process()
        return await task is not None


@pytest.mark.parametrize("block", range(10))
def test_no_acknowledged_answer_is_lost_or_doubled_and_every_call_ends_once(block):
    for seed in range(block * SCHEDULES // 10, (block + 1) * SCHEDULES // 10):
        chance = random.Random(seed)  # noqa: S311 - a schedule, no secret
        run_virtual(lambda clock, chance=chance: lived(clock, chance))


async def lived(clock, chance) -> None:
    world = World(clock, chance)
    await world.live_through()
    row = world.row
    given = [
        order.entry.answer.slot
        for _, _, orders, *_ in row["lines"]
        for order in orders
        if isinstance(order, Record) and isinstance(order.entry, AnswerGiven)
    ]
    assert len(given) == len(set(given)), f"doubled: {given}"
    assert set(world.acknowledged.values()) <= set(given), "an acknowledged answer is lost"
    assert row["disposition"] is not None
    assert row["ends"] == 1
    assert world.desk.live() == ()
    assert not list(world.desk._lines.sessions())

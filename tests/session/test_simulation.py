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
    """One process's door to the disk, which knows what is durable: a crash loses the rest."""

    def __init__(self, clock, chance, before=None) -> None:
        super().__init__(clock)
        self.chance = chance
        if before is not None:
            self.calls, self.by_sid = before.calls, before.by_sid

    async def load(self, carrier_sid):
        if carrier_sid in self.by_sid:
            # Reading flushes what is queued, as in the real log.
            row = self.calls[self.by_sid[carrier_sid]]
            row["durable"] = len(row["lines"])
        return await super().load(carrier_sid)

    async def commit(self, call) -> None:
        row = self.calls[call]
        count = len(row["lines"])
        self.commit_ms = self.chance.choice((0, 5, 40, 400))
        if self.chance.random() < 0.02:
            raise LogError("the disk is slow")
        await super().commit(call)
        row["durable"] = max(row.get("durable", 0), count)

    def crash(self, call) -> None:
        row = self.calls[call]
        del row["lines"][row.get("durable", 0) :]


class World:
    """One caller, one carrier, and process after process."""

    def __init__(self, clock, chance) -> None:
        self.clock = clock
        self.chance = chance
        self.log: DyingLog | None = None
        self.acknowledged: dict[int, str] = {}
        self.promised: dict[int, str] = {}
        self.zombies: list = []
        self.start_process()

    def start_process(self) -> None:
        self.log = DyingLog(self.clock, self.chance, self.log)
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
            assert await self.desk.connect(reply.token, "CA1", FakeCarrier(self.clock)) is None
            if left_by_caller:
                break
            await self.clock.wait(self.chance.choice((0, 300, 5_000)))
            reply = await self.resumed()
        await self.thaw()
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
        if self.chance.random() < 0.5:
            await self.thaw()
        for _ in range(self.chance.randrange(1, 5)):
            await self.clock.wait(self.chance.choice((0, 20, 400, 1_500, 2_500, 6_000)))
            if task.done():
                assert await self.desk.connect(ready.token, "CA1", carrier) is None
                return True
            session.digit(self.chance.choice("1212121212345*#"))
        await self.clock.wait(self.chance.choice((0, 0, 3, 30, 300)))
        return await self.end_leg(session, task)

    async def end_leg(self, session, task) -> bool:
        match self.chance.choice(("wait", "hangup", "lose", "kill", "kill", "kill", "vanish", "freeze")):
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
                self.check_acknowledged()
                self.start_process()
            case "freeze":
                self.zombies.append((session, task))
                self.start_process()
                return False
        return await task is not None

    async def thaw(self) -> None:
        """Let the frozen processes find out that they are dead."""
        for session, task in self.zombies:
            if task.done():  # its call had ended before anybody took it over
                continue
            session.digit(self.chance.choice("12"))
            await self.clock.wait(self.chance.choice((0, 20, 1_500)))
            session.digit(self.chance.choice("12"))
            session.lost()
            assert await task is None or self.row["epoch"] == session.ledger.epoch
        self.zombies.clear()

    def given(self) -> list[str]:
        return [
            order.entry.answer.slot
            for _, _, orders, *_ in self.row["lines"]
            for order in orders
            if isinstance(order, Record) and isinstance(order.entry, AnswerGiven)
        ]

    def check_acknowledged(self) -> None:
        lost = set(self.acknowledged.values()) - set(self.given())
        assert not lost, f"acknowledged, and lost: {lost}"


@pytest.mark.parametrize("block", range(10))
def test_no_acknowledged_answer_is_lost_or_doubled_and_every_call_ends_once(block):
    for seed in range(block * SCHEDULES // 10, (block + 1) * SCHEDULES // 10):
        chance = random.Random(seed)  # noqa: S311 - a schedule, no secret
        run_virtual(lambda clock, chance=chance: lived(clock, chance))


async def lived(clock, chance) -> None:
    world = World(clock, chance)
    await world.live_through()
    row = world.row
    given = world.given()
    assert len(given) == len(set(given)), f"doubled: {given}"
    world.check_acknowledged()
    assert row["disposition"] is not None
    assert row["ends"] == 1
    assert world.desk.live() == ()
    assert not list(world.desk._lines.sessions())

"""A caller who is handed over, from the order to the outcome, whatever becomes of the process meanwhile."""

import asyncio

import pytest

from app.domain.call import Direction, Disposition
from app.engine.actions import CallEnded, Record
from app.engine.states import HandedOver
from app.session.admission import Elsewhere, Finished, Ready
from app.session.desk import CallDesk
from tests.fakes.carrier import FakeCarrier
from tests.fakes.engines import FakeDetector, FakePrompts, FakeTranscriber
from tests.fakes.flows import FakeDialer, FakeShelf
from tests.fakes.log import FakeLog
from tests.fakes.loop import run_virtual

PUT_THROUGH = """
flow: desk
version: 1
title: Puts everybody through
max_duration: 2m
universals: {operator: off}
steps:
  - {label: first, transfer: "+15550100", prompt: "One moment.", on_fail: sorry}
  - {label: sorry, end: callback, prompt: "Nobody is there."}
"""
TWICE = PUT_THROUGH.replace(
    "  - {label: sorry", '  - {label: again, transfer: "+15550101", on_fail: sorry}\n  - {label: sorry'
).replace('"One moment.", on_fail: sorry', '"One moment.", on_fail: again')
TAKEN = {"taken": True, "has_left": False}
NOT_TAKEN = {"taken": False, "has_left": False}


class Office:
    """One call at a desk that may die; the log stays."""

    def __init__(self, clock, source=PUT_THROUGH) -> None:
        self.clock = clock
        self.log = FakeLog(clock)
        self.source = source
        self.start()

    def start(self) -> None:
        self.desk = CallDesk(
            FakeShelf(self.source), self.log, FakeTranscriber(), FakePrompts(self.clock), self.clock,
            detector=FakeDetector, dialer=FakeDialer(), default_flow="desk", max_calls=1,
        )  # fmt: skip

    async def admitted(self, sid="CA1"):
        return await self.desk.admit(
            carrier_sid=sid, flow_name="", direction=Direction.INBOUND,
            from_number="+1", to_number="+2", variables={},
        )  # fmt: skip

    async def stream(self, ready, **carrier):
        self.carrier = FakeCarrier(self.clock, **carrier)
        self.session = await self.desk.connect(ready.token, "CA1", self.carrier)
        self.carrier.on_mark = self.session.mark
        self.leg = asyncio.ensure_future(self.session.run())

    async def ordered(self, **carrier) -> None:
        """Have the caller told that they are put through, and the carrier asked."""
        await self.stream(await self.admitted(), **carrier)
        while not any("transfer" in what for _, what in self.carrier.log):
            await self.clock.wait(100)

    async def away(self) -> None:
        """Have the carrier replace the stream by the dialled number."""
        await self.ordered()
        self.session.stopped()
        assert await self.leg is None
        assert self.carrier.is_closed
        assert not self.carrier.is_hung_up

    def outcome(self, epoch=0, **outcome):
        return self.desk.transfer_ended("CA1", epoch, **outcome)

    @property
    def row(self):
        return self.log.calls[self.log.by_sid["CA1"]]

    def assert_ended_once(self, disposition) -> None:
        ends = [
            order
            for _, _, orders, *_ in self.row["lines"]
            for order in orders
            if isinstance(order, Record) and isinstance(order.entry, CallEnded)
        ]
        assert (self.row["disposition"], self.row["ends"], len(ends)) == (disposition, 1, 1)
        assert self.desk.live() == ()


def hold(scenario, source=PUT_THROUGH) -> None:
    async def main(clock):
        await scenario(Office(clock, source))

    run_virtual(main)


def test_a_call_whose_caller_was_handed_over_lives_until_its_outcome():
    async def scenario(office):
        await office.away()
        for _ in range(12):
            await office.clock.wait(300_000)
            await office.desk.sweep()
        assert len(office.desk.live()) == 1
        assert await office.outcome(**TAKEN) == Finished()
        office.assert_ended_once(Disposition.TRANSFERRED)
        assert await office.outcome(**TAKEN) == Finished()
        await office.desk.status("CA1", "completed", 3)
        office.assert_ended_once(Disposition.TRANSFERRED)

    hold(scenario)


def test_a_caller_whom_nobody_took_hears_where_the_flow_goes_on_a_stream_of_their_own():
    async def scenario(office):
        await office.away()
        ready = await office.outcome(**NOT_TAKEN)
        assert isinstance(ready, Ready)
        assert ready.epoch > 0
        assert await office.outcome(**NOT_TAKEN) == ready
        await office.stream(ready)
        assert await office.outcome(**NOT_TAKEN) == ready
        assert await office.outcome(**TAKEN) == ready
        assert await office.leg is Disposition.CALLBACK
        assert office.carrier.is_hung_up
        office.assert_ended_once(Disposition.CALLBACK)
        assert await office.outcome(**NOT_TAKEN) == Finished()

    hold(scenario)


def test_the_tail_of_the_replaced_document_changes_nothing():
    async def scenario(office):
        await office.ordered()
        assert await office.desk.resume("CA1", 0) == Elsewhere()
        office.session.stopped()
        await office.leg
        assert await office.desk.resume("CA1", 0) == Elsewhere()
        assert office.row["epoch"] == 0
        assert await office.outcome(**TAKEN) == Finished()

    hold(scenario)


@pytest.mark.parametrize("stopped", [True, False])
@pytest.mark.parametrize("asked_first", [True, False])
def test_a_killed_server_still_takes_the_outcome(stopped, asked_first):
    async def scenario(office):
        await office.ordered()
        if stopped:
            office.session.stopped()
        office.session.abandon()
        office.start()
        if asked_first:
            assert isinstance(await office.desk.resume("CA1", 0), Ready)
        ready = await office.outcome(**NOT_TAKEN)
        assert isinstance(ready, Ready)
        await office.stream(ready)
        assert await office.leg is Disposition.CALLBACK
        office.assert_ended_once(Disposition.CALLBACK)

    hold(scenario)


def test_a_restarted_server_does_not_give_up_who_is_talking_to_somebody_else():
    async def scenario(office):
        await office.away()
        office.start()
        for _ in range(60):
            await office.clock.wait(30_000)
            await office.desk.sweep()
        assert isinstance(next(iter(office.desk._lines.by_sid.values())).ledger.call.state, HandedOver)
        assert await office.outcome(**TAKEN) == Finished()
        office.assert_ended_once(Disposition.TRANSFERRED)

    hold(scenario)


def test_a_transfer_of_which_nothing_more_is_heard_ends_after_the_longest_talk():
    async def scenario(office):
        await office.away()
        await office.clock.wait(15_000_000)
        await office.desk.sweep()
        office.assert_ended_once(Disposition.TRANSFERRED)

    hold(scenario)


@pytest.mark.parametrize(
    ("taken", "disposition"), [(True, Disposition.TRANSFERRED), (False, Disposition.BREAK_OFF)]
)
@pytest.mark.parametrize("end_first", [True, False])
def test_a_caller_who_hangs_up_meanwhile_has_one_disposition_in_whatever_order(taken, disposition, end_first):
    async def scenario(office):
        await office.away()
        await office.clock.wait(4_000)
        if end_first:
            await office.desk.status("CA1", "completed", 3)
        assert await office.outcome(taken=taken, has_left=True) == Finished()
        if not end_first:
            await office.desk.status("CA1", "completed", 3)
        office.assert_ended_once(disposition)

    hold(scenario)


def test_a_caller_who_hangs_up_while_it_rings_is_settled_within_a_minute_though_no_outcome_comes():
    async def scenario(office):
        await office.away()
        await office.desk.status("CA1", "completed", 3)
        await office.clock.wait(15_000)
        await office.desk.sweep()
        office.assert_ended_once(Disposition.BREAK_OFF)

    hold(scenario)


def test_a_refused_transfer_goes_on_over_the_same_stream():
    async def scenario(office):
        await office.ordered(transfers=False)
        assert await office.leg is Disposition.CALLBACK
        assert office.row["epoch"] == 0
        office.assert_ended_once(Disposition.CALLBACK)

    hold(scenario)


def test_a_caller_who_hung_up_before_the_refusal_came_broke_off():
    async def scenario(office):
        answered = asyncio.Event()
        await office.stream(await office.admitted())

        async def refuse(to):
            office.carrier.log.append((office.clock.now(), "transfer"))
            await answered.wait()
            return False

        office.carrier.transfer = refuse
        while not any(what == "transfer" for _, what in office.carrier.log):
            await office.clock.wait(100)
        office.session.stopped()
        await office.clock.wait(10)
        assert not office.leg.done(), "the carrier has not answered"
        answered.set()
        assert await office.leg is None
        await office.desk.status("CA1", "completed", 3)
        office.assert_ended_once(Disposition.BREAK_OFF)

    hold(scenario)


def test_a_line_lost_before_the_carrier_acted_is_resumed():
    async def scenario(office):
        await office.ordered()
        office.session.lost()
        await office.leg
        ready = await office.desk.resume("CA1", 0)
        await office.stream(ready)
        assert await office.leg is Disposition.CALLBACK

    hold(scenario)


def test_the_outcome_of_an_earlier_transfer_is_not_taken_for_the_next_ones():
    async def scenario(office):
        await office.away()
        ready = await office.outcome(**NOT_TAKEN)
        await office.stream(ready)
        while not any("transfer" in what for _, what in office.carrier.log):
            await office.clock.wait(100)
        office.session.stopped()
        await office.leg
        assert await office.outcome(**NOT_TAKEN) == ready
        assert len(office.desk.live()) == 1
        assert await office.outcome(ready.epoch, **TAKEN) == Finished()
        office.assert_ended_once(Disposition.TRANSFERRED)

    hold(scenario, TWICE)


def test_nobody_is_handed_over_by_a_process_that_no_longer_owns_the_call():
    async def scenario(office):
        await office.stream(await office.admitted())
        office.row["stale"] = True
        assert await office.leg is None
        assert not any("transfer" in what for _, what in office.carrier.log)

    hold(scenario)


def test_who_was_handed_over_takes_no_line_from_the_next_caller():
    async def scenario(office):
        await office.away()
        assert isinstance(await office.admitted("CA2"), Ready)

    hold(scenario)


def test_an_outcome_of_an_unknown_call_is_a_hang_up():
    async def scenario(office):
        assert await office.outcome(**NOT_TAKEN) == Finished()

    hold(scenario)

import asyncio

import pytest

from app.domain.call import Direction, Disposition
from app.engine.actions import AnswerGiven, Record
from app.engine.events import DigitPressed, LegAnswered, StreamLost
from app.session.actor import CallSession
from app.session.admission import (
    Barred,
    Busy,
    Exhausted,
    Finished,
    Placed,
    Ready,
    UnknownFlow,
    UnknownVariables,
)
from app.session.desk import CallDesk
from app.session.ports import DialError, LogError
from tests.fakes.carrier import FakeCarrier
from tests.fakes.engines import FakeDetector, FakePrompts, FakeTranscriber
from tests.fakes.flows import FakeDialer, FakeShelf
from tests.fakes.log import FakeLog
from tests.fakes.loop import run_virtual


class Desk:
    """A desk on fakes; `dial_in` makes a whole leg of it."""

    def __init__(self, clock, log=None, **desk):
        self.clock = clock
        self.log = log or FakeLog(clock)
        self.dialer = FakeDialer()
        self.desk = CallDesk(
            FakeShelf(), self.log, FakeTranscriber(), FakePrompts(clock), clock,
            detector=FakeDetector, dialer=self.dialer, default_flow="two", **desk,
        )  # fmt: skip

    async def admit(self, sid="CA1", flow="two", **more):
        return await self.desk.admit(
            **{
                "carrier_sid": sid,
                "flow_name": flow,
                "direction": Direction.INBOUND,
                "from_number": "+15550001",
                "to_number": "+15550002",
                "variables": {},
                **more,
            }
        )

    async def stream(self, ready, sid="CA1"):
        carrier = FakeCarrier(self.clock)
        session = await self.desk.connect(ready.token, sid, carrier)
        if session is None:
            return None
        carrier.on_mark = session.mark
        return Leg(session, carrier, asyncio.ensure_future(session.run()))

    async def dial_in(self, sid="CA1"):
        return await self.stream(await self.admit(sid), sid)

    def row(self, sid="CA1"):
        return self.log.calls[self.log.by_sid[sid]]

    def answers(self, sid="CA1"):
        return {
            order.entry.answer.slot: order.entry.answer.value
            for _, _, orders, *_ in self.row(sid)["lines"]
            for order in orders
            if isinstance(order, Record) and isinstance(order.entry, AnswerGiven)
        }


class Leg:
    def __init__(self, session: CallSession, carrier, task) -> None:
        self.session = session
        self.carrier = carrier
        self.task = task


def test_a_call_is_answered_by_keys_and_ends_completed():
    async def main(clock):
        desk = Desk(clock)
        leg = await desk.dial_in()
        assert len(desk.desk.live()) == 1
        await clock.wait(2_500)
        leg.session.digit("1")
        await clock.wait(2_000)
        leg.session.digit("2")
        assert await leg.task is Disposition.COMPLETED
        assert leg.carrier.is_hung_up
        assert desk.answers() == {"happy": True, "again": False}
        assert (desk.row()["disposition"], desk.row()["ends"]) == (Disposition.COMPLETED, 1)
        assert desk.desk.live() == ()
        await desk.desk.status("CA1", "completed", 4)
        assert desk.row()["ends"] == 1

    run_virtual(main)


def test_a_repeated_webhook_gets_the_same_answer_and_opens_one_call():
    async def main(clock):
        desk = Desk(clock)
        both = await asyncio.gather(desk.admit(), desk.admit())
        assert both[0] == both[1]
        assert len(desk.log.calls) == 1

    run_virtual(main)


def test_a_token_admits_one_socket_once_in_time_and_for_its_call_only():
    async def main(clock):
        desk = Desk(clock)
        ready = await desk.admit()
        assert await desk.stream(ready, "CA-other") is None
        assert await desk.desk.connect("guess", "CA1", FakeCarrier(clock)) is None
        leg = await desk.stream(ready)
        assert leg is not None
        assert await desk.stream(ready) is None
        late = await desk.admit("CA2")
        await clock.wait(60_000)
        assert await desk.stream(late, "CA2") is None
        fresh = await desk.admit("CA2")
        assert fresh.token != late.token
        assert fresh.call_id == late.call_id
        leg.session.stopped()
        await leg.task

    run_virtual(main)


def test_an_unknown_flow_is_answered_with_the_names_there_are():
    async def main(clock):
        desk = Desk(clock)
        assert await desk.admit(flow="tow") == UnknownFlow(("two",))
        assert isinstance(await desk.admit(flow=""), Ready)
        assert await desk.desk.place("+1555", "tow", {}) == UnknownFlow(("two",))
        assert await desk.desk.place("+1555", "two", {"nmae": "Ann"}) == UnknownVariables(("nmae",), ())

    run_virtual(main)


def test_further_callers_hear_that_all_lines_are_busy():
    async def main(clock):
        desk = Desk(clock, max_calls=1)
        leg = await desk.dial_in()
        assert await desk.admit("CA2") == Busy()
        assert await desk.desk.place("+1555", "two", {}) == Busy()
        leg.session.stopped()
        await leg.task
        assert isinstance(await desk.admit("CA2"), Ready)

    run_virtual(main)


def test_a_lost_call_goes_on_at_the_same_question_with_its_answers():
    async def main(clock):
        desk = Desk(clock)
        leg = await desk.dial_in()
        await clock.wait(2_500)
        leg.session.digit("1")
        await clock.wait(500)
        leg.session.lost()
        assert await leg.task is None
        again = await asyncio.gather(desk.desk.resume("CA1", 0), desk.desk.resume("CA1", 0))
        assert again[0] == again[1]
        assert again[0].epoch == 1
        leg = await desk.stream(again[0])
        await clock.wait(1_500)
        leg.session.digit("2")
        assert await leg.task is Disposition.COMPLETED
        assert desk.answers() == {"happy": True, "again": False}
        assert desk.row()["ends"] == 1

    run_virtual(main)


def test_another_process_takes_the_call_over_after_a_crash():
    async def main(clock):
        first = Desk(clock)
        leg = await first.dial_in()
        await clock.wait(2_500)
        leg.session.digit("1")
        await clock.wait(500)
        second = Desk(clock, first.log)
        ready = await second.desk.resume("CA1", 0)
        other = await second.stream(ready)
        await clock.wait(10)
        # The first process thaws: its next commit tells it that it is a zombie.
        leg.session.digit("1")
        assert await leg.task is None
        assert not leg.carrier.is_hung_up
        await clock.wait(1_500)
        other.session.digit("2")
        assert await other.task is Disposition.COMPLETED
        assert second.answers() == {"happy": True, "again": False}
        for _ in range(2):
            await clock.wait(60_000)
            await first.desk.sweep()
        assert first.desk.live() == ()

    run_virtual(main)


def test_a_resume_ends_the_half_dead_leg_that_it_replaces():
    async def main(clock):
        desk = Desk(clock)
        old = await desk.dial_in()
        await clock.wait(500)
        new = await desk.stream(await desk.desk.resume("CA1", 0))
        assert await old.task is None
        assert [held.session for held in desk.desk._lines.by_sid.values()] == [new.session]
        new.session.stopped()
        assert await new.task is Disposition.BREAK_OFF

    run_virtual(main)


def test_a_call_that_is_lost_too_often_ends_interrupted():
    async def main(clock):
        desk = Desk(clock)
        leg = await desk.dial_in()
        for epoch in range(3):
            await clock.wait(100)
            leg.session.lost()
            await leg.task
            leg = await desk.stream(await desk.desk.resume("CA1", epoch))
        await clock.wait(100)
        leg.session.lost()
        await leg.task
        assert await desk.desk.resume("CA1", 3) == Exhausted()
        assert (desk.row()["disposition"], desk.row()["ends"]) == (Disposition.INTERRUPTED, 1)
        assert await desk.desk.resume("CA1", 3) == Finished()

    run_virtual(main)


def test_an_ended_or_unknown_call_is_not_resumed():
    async def main(clock):
        desk = Desk(clock)
        assert await desk.desk.resume("CA-never", 0) == Finished()
        leg = await desk.dial_in()
        leg.session.stopped()
        await leg.task
        assert await desk.desk.resume("CA1", 0) == Finished()
        assert await desk.admit() == Finished()
        assert await Desk(clock, desk.log).desk.resume("CA1", 0) == Finished()
        assert await Desk(clock, desk.log).admit() == Finished()

    run_virtual(main)


def test_a_call_that_does_not_come_back_ends_within_a_minute():
    async def main(clock):
        desk = Desk(clock)
        leg = await desk.dial_in()
        await clock.wait(2_000)
        leg.session.lost()
        await leg.task
        await clock.wait(55_000)
        await desk.desk.sweep()
        assert desk.row()["disposition"] is None
        await clock.wait(5_000)
        await desk.desk.sweep()
        await desk.desk.sweep()
        assert (desk.row()["disposition"], desk.row()["ends"]) == (Disposition.INTERRUPTED, 1)
        assert desk.desk.live() == ()

    run_virtual(main)


def test_a_caller_who_hung_up_after_the_line_was_lost_broke_off():
    async def main(clock):
        desk = Desk(clock)
        leg = await desk.dial_in()
        await clock.wait(2_000)
        leg.session.lost()
        await leg.task
        await desk.desk.status("CA1", "completed", 3)
        assert desk.row()["disposition"] is Disposition.BREAK_OFF

    run_virtual(main)


def test_a_call_of_a_process_that_died_gets_its_disposition():
    async def main(clock):
        first = Desk(clock)
        leg = await first.dial_in()
        await clock.wait(2_000)
        leg.task.cancel()
        await asyncio.wait([leg.task])
        second = Desk(clock, first.log)
        await second.desk.sweep()
        await clock.wait(59_000)
        await second.desk.sweep()
        assert second.row()["disposition"] is None
        await clock.wait(1_000)
        await second.desk.sweep()
        assert (second.row()["disposition"], second.row()["ends"]) == (Disposition.INTERRUPTED, 1)

    run_virtual(main)


@pytest.mark.parametrize(
    ("status", "disposition"),
    [
        ("no-answer", Disposition.NO_ANSWER),
        ("busy", Disposition.BUSY),
        ("failed", Disposition.FAILED),
        ("canceled", Disposition.CANCELED),
        ("completed", Disposition.CANCELED),
    ],
)
def test_a_call_whose_stream_never_came_ends_as_the_carrier_says(status, disposition):
    async def main(clock):
        desk = Desk(clock)
        placed = await desk.desk.place("+15550009", "two", {})
        assert isinstance(placed, Placed)
        await desk.desk.status(placed.carrier_sid, status, 2)
        await desk.desk.status(placed.carrier_sid, "completed", 1)
        row = desk.row(placed.carrier_sid)
        assert (row["disposition"], row["ends"]) == (disposition, 1)
        await desk.desk.status("CA-never", status, 1)

    run_virtual(main)


def test_a_placed_call_that_nobody_answers_for_ends_failed():
    async def main(clock):
        desk = Desk(clock)
        placed = await desk.desk.place("+15550009", "two", {})
        await clock.wait(120_000)
        await desk.desk.sweep()
        assert desk.row(placed.carrier_sid)["disposition"] is Disposition.FAILED

    run_virtual(main)


def test_a_webhook_that_overtakes_the_carriers_reply_opens_the_placed_call():
    async def main(clock):
        desk = Desk(clock)
        seen = []

        async def webhook(sid, call_id):
            seen.append(await desk.admit(sid, "", call_id=call_id, direction=Direction.OUTBOUND))

        desk.dialer.before_reply = webhook
        placed = await desk.desk.place("+15550009", "two", {})
        assert seen[0].call_id == placed.call_id
        info = desk.row(placed.carrier_sid)["info"]
        assert (info.direction, info.to_number, info.flow) == (Direction.OUTBOUND, "+15550009", "two")
        assert await desk.admit(placed.carrier_sid, "", call_id=placed.call_id) == seen[0]

    run_virtual(main)


def test_a_line_that_is_busy_before_the_carrier_has_answered_us_ends_the_call_once():
    async def main(clock):
        desk = Desk(clock)

        async def webhook(sid, _):
            await desk.desk.status(sid, "busy", 2)
            await desk.desk.status(sid, "busy", 2)

        desk.dialer.before_reply = webhook
        placed = await desk.desk.place("+15550009", "two", {})
        row = desk.row(placed.carrier_sid)
        assert (row["disposition"], row["ends"]) == (Disposition.BUSY, 1)
        assert desk.desk.live() == ()
        await desk.desk.status(placed.carrier_sid, "busy", 2)
        assert row["ends"] == 1
        await desk.desk.sweep()
        assert desk.desk._lines.early_ends == {}

    run_virtual(main)


def test_a_call_that_was_not_placed_leaves_no_trace():
    async def main(clock):
        desk = Desk(clock)
        desk.dialer.error = "the number is not allowed"
        with pytest.raises(DialError, match="not allowed"):
            await desk.desk.place("+15550009", "two", {})
        assert desk.log.calls == {}
        assert desk.desk._lines.taken == 0

    run_virtual(main)


def test_a_number_that_must_not_be_called_is_not_dialled():
    async def main(clock):
        async def is_barred(number):
            return number == "+15550009"

        desk = Desk(clock, is_barred=is_barred)
        assert await desk.desk.place("+15550009", "two", {}) == Barred()
        assert desk.dialer.dialled == []
        assert isinstance(await desk.desk.place("+15550008", "two", {}), Placed)

    run_virtual(main)


def test_a_machine_is_not_interviewed():
    async def main(clock):
        desk = Desk(clock)
        leg = await desk.dial_in()
        await desk.desk.amd("CA1", "human")
        await clock.wait(500)
        assert not leg.task.done()
        await desk.desk.amd("CA1", "machine_start")
        assert await leg.task is Disposition.MACHINE
        assert leg.carrier.is_hung_up
        placed = await desk.desk.place("+15550009", "two", {})
        await desk.desk.amd(placed.carrier_sid, "fax")
        assert desk.row(placed.carrier_sid)["disposition"] is Disposition.MACHINE

    run_virtual(main)


def test_draining_lets_calls_end_and_interrupts_the_rest():
    async def main(clock):
        desk = Desk(clock)
        short, long = await desk.dial_in("CA1"), await desk.dial_in("CA2")
        waiting = await desk.admit("CA3")
        task = asyncio.ensure_future(desk.desk.drain(grace_ms=10_000))
        await clock.wait(2_500)
        assert await desk.admit("CA4") == Busy()
        short.session.digit("1")
        await clock.wait(1_500)
        short.session.digit("1")
        assert await short.task is Disposition.COMPLETED
        assert await long.task is Disposition.INTERRUPTED
        await task
        assert clock.now() == 10_000
        assert isinstance(waiting, Ready)
        assert {row["disposition"] for row in desk.log.calls.values()} == {
            Disposition.COMPLETED,
            Disposition.INTERRUPTED,
        }
        assert [row["ends"] for row in desk.log.calls.values()] == [1, 1, 1]

    run_virtual(main)


def test_draining_can_leave_calls_to_be_resumed_elsewhere():
    async def main(clock):
        desk = Desk(clock)
        leg = await desk.dial_in()
        await clock.wait(1_000)
        await desk.desk.drain(grace_ms=0, hand_over=True)
        assert await leg.task is None
        assert not leg.carrier.is_hung_up
        assert isinstance(desk.log.facts(desk.row()["info"].id)[-1], StreamLost)
        assert isinstance(await Desk(clock, desk.log).desk.resume("CA1", 0), Ready)

    run_virtual(main)


def test_a_process_that_died_after_the_last_word_leaves_nothing_to_resume():
    async def main(clock):
        first = Desk(clock)
        leg = await first.dial_in()
        await clock.wait(500)
        first.log.failing = True
        leg.session.stopped()
        await leg.task
        first.log.failing = False
        second = Desk(clock, first.log)
        assert await second.desk.resume("CA1", 0) == Finished()
        assert (second.row()["disposition"], second.row()["ends"]) == (Disposition.BREAK_OFF, 1)

    run_virtual(main)


def test_an_end_that_the_log_did_not_take_is_written_by_the_next_sweep():
    async def main(clock):
        desk = Desk(clock)
        leg = await desk.dial_in()
        await clock.wait(500)
        desk.log.failing = True
        leg.session.stopped()
        await leg.task
        assert desk.row()["disposition"] is None
        await desk.desk.sweep()
        desk.log.failing = False
        await desk.desk.sweep()
        assert (desk.row()["disposition"], desk.row()["ends"]) == (Disposition.BREAK_OFF, 1)
        assert desk.desk.live() == ()

    run_virtual(main)


def test_a_call_that_cannot_be_logged_is_not_admitted():
    async def main(clock):
        desk = Desk(clock)
        desk.log.failing = True
        with pytest.raises(LogError):
            await desk.admit()
        assert desk.desk.live() == ()

    run_virtual(main)


def test_watchers_see_every_fact_until_they_leave():
    async def main(clock):
        desk = Desk(clock)
        seen = []
        leave = desk.desk.watch(lambda call, at, fact, orders: seen.append(type(fact)))
        leg = await desk.dial_in()
        await clock.wait(2_200)
        leg.session.digit("1")
        leave()
        leg.session.stopped()
        await leg.task
        assert seen[0] is LegAnswered
        assert DigitPressed in seen

    run_virtual(main)

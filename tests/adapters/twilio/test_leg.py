"""The leg and its outbox: order, clearing, ending."""

import asyncio
import json
from xml.etree import ElementTree as ET

import pytest

from app.adapters.twilio import outbox as outbox_module
from app.adapters.twilio.leg import CarrierError, TwilioLeg
from app.adapters.twilio.outbox import Outbox


class FakeControl:
    """Twilio's REST interface, which may refuse."""

    def __init__(self, refusal: str = "") -> None:
        self.orders: list[tuple[str, str]] = []
        self.refusal = refusal
        self.gate: asyncio.Event | None = None

    async def hang_up(self, sid: str) -> None:
        self.orders.append(("hang_up", sid))
        if self.gate is not None:
            await self.gate.wait()
        if self.refusal:
            raise CarrierError(self.refusal)

    async def redirect(self, sid: str, *, twiml: str = "", url: str = "") -> None:
        self.orders.append(("redirect", twiml or url))
        if self.refusal:
            raise CarrierError(self.refusal)


def leg_with(control: FakeControl | None = None, **leg: str) -> tuple[TwilioLeg, Outbox]:
    outbox = Outbox()
    return TwilioLeg(outbox, stream_sid="MZ1", call_sid="CA1", control=control, **leg), outbox


async def all_sent(outbox: Outbox) -> list[str]:
    outbox.close()
    sent = []
    while (text := await outbox.take()) is not None:
        sent.append(json.loads(text)["event"])
    return sent


def test_audio_and_marks_leave_in_the_order_they_were_sent() -> None:
    async def scenario() -> None:
        leg, outbox = leg_with()
        leg.send_audio(b"a")
        leg.send_audio(b"")
        leg.send_mark("1")
        leg.send_audio(b"b")
        assert await all_sent(outbox) == ["media", "mark", "media"]

    asyncio.run(scenario())


def test_a_clear_drops_audio_that_has_not_left_but_no_mark() -> None:
    async def scenario() -> None:
        leg, outbox = leg_with()
        leg.send_audio(b"a")
        leg.send_mark("1")
        leg.send_audio(b"b")
        leg.clear()
        leg.send_audio(b"c")
        assert await all_sent(outbox) == ["mark", "clear", "media"]

    asyncio.run(scenario())


def test_the_call_is_ended_at_twilio_before_the_socket_closes_and_only_once() -> None:
    async def scenario() -> None:
        control = FakeControl()
        control.gate = asyncio.Event()
        leg, outbox = leg_with(control)
        first = asyncio.create_task(leg.hang_up())
        await asyncio.sleep(0)
        assert control.orders == [("hang_up", "CA1")]
        assert not outbox.is_closed
        await leg.hang_up()
        control.gate.set()
        await first
        assert outbox.is_closed
        assert control.orders == [("hang_up", "CA1")]

    asyncio.run(scenario())


def test_a_refused_or_cancelled_hang_up_still_closes_the_socket() -> None:
    async def scenario() -> None:
        leg, outbox = leg_with(FakeControl("Twilio refused"))
        await leg.hang_up()
        assert (outbox.is_closed, leg.trouble) == (True, "Twilio refused")

        control = FakeControl()
        control.gate = asyncio.Event()
        leg, outbox = leg_with(control)
        hanging = asyncio.create_task(leg.hang_up())
        await asyncio.sleep(0)
        hanging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hanging
        assert outbox.is_closed

    asyncio.run(scenario())


def test_without_an_account_hanging_up_closes_and_nobody_is_transferred() -> None:
    async def scenario() -> None:
        leg, outbox = leg_with()
        assert not await leg.transfer("+14155550100")
        assert "no Twilio account" in leg.trouble
        await leg.hang_up()
        assert outbox.is_closed

    asyncio.run(scenario())


def test_closing_leaves_the_call_to_twilio() -> None:
    async def scenario() -> None:
        control = FakeControl()
        leg, outbox = leg_with(control)
        await leg.close()
        assert outbox.is_closed
        assert control.orders == []

    asyncio.run(scenario())


def test_a_transfer_redirects_the_call_to_a_dial_and_says_when_it_was_refused() -> None:
    async def scenario() -> None:
        control = FakeControl()
        leg, _ = leg_with(control, outcome_url="https://x/voice/dialled?epoch=2")
        assert await leg.transfer("+14155550100")
        dial = ET.fromstring(control.orders[0][1]).find("Dial")  # noqa: S314 - our own answer
        assert dial is not None
        assert dial.text == "+14155550100"
        assert dial.attrib["action"].partition("#")[0] == "https://x/voice/dialled?epoch=2"
        refused, _ = leg_with(FakeControl("no"))
        assert not await refused.transfer("+14155550100")

    asyncio.run(scenario())


def test_a_peer_that_reads_nothing_loses_its_line_before_memory_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outbox_module, "MAX_WAITING_CHARS", 10)

    async def scenario() -> None:
        outbox = Outbox()
        outbox.put("12345")
        outbox.put("123456")
        assert outbox.overflowed
        outbox.put("1")
        assert await outbox.take() is None

    asyncio.run(scenario())


def test_a_waiting_writer_wakes_for_the_next_message_and_loses_none_when_cancelled() -> None:
    async def scenario() -> None:
        outbox = Outbox()
        waiting = asyncio.create_task(outbox.take())
        await asyncio.sleep(0)
        outbox.put("one")
        assert await waiting == "one"
        waiting = asyncio.create_task(outbox.take())
        await asyncio.sleep(0)
        waiting.cancel()
        outbox.put("two")
        assert await outbox.take() == "two"

    asyncio.run(scenario())

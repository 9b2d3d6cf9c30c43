"""The loudspeaker's queue, the leg over it, and the rates between."""

import asyncio
import audioop
import math
import threading

import pytest

from app.adapters.device.leg import DeviceLeg
from app.adapters.device.player import Player
from app.adapters.device.ports import NoSound
from app.adapters.device.rates import RateChanger
from app.media.audio import FLOOR_DBFS, SILENCE, to_mulaw
from tests.fakes.loop import run_virtual

LOUD = b"\x00\x20"
FRAME = LOUD * 160


class Call:
    """Writes down what the leg tells it."""

    def __init__(self) -> None:
        self.frames: list[tuple[bytes, int]] = []
        self.marks: list[str] = []
        self.stops = 0
        self.threads: set[threading.Thread] = set()

    def audio(self, mulaw, timestamp_ms):
        self.threads.add(threading.current_thread())
        self.frames.append((mulaw, timestamp_ms))

    def mark(self, name):
        self.marks.append(name)

    def stopped(self):
        self.stops += 1


class Device:
    name = "fake"

    def __init__(self, latency_ms=0, broken=False) -> None:
        self.latency_ms = latency_ms
        self.broken = broken
        self.closes = 0

    def start(self, wires):
        if self.broken:
            raise NoSound("this machine has no microphone")
        self.wires = wires

    def close(self):
        self.closes += 1


def connected(clock, *, latency_ms=0, headset=False):
    device, call = Device(latency_ms), Call()
    leg = DeviceLeg(device, clock, headset=headset)
    leg.start()
    leg.connect(call)
    return leg, device.wires, call


async def settle() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def test_sound_is_rendered_in_order_and_silence_else():
    player = Player()
    player.queue(b"\x01\x00" * 100)
    player.queue(b"")
    player.queue(b"\x02\x00" * 100)
    assert player.waiting == 200
    assert player.render(150)[0] == b"\x01\x00" * 100 + b"\x02\x00" * 50
    assert player.render(100)[0] == b"\x02\x00" * 50 + b"\x00\x00" * 50
    assert player.render(10) == (bytes(20), [])
    assert player.waiting == 0


def test_a_mark_comes_back_only_when_all_before_it_was_rendered():
    player = Player()
    player.queue(LOUD * 200)
    player.mark("a")
    player.queue(LOUD * 100)
    player.mark("b")
    assert player.render(160)[1] == []
    assert player.render(40)[1] == ["a"]
    assert player.render(160)[1] == ["b"]


def test_a_mark_waits_for_the_sound_that_is_still_on_its_way_to_the_ear():
    player = Player()
    player.set_latency(320)
    player.queue(LOUD * 160)
    player.mark("a")
    assert [player.render(160)[1] for _ in range(4)] == [[], [], ["a"], []]


def test_a_mark_behind_nothing_comes_back_with_the_next_block():
    player = Player()
    player.mark("a")
    assert player.render(160)[1] == ["a"]


def test_clear_drops_what_waits_and_flushes_every_mark_in_order():
    player = Player()
    player.set_latency(1_600)
    player.queue(LOUD * 160)
    player.mark("on its way")
    player.render(160)
    player.queue(LOUD * 800)
    player.mark("waiting")
    assert player.clear() == ["on its way", "waiting"]
    assert player.render(160) == (bytes(320), [])
    player.queue(LOUD * 10)
    player.mark("next")
    assert player.render(10)[0] == LOUD * 10


def test_the_ear_hears_the_bot_until_the_latency_and_the_tail_are_over():
    player = Player()
    assert not player.sounds_within(1_000)
    player.set_latency(160)
    player.queue(LOUD * 160)
    player.render(160)
    assert player.sounds_within(0)
    player.render(160)
    player.render(160)
    assert not player.sounds_within(0)
    assert player.sounds_within(160)


def test_the_microphone_reaches_the_call_in_frames_of_20_ms_on_its_own_clock():
    async def main(clock):
        _, wires, call = connected(clock)
        wires.captured(FRAME[:100])
        wires.captured(FRAME[100:] + FRAME)
        await settle()
        assert call.frames == [(to_mulaw(FRAME), 0), (to_mulaw(FRAME), 20)]

    run_virtual(main)


def test_the_call_is_told_on_its_own_thread_whichever_one_captures():
    async def main() -> None:
        class Clock:
            def now(self):
                return 0

        leg, wires, call = connected(Clock())
        thread = threading.Thread(target=wires.captured, args=(FRAME,))
        thread.start()
        await asyncio.to_thread(thread.join)
        await settle()
        assert call.threads == {threading.current_thread()}
        assert leg.hand_over.frames == 1

    asyncio.run(main())


def test_without_a_headset_the_bot_does_not_hear_itself():
    async def main(clock):
        leg, wires, call = connected(clock)
        leg.send_audio(b"\x20" * 160)
        wires.render(160)
        wires.captured(FRAME)
        for _ in range(16):  # the sound's end and the 300 ms of a room
            wires.render(160)
        wires.captured(FRAME)
        await settle()
        assert [mulaw for mulaw, _ in call.frames] == [SILENCE * 160, to_mulaw(FRAME)]

    run_virtual(main)


def test_with_a_headset_the_caller_is_heard_over_the_bot():
    async def main(clock):
        leg, wires, call = connected(clock, headset=True)
        leg.send_audio(b"\x20" * 160)
        wires.render(160)
        wires.captured(FRAME)
        await settle()
        assert call.frames[0][0] == to_mulaw(FRAME)

    run_virtual(main)


def test_marks_come_back_to_the_call_heard_or_flushed():
    async def main(clock):
        leg, wires, call = connected(clock)
        leg.send_audio(b"\x20" * 160)
        leg.send_mark("heard")
        wires.render(160)
        leg.send_audio(b"\x20" * 160)
        leg.send_mark("flushed")
        leg.clear()
        assert call.marks == []
        await settle()
        assert call.marks == ["heard", "flushed"]
        assert wires.render(160) == bytes(320)

    run_virtual(main)


def test_levels_of_both_sides_are_there_to_be_shown():
    async def main(clock):
        leg, wires, _ = connected(clock)
        assert (leg.caller_dbfs, leg.bot_dbfs) == (FLOOR_DBFS, FLOOR_DBFS)
        leg.send_audio(b"\x00" * 160)
        wires.render(160)
        wires.captured(FRAME)
        assert leg.bot_dbfs > -3
        assert -13 < leg.caller_dbfs < -11
        await settle()

    run_virtual(main)


def test_a_device_that_goes_away_ends_the_call():
    async def main(clock):
        leg, wires, call = connected(clock)
        wires.lost()
        await settle()
        assert call.stops == 1
        assert leg.is_lost

    run_virtual(main)


def test_the_device_is_let_go_of_once_and_nothing_is_handed_over_afterwards():
    async def main() -> None:
        device, call = Device(), Call()
        leg = DeviceLeg(device, _Still())
        leg.start()
        device.wires.captured(FRAME)  # before a call is there: nobody's
        await settle()
        leg.send_mark("a")
        device.wires.render(10)
        device.wires.lost()
        await settle()
        leg.connect(call)
        assert call.stops == 1  # lost before the call was there
        await leg.hang_up()
        await leg.close()
        device.wires.captured(FRAME)
        await settle()
        assert device.closes == 1
        assert call.frames == []
        assert not await leg.transfer("+15550100")
        assert leg.transfer_refused == "+15550100"

    asyncio.run(main())


class _Still:
    def now(self):
        return 0


def sine(rate: int, ms: int) -> bytes:
    return b"".join(
        round(8_000 * math.sin(2 * math.pi * 440 * n / rate)).to_bytes(2, "little", signed=True)
        for n in range(rate * ms // 1_000)
    )


@pytest.mark.parametrize(("rate", "to_rate"), [(48_000, 8_000), (8_000, 44_100)])
def test_a_stream_at_another_rate_keeps_its_tone_and_its_length(rate, to_rate):
    changer = RateChanger(rate, to_rate)
    block = rate // 50 * 2
    sound = sine(rate, 1_000)
    changed = b"".join(changer.change(sound[at : at + block]) for at in range(0, len(sound), block))
    assert 0.92 * to_rate <= len(changed) // 2 <= to_rate
    assert abs(audioop.rms(changed, 2) / audioop.rms(sound, 2) - 1) < 0.05
    assert abs(audioop.cross(changed, 2) / (len(changed) / 2 / to_rate) - 880) < 15


def test_a_stream_at_the_same_rate_is_left_alone():
    assert RateChanger(8_000, 8_000).change(FRAME) is FRAME

"""Live calls as people who look on are told of them: a real desk on fakes, time that jumps."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.domain.call import Disposition
from app.engine.events import FinalTranscript, PartialTranscript, SpeechEnded, SpeechStarted
from app.media.audio import tone
from app.web import live_story
from app.web import readers as readers_module
from app.web.live import LiveCalls
from app.web.readers import TooManyReaders, Visit
from tests.fakes.loop import VirtualClock, run_virtual
from tests.session.test_desk import Desk

PIN = """
flow: pin
version: 1
title: A secret
steps:
  - digits: pin
    sensitive: true
    prompt: "Your code, please."
    length: 4
  - select_one: meal
    prompt: "Soup or salad?"
    choices:
      soup: {key: "1", text: soup}
      salad: {key: "2", text: salad}
  - end: completed
    prompt: "Thank you."
"""


async def _always() -> bool:
    return True


ANN = Visit("Ann", "", _always, "Ann")


class Looked(list[dict[str, Any]]):
    """What a stream told, as it comes in."""

    def kinds(self) -> list[str]:
        return [event["type"] for event in self]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self if event["type"] == kind]


def looking(stream: AsyncIterator[bytes] | None) -> tuple[Looked, "asyncio.Task[None]"]:
    """Read the stream beside the test."""
    assert stream is not None
    looked = Looked()

    async def read() -> None:
        async for part in stream:
            looked.extend(
                json.loads(line.removeprefix("data: "))
                for line in part.decode().splitlines()
                if line.startswith("data: ")
            )

    return looked, asyncio.ensure_future(read())


async def begun(clock: VirtualClock, flow: str = "two") -> tuple[Desk, LiveCalls, Any, Any]:
    """Return a desk, who watches it, a call that waits for its stream, and its name."""
    desk = Desk(clock)
    desk.desk._flows.flows["pin"] = desk.desk._flows.compile(PIN)
    live = LiveCalls(desk.desk, clock)
    ready = await desk.admit(flow=flow)
    return desk, live, ready, ready.call_id


def test_a_call_is_told_as_it_happens_from_its_first_sound_to_its_end() -> None:
    async def main(clock: VirtualClock) -> None:
        desk, live, ready, name = await begun(clock)
        looked, reading = looking(live.one_call(name, ANN))
        leg = await desk.stream(ready)
        await clock.wait(2_500)
        leg.session.digit("1")
        await clock.wait(2_000)
        leg.session.digit("2")
        assert await leg.task is Disposition.COMPLETED
        await reading
        assert looked.kinds()[:2] == ["snapshot", "joined"]
        assert looked.kinds()[-1] == "ended"
        assert looked.of("bot")[0]["said"] == ["Hello.", "Are you happy?"]
        asked = [event["question"] for event in looked.of("question") if event["question"]]
        assert [question["step"] for question in asked] == ["happy", "again"]
        keys = asked[0]["accepts"]["keys"]
        assert [(key["key"], key["label"]) for key in keys] == [("1", "yes"), ("2", "no")]
        assert [(one["slot"], one["value"]) for one in looked.of("answer")] == [
            ("happy", True),
            ("again", False),
        ]
        assert [event["key"] for event in looked.of("key")] == ["1", "2"]
        assert [event["outcome"] for event in looked.of("turn")] == ["answer", "answer"]
        assert looked.of("ended")[0]["disposition"] == "completed"
        states = [event["state"] for event in looked.of("state")]
        assert {"speaking", "listening"} <= set(states)
        waits = next(event for event in looked.of("state") if event["state"] == "listening")
        assert (waits["timer"], waits["left_ms"]) == ("no_input", 5_000)
        numbers = [event["seq"] for event in looked if "seq" in event]
        assert numbers == sorted(set(numbers))

    run_virtual(main)


def test_a_past_of_which_something_fell_out_is_not_called_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_story, "MOST_KEPT", 5)

    async def main(clock: VirtualClock) -> None:
        desk, live, ready, name = await begun(clock)
        leg = await desk.stream(ready)
        first, reading_first = looking(live.one_call(name, ANN))
        await clock.wait(10)
        assert first[0]["whole"] is True
        await clock.wait(2_500)
        leg.session.digit("1")
        await clock.wait(2_000)
        late, reading_late = looking(live.one_call(name, ANN))
        await clock.wait(10)
        assert (late[0]["whole"], len(late[0]["past"])) == (False, 5)
        leg.session.digit("2")
        await leg.task
        await asyncio.gather(reading_first, reading_late)

    run_virtual(main)


def test_who_comes_late_is_told_what_is_past_and_what_is_asked() -> None:
    async def main(clock: VirtualClock) -> None:
        desk, live, ready, name = await begun(clock)
        leg = await desk.stream(ready)
        await clock.wait(2_500)
        leg.session.digit("1")
        await clock.wait(2_000)
        looked, reading = looking(live.one_call(name, ANN))
        await clock.wait(10)
        told = looked[0]
        assert (told["type"], told["whole"]) == ("snapshot", True)
        assert [event["type"] for event in told["past"] if event["type"] in {"key", "answer"}] == [
            "key",
            "answer",
        ]
        assert told["question"]["step"] == "again"
        assert told["state"]["state"] == "listening"
        assert told["call"]["flow"] == "two"
        leg.session.stopped()
        await leg.task
        await reading

    run_virtual(main)


def test_voice_that_interrupts_is_told_with_what_was_heard() -> None:
    async def main(clock: VirtualClock) -> None:
        desk, live, ready, name = await begun(clock)
        looked, reading = looking(live.one_call(name, ANN))
        leg = await desk.stream(ready)
        await clock.wait(1_200)
        turn = leg.session.ledger.call.question.turn
        leg.session.post(PartialTranscript(turn, "yes", 0.9))
        leg.session.post(FinalTranscript(turn, "yes", 0.9))
        await clock.wait(3_000)
        kinds = looked.kinds()
        assert looked.of("barge_in")[0]["by"] == "voice"
        assert kinds.index("barge_in") < kinds.index("answer")
        assert looked.of("partial")[0]["text"] == "yes"
        assert looked.of("words")[0]["text"] == "yes"
        assert not looked.of("heard")[0]["whole"]
        leg.session.stopped()
        await leg.task
        await reading

    run_virtual(main)


def test_a_noise_is_told_before_the_bot_goes_on() -> None:
    async def main(clock: VirtualClock) -> None:
        desk, live, ready, name = await begun(clock)
        looked, reading = looking(live.one_call(name, ANN))
        leg = await desk.stream(ready)
        await clock.wait(1_200)
        leg.session.post(SpeechStarted(250))
        await clock.wait(300)
        leg.session.post(SpeechEnded(100))
        await clock.wait(2_000)
        kinds = [kind for kind in looked.kinds() if kind in {"bot", "barge_in", "false_alarm"}]
        assert kinds == ["bot", "barge_in", "false_alarm", "bot"]
        leg.session.stopped()
        await leg.task
        await reading

    run_virtual(main)


def test_what_is_secret_is_told_to_nobody() -> None:
    async def main(clock: VirtualClock) -> None:
        desk, live, ready, name = await begun(clock, "pin")
        looked, reading = looking(live.one_call(name, ANN))
        leg = await desk.stream(ready)
        await clock.wait(2_500)
        for key in "7391":
            leg.session.digit(key)
        await clock.wait(2_000)
        late, reading_late = looking(live.one_call(name, ANN))
        await clock.wait(10)
        leg.session.stopped()
        await leg.task
        await reading
        await reading_late
        assert looked.of("question")[0]["question"]["sensitive"]
        assert [event["keys"] for event in looked.of("state") if event["state"] == "keying"] == [
            "•",
            "••",
            "•••",
        ]
        assert looked.of("answer")[0]["value"] == "[sensitive]"
        for story in (looked, late):
            told = json.dumps(story)
            assert "7391" not in told
            assert '"key": "7"' not in told

    run_virtual(main)


def test_a_reader_who_falls_behind_loses_the_stream_and_the_caller_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readers_module, "MOST_WAITING", 3)

    async def main(clock: VirtualClock) -> None:
        desk, live, ready, name = await begun(clock)
        stream = live.one_call(name, ANN)
        assert stream is not None
        await anext(stream)  # and then reads no more
        leg = await desk.stream(ready)
        await clock.wait(2_500)
        leg.session.digit("1")
        await clock.wait(2_000)
        leg.session.digit("2")
        assert await leg.task is Disposition.COMPLETED
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        assert desk.answers() == {"happy": True, "again": False}

    run_virtual(main)


def test_levels_are_told_four_times_a_second_while_somebody_looks() -> None:
    async def main(clock: VirtualClock) -> None:
        desk, live, ready, name = await begun(clock)
        leg = await desk.stream(ready)
        looked, reading = looking(live.one_call(name, ANN))
        loud = tone(20, level_dbfs=-20.0)
        for stamp in range(0, 2_000, 20):
            await clock.wait(20)
            leg.session.audio(loud, stamp)
        levels = looked.of("level")
        assert 6 <= len(levels) <= 8
        assert all(-22 <= event["caller"] <= -18 for event in levels)
        leg.session.stopped()
        await leg.task
        await reading

    run_virtual(main)


def test_all_live_calls_are_told_in_short() -> None:
    async def main(clock: VirtualClock) -> None:
        desk, live, ready, name = await begun(clock)
        leg = await desk.stream(ready)
        await clock.wait(100)
        looked, reading = looking(live.all_calls(ANN))
        await clock.wait(2_400)
        assert [call["id"] for call in looked[0]["calls"]] == [name]
        assert looked[0]["calls"][0]["flow"] == "two"
        other = await desk.dial_in("CA2")
        await clock.wait(10)
        assert looked.of("started")[0]["call"]["id"] != name
        leg.session.digit("1")
        await clock.wait(1_000)
        assert looked.of("turn")[0]["id"] == name
        assert looked.of("turn")[0]["turns"] == 1
        leg.session.lost()
        await leg.task
        await clock.wait(10)
        assert looked.of("lost")[0]["id"] == name
        other.session.stopped()
        await other.task
        await clock.wait(10)
        assert looked.of("ended")[0]["disposition"] == "break_off"
        live.close()
        await reading

    run_virtual(main)


def test_a_call_that_came_back_from_a_dead_process_says_that_the_log_has_the_rest() -> None:
    async def main(clock: VirtualClock) -> None:
        first = Desk(clock)
        leg = await first.dial_in()
        await clock.wait(2_500)
        leg.session.digit("1")
        await clock.wait(500)
        second = Desk(clock, first.log)
        live = LiveCalls(second.desk, clock)
        ready = await second.desk.resume("CA1", 0)
        looked, reading = looking(live.one_call(ready.call_id, ANN))
        other = await second.stream(ready)
        await clock.wait(1_500)
        assert looked[0]["whole"] is False
        assert looked.of("joined")[0]["epoch"] == 1
        assert looked.of("bot")[0]["said"][-1] == "May we call again?"
        assert not looked.of("barge_in")
        other.session.digit("2")
        await other.task
        await reading
        leg.session.digit("1")
        await leg.task

    run_virtual(main)


def test_a_server_that_leaves_ends_the_streams_and_begins_none() -> None:
    async def main(clock: VirtualClock) -> None:
        desk, live, ready, name = await begun(clock)
        of_one, reading_one = looking(live.one_call(name, ANN))
        of_all, reading_all = looking(live.all_calls(ANN))
        await clock.wait(10)
        live.close()
        await reading_one
        await reading_all
        assert (of_one.kinds(), of_all.kinds()) == (["snapshot"], ["snapshot"])
        _, reading_late = looking(live.all_calls(ANN))
        await reading_late
        leg = await desk.stream(ready)
        leg.session.stopped()
        await leg.task

    run_virtual(main)


def test_so_many_look_on_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers_module, "MOST_READERS", 1)

    async def main(clock: VirtualClock) -> None:
        desk, live, ready, name = await begun(clock)
        _, reading = looking(live.all_calls(ANN))
        await clock.wait(10)
        with pytest.raises(TooManyReaders):
            live.one_call(name, ANN)
        live.close()
        await reading
        leg = await desk.stream(ready)
        leg.session.stopped()
        await leg.task
        assert live.one_call(name, ANN) is None, "a call that has ended has no stream"

    run_virtual(main)

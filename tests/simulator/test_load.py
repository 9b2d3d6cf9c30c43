import asyncio
import base64
import json

from fake_bot import SID, TOKEN, FakeBot

from app.simulator.load import LoadGenerator
from app.simulator.load_line import Clip, LoadAction, LoadLine, Measures
from app.simulator.load_report import LoadPlan, LoadReport, Spread
from app.simulator.load_socket import frame, read_frame
from app.simulator.sounds import tone
from app.simulator.wire import StreamWriter


class FakeSocket:
    def __init__(self) -> None:
        self.sent: list[dict] = []
        self.is_closed = False

    def send(self, text: bytes) -> None:
        self.sent.append(json.loads(text))

    def close(self) -> None:
        self.is_closed = True

    def of(self, event: str) -> list[dict]:
        return [message for message in self.sent if message["event"] == event]


def line_of(*actions: LoadAction) -> tuple[LoadLine, FakeSocket, Measures]:
    socket, measures = FakeSocket(), Measures()
    return LoadLine(socket, StreamWriter("AC", "CA", "MZ"), actions, measures), socket, measures


def media(milliseconds: int, head: bytes = b"") -> str:
    payload = base64.b64encode(head.ljust(milliseconds * 8, b"\0")).decode()
    return json.dumps({"event": "media", "streamSid": "MZ", "media": {"payload": payload}})


def mark(name: str) -> str:
    return json.dumps({"event": "mark", "streamSid": "MZ", "mark": {"name": name}})


CLEAR = json.dumps({"event": "clear", "streamSid": "MZ"})


def load(bot: FakeBot, plan: LoadPlan) -> LoadReport:
    async def run() -> LoadReport:
        async with bot, LoadGenerator(bot.url, SID, TOKEN) as generator:
            bot.api_url = generator.api_url
            return await generator.run(plan)

    return asyncio.run(run())


def test_callers_press_speak_and_dial_again_when_the_bot_hangs_up():
    actions = (LoadAction(key="1"), LoadAction(clip=Clip.of(tone(300)), interrupt_after_ms=100))
    report = load(FakeBot(questions=2), LoadPlan(3, 3.0, actions, ramp_per_second=50))
    assert report.failed == []
    assert report.violations == []
    assert report.calls > 3
    assert report.ended_by_server > 0
    assert report.key_to_audio.count > 0
    assert report.speech_end_to_audio.count + report.voice_to_clear.count > 0
    assert report.lateness.count > 0


def test_a_server_that_refuses_or_drops_calls_is_counted():
    report = load(FakeBot(closes_after_start=True), LoadPlan(1, 0.2, ()))
    assert report.failed
    report = load(FakeBot(twiml="<Response><Hangup/></Response>"), LoadPlan(1, 0.2, ()))
    assert "the call was not connected to a stream" in report.failed
    nowhere = '<Response><Connect><Stream url="/nowhere"/></Connect></Response>'
    report = load(FakeBot(twiml=nowhere), LoadPlan(1, 0.2, ()))
    assert any("HTTP/1.1 40" in reason for reason in report.failed)


def test_a_key_is_measured_to_the_first_audio_that_follows():
    line, socket, measures = line_of(LoadAction(key="5"))
    line.take(media(60), 0)
    line.take(mark("a"), 0)
    line.tick(20)
    assert not socket.of("dtmf")
    line.tick(100)
    assert socket.of("mark")
    line.tick(400)
    assert [one["dtmf"]["digit"] for one in socket.of("dtmf")] == ["5"]
    line.take(media(60), 407)
    assert measures.key_to_audio == [7]
    assert measures.key_to_clear == []


def test_an_interruption_is_measured_to_the_clear_and_marks_come_back_flushed():
    line, socket, measures = line_of(LoadAction(clip=Clip.of(tone(100)), interrupt_after_ms=200))
    line.take(media(2000), 0)
    line.take(mark("a"), 0)
    line.tick(100)
    line.tick(200)
    line.tick(220)
    line.take(CLEAR, 430)
    assert measures.voice_to_clear == [230]
    assert [one["mark"]["name"] for one in socket.of("mark")] == ["a"]
    line.take(media(60), 700)
    assert measures.speech_end_to_audio == [400]


def test_a_turn_tells_its_moments_and_whose_words_it_stood_between():
    line, _, measures = line_of(LoadAction(clip=Clip.of(tone(100)), interrupt_after_ms=200))
    line.take(media(2000, b"first"), 0)
    line.take(media(2000, b"more"), 10)
    line.tick(200)
    line.take(CLEAR, 430)
    for at in range(440, 540, 20):
        line.tick(at)
    line.take(media(60, b"second"), 700)
    line.tick(1100)
    line.take(media(60, b"third"), 1500)
    told = [(turn.began_ms, turn.ended_ms, turn.cleared_ms, turn.answered_ms) for turn in measures.turns]
    assert told == [(200, 300, 430, 700), (1100, 1200, None, 1500)]
    assert [(turn.after[:5], turn.head[:5]) for turn in measures.turns] == [
        (b"first", b"secon"),
        (b"secon", b"third"),
    ]


def test_a_buffer_that_runs_dry_inside_a_sentence_is_an_underrun():
    line, _, measures = line_of()
    line.take(media(60), 0)
    line.take(media(60), 100)
    line.take(mark("a"), 150)
    line.take(media(60), 900)
    assert [round(gap) for gap in measures.underruns] == [40]


def test_a_wrong_message_is_counted():
    line, socket, measures = line_of()
    line.take("nonsense", 0)
    assert len(measures.violations) == 1
    line.stop()
    assert socket.is_closed
    assert socket.of("stop")


def test_frames_of_every_length_are_written_and_read():
    for size in (5, 300, 70_000):
        data = bytearray(frame(b"x" * size))
        data[1] &= 0x7F  # a server's frames are not masked
        mask_at = {5: 2, 300: 4, 70_000: 10}[size]
        del data[mask_at : mask_at + 4]
        for cut in (0, 1, 3, len(data) - 1):
            assert read_frame(data[:cut]) is None
        assert read_frame(data + b"more") == (0x81, b"x" * size, len(data))


def test_percentiles_are_by_rank():
    spread = Spread.of(list(range(1, 101)))
    assert (spread.count, spread.p50, spread.p99, spread.worst) == (100, 51, 100, 100)
    assert Spread.of([]).count == 0

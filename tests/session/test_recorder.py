import asyncio
import io
import struct
import wave
from concurrent.futures import Executor, Future

from app.domain.call import CallId, Disposition
from app.engine.actions import HangUp, Play, Record, RecordingDecided
from app.engine.events import DigitPressed, LegAnswered, LegEnded
from app.media.audio import read_wav, tone
from app.session.recorder import AudioShelf, FileRecorder
from tests.fakes.loop import run_virtual
from tests.session.rig import Rig, prompt

TONE = tone(20, 400, -10)


class HerePool(Executor):
    """Does the work at once, in the caller's thread."""

    def submit(self, fn, /, *args, **kwargs):
        future: Future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class SlowPool(Executor):
    """Never gets to it until `work` is called."""

    def __init__(self):
        self.waiting = []

    def submit(self, fn, /, *args, **kwargs):
        future: Future = Future()
        self.waiting.append((future, fn))
        return future

    def work(self):
        for future, fn in self.waiting:
            future.set_result(fn())
        self.waiting.clear()


def loud(path, channel):
    """Return the first and last millisecond at which this side of the file sounds, or None."""
    wav = read_wav(path.read_bytes())
    samples = struct.unpack(f"<{len(wav.pcm16) // 2}h", wav.pcm16)[channel::2]
    sounding = [n for n, sample in enumerate(samples) if abs(sample) > 500]
    return (sounding[0] // 8, sounding[-1] // 8) if sounding else None


def near(span, first, last):
    assert span is not None
    assert abs(span[0] - first) <= 5
    assert abs(span[1] - last) <= 5


def feed(recorder, start, end):
    for at in range(start, end, 20):
        recorder.caller_audio(TONE, at + 20)


def test_both_sides_lie_where_they_sounded(tmp_path):
    recorder = FileRecorder(tmp_path, HerePool(), allowed=True)
    recorder.bot_audio(TONE * 50, 2_000)
    feed(recorder, 1_000, 9_000)
    recorder.close(9_000)
    near(loud(tmp_path / "call.wav", 0), 1_000, 9_000)
    near(loud(tmp_path / "call.wav", 1), 2_000, 3_000)


def test_a_cut_prompt_is_recorded_as_far_as_it_was_played(tmp_path):
    recorder = FileRecorder(tmp_path, HerePool(), allowed=True)
    recorder.bot_audio(TONE * 200, 0)
    feed(recorder, 0, 1_500)
    recorder.bot_silenced(1_500)
    feed(recorder, 1_500, 6_000)
    recorder.close(6_000)
    near(loud(tmp_path / "call.wav", 1), 0, 1_500)


def test_nothing_is_recorded_before_it_is_allowed_or_after_it_is_forbidden(tmp_path):
    recorder = FileRecorder(tmp_path, HerePool())
    feed(recorder, 0, 5_000)
    recorder.bot_audio(TONE, 4_000)
    recorder.close(5_000)
    assert not (tmp_path / "call.wav").exists()
    recorder.set_allowed(True, 5_000)
    feed(recorder, 5_000, 7_000)
    recorder.set_allowed(False, 7_000)
    feed(recorder, 7_000, 12_000)
    recorder.close(12_000)
    near(loud(tmp_path / "call.wav", 0), 5_000, 7_000)


def test_a_sensitive_entry_is_silence_on_both_sides(tmp_path):
    recorder = FileRecorder(tmp_path, HerePool(), allowed=True)
    recorder.set_sensitive(True, 0)
    recorder.bot_audio(TONE * 50, 100)
    feed(recorder, 0, 2_000)
    recorder.set_sensitive(False, 2_000)
    feed(recorder, 2_000, 5_000)
    recorder.close(5_000)
    near(loud(tmp_path / "call.wav", 0), 2_400, 5_000)
    assert loud(tmp_path / "call.wav", 1) is None


def test_the_file_is_valid_after_every_write(tmp_path):
    recorder = FileRecorder(tmp_path, HerePool(), allowed=True)
    feed(recorder, 0, 3_100)
    data = (tmp_path / "call.wav").read_bytes()
    with wave.open(io.BytesIO(data)) as wav:
        assert (wav.getnchannels(), wav.getframerate(), wav.getsampwidth()) == (2, 8_000, 2)
        assert wav.getnframes() * 4 + 44 == len(data)
        assert wav.getnframes() >= 16_000


def test_a_resumed_calls_recording_goes_on_in_the_same_file(tmp_path):
    first = FileRecorder(tmp_path, HerePool(), allowed=True)
    feed(first, 0, 4_000)
    second = FileRecorder(tmp_path, HerePool(), allowed=True)
    feed(second, 10_000, 14_000)
    second.close(14_000)
    near(loud(tmp_path / "call.wav", 0), 0, 14_000)
    assert len(read_wav((tmp_path / "call.wav").read_bytes()).pcm16) == 14_000 * 32


def test_a_slow_disk_costs_the_recording_not_the_memory(tmp_path):
    pool = SlowPool()
    recorder = FileRecorder(tmp_path, pool, allowed=True)
    feed(recorder, 0, 30_000)
    assert len(pool.waiting) == 1
    pool.work()
    feed(recorder, 30_000, 100_000)
    feed(recorder, 100_000, 200_000)
    assert len(pool.waiting) == 1
    recorder.close(200_000)
    pool.work()
    assert loud(tmp_path / "call.wav", 0)[1] <= 31_000 + 65_000


def test_a_disk_that_refuses_does_not_hurt_the_call(tmp_path):
    (tmp_path / "file").write_text("in the way")
    recorder = FileRecorder(tmp_path / "file", HerePool(), allowed=True)
    feed(recorder, 0, 5_000)
    recorder.keep_answer("comment", b"\0\0")
    recorder.close(5_000)


def test_a_pool_that_has_shut_down_does_not_hurt_the_call(tmp_path):
    shelf = AudioShelf(tmp_path)
    recorder = shelf.recorder(CallId("c1"), allowed=True)
    feed(recorder, 0, 1_000)
    shelf.close()
    recorder.close(1_000)


def test_a_shelf_says_what_a_call_left_in_it(tmp_path):
    shelf = AudioShelf(tmp_path / "audio", pool=HerePool())
    recorder = shelf.recorder(CallId("../c1"), allowed=True)
    feed(recorder, 0, 5_000)
    recorder.keep_answer("a/b", b"\0\0" * 800)
    assert shelf.written_for(CallId("../c1")) == [
        ("audio/___c1/call.wav", "call", ""),
        ("audio/___c1/a_b.wav", "answer", "a/b"),
    ]
    assert (tmp_path / "audio" / "___c1" / "a_b.wav").exists()
    assert shelf.written_for(CallId("../c1")) == []


def test_a_session_records_from_the_callers_consent_on(tmp_path):
    shelf = AudioShelf(tmp_path, pool=HerePool())

    async def main(clock):
        rules = {
            LegAnswered: lambda *_: [Play(1, prompt("One."))],
            DigitPressed: lambda *_: [Record(1, RecordingDecided(allowed=True)), Play(2, prompt("Two."))],
            LegEnded: lambda *_: [HangUp(Disposition.COMPLETED)],
        }
        rig = Rig(clock, rules, recorder=shelf.recorder(CallId("c1"), allowed=False))
        task = asyncio.ensure_future(rig.session.run())
        stamp = await rig.line(2_000)
        rig.session.digit("1")
        await rig.line(2_000, stamp)
        rig.session.stopped()
        await task

    run_virtual(main)
    path = tmp_path / "c1" / "call.wav"
    near(loud(path, 1), 2_000, 3_000)

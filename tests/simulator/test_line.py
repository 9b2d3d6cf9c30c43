import io
import wave

from app.simulator.line import FRAME_BYTES, Playback, Underrun, silence, wav
from app.simulator.phone import Phone
from app.simulator.report import CallReport, silences
from app.simulator.sounds import tone, white_noise


def test_a_mark_comes_back_when_everything_before_it_was_played_and_not_before():
    line = Playback()
    line.queue(tone(100), 0)
    assert line.mark("a") == []
    assert line.advance(99) == []
    assert line.advance(100) == ["a"]


def test_a_mark_behind_nothing_comes_back_at_once():
    assert Playback().mark("a") == ["a"]


def test_a_clear_returns_every_outstanding_mark_and_silences_the_line():
    line = Playback()
    line.queue(tone(100), 0)
    line.mark("a")
    line.queue(tone(100), 0)
    line.mark("b")
    line.advance(20)
    assert line.clear() == ["a", "b"]
    assert not line.is_playing
    assert line.advance(60) == []
    assert line.heard[FRAME_BYTES:] == silence(40)


def test_audio_after_a_clear_plays_at_once_and_its_mark_is_its_own():
    line = Playback()
    line.queue(tone(500), 0)
    line.mark("old")
    line.advance(40)
    line.clear()
    line.queue(tone(60), 40)
    assert line.mark("new") == []
    assert line.advance(100) == ["new"]


def test_audio_waits_behind_what_is_queued():
    line = Playback()
    line.queue(tone(40, 300), 0)
    line.queue(tone(40, 600), 0)
    line.advance(80)
    assert bytes(line.heard) == tone(40, 300) + tone(40, 600)


def test_the_line_is_silent_where_nothing_is_queued():
    line = Playback()
    line.advance(40)
    line.queue(tone(20), 40)
    line.advance(80)
    assert bytes(line.heard) == silence(40) + tone(20) + silence(20)


def test_a_gap_inside_a_sentence_is_an_underrun_and_a_pause_between_two_is_none():
    line = Playback()
    line.queue(tone(40), 0)
    line.advance(100)
    line.queue(tone(40), 100)
    assert line.underruns == [Underrun(40, 60)]
    line.mark("end")
    line.advance(300)
    line.queue(tone(40), 300)
    assert len(line.underruns) == 1


def test_more_than_ten_minutes_are_not_buffered():
    line = Playback()
    assert line.queue(silence(600_000), 0)
    assert not line.queue(tone(20), 0)
    assert line.buffered_ms == 600_000


def test_it_is_known_when_the_bot_was_last_heard_and_when_that_sound_came():
    line = Playback()
    line.queue(tone(40), 7)
    line.queue(silence(100), 9)
    line.advance(140)
    assert (line.last_heard.at_ms, line.last_heard.arrived_ms) == (40, 7)


def test_a_wav_file_holds_both_sides_on_two_channels():
    with wave.open(io.BytesIO(wav([tone(100), silence(40)]))) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, 800)
        frames = file.readframes(800)
    right = frames[2::4] + frames[3::4]
    assert not any(right)
    assert any(frames)


def test_silences_count_only_where_neither_side_is_heard():
    bot = tone(100) + silence(300) + tone(100)
    caller = silence(200) + tone(100) + silence(200)
    found, longest = silences([bot, caller], at_least_ms=100)
    assert [(one.at_ms, one.length_ms) for one in found] == [(100, 100), (300, 100)]
    assert longest == 100


def test_a_silence_that_lasts_to_the_end_is_seen():
    found, longest = silences([tone(100) + silence(400)], at_least_ms=300)
    assert [(one.at_ms, one.length_ms) for one in found] == [(100, 400)]
    assert longest == 400


def test_noise_is_the_same_for_the_same_seed():
    assert white_noise(40, seed=3) == white_noise(40, seed=3) != white_noise(40, seed=4)


def test_overfilling_the_line_is_reported_as_twilio_does():
    report = CallReport("CA1", "x", "inbound")
    phone = Phone(report, 1.0, lambda _: None)
    phone.hear(silence(600_000))
    phone.hear(tone(20))
    assert [violation.code for violation in report.violations] == [31931]

import audioop
import io
import wave

import pytest

from app.media.audio import (
    FLOOR_DBFS,
    BadWav,
    mulaw_level,
    mulaw_millis,
    pcm_level,
    pcm_millis,
    read_wav,
    silence,
    to_mulaw,
    to_pcm16,
    tone,
    write_wav,
)


def wav_bytes(samples, width, rate=8_000, channels=1):
    out = io.BytesIO()
    with wave.open(out, "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(width)
        wav.setframerate(rate)
        wav.writeframes(samples)
    return out.getvalue()


def test_every_mulaw_byte_survives_the_way_to_pcm_and_back():
    every = bytes(range(256))
    back = to_mulaw(to_pcm16(every))
    assert [b for b in every if back[b] != b] == [0x7F]  # negative zero is the one that G.711 says twice


@pytest.mark.parametrize("level", [-40.0, -20.0, -6.0])
def test_a_tones_level_is_measured_as_it_was_made(level):
    assert mulaw_level(tone(500, level_dbfs=level)) == pytest.approx(level, abs=0.3)


def test_silence_has_the_floors_level_and_its_length():
    assert mulaw_level(silence(20)) == FLOOR_DBFS
    assert pcm_level(b"") == FLOOR_DBFS
    assert mulaw_millis(len(silence(123))) == 123
    assert silence(-5) == b""


def test_lengths_are_told_in_milliseconds():
    assert mulaw_millis(167) == 20
    assert pcm_millis(320) == 20


def test_full_scale_is_zero_dbfs():
    assert pcm_level(b"\x00\x80" * 100) == 0


@pytest.mark.parametrize("hertz", [440, 1_000, 7])
def test_a_tone_has_its_pitch_and_its_length(hertz):
    pcm = to_pcm16(tone(1_000, hertz))
    assert len(pcm) == 16_000
    assert audioop.cross(pcm, 2) == pytest.approx(2 * hertz, abs=2)


def test_a_wav_file_comes_back_as_it_was_written():
    pcm = to_pcm16(tone(50))
    wav = read_wav(write_wav(pcm, rate=16_000, channels=2))
    assert (wav.pcm16, wav.rate, wav.channels) == (pcm, 16_000, 2)


def test_eight_and_24_bit_wav_become_16_bit():
    assert read_wav(wav_bytes(b"\x80\xff\x00", 1)).pcm16 == b"\x00\x00\x00\x7f\x00\x80"
    assert read_wav(wav_bytes(b"\x01\x00\x40", 3)).pcm16 == b"\x00\x40"


def test_a_length_that_a_pipe_could_not_know_is_not_believed():
    data = bytearray(write_wav(b"\x01\x00" * 100))
    data[4:8] = data[40:44] = b"\xff\xff\xff\x7f"
    assert read_wav(bytes(data)).pcm16 == b"\x01\x00" * 100


@pytest.mark.parametrize("data", [b"", b"RIFF", b"ID3 no wav at all, but some music" * 9])
def test_what_is_no_wav_file_is_refused_in_words(data):
    with pytest.raises(BadWav, match=r"\w"):
        read_wav(data)

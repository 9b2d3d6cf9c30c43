"""What is told of recordings made for the purpose."""

import math
import struct

import pytest

from app.media.audio import BadWav, Wav, read_wav, write_wav
from app.media.recorded import complaints


def voice(seconds: float, peak: float, rate: int = 8_000) -> bytes:
    count = round(seconds * rate)
    samples = (round(32_767 * peak * math.sin(2 * math.pi * 440 * n / rate)) for n in range(count))
    return struct.pack(f"<{count}h", *samples)


def quiet(seconds: float, rate: int = 8_000) -> bytes:
    return bytes(2 * round(seconds * rate))


def test_a_good_take_is_not_complained_of() -> None:
    assert complaints(Wav(quiet(0.9) + voice(2, 0.2) + quiet(0.9), 8_000, 1)) == ()
    assert complaints(Wav(voice(1, 0.2, 44_100), 44_100, 1)) == ()


@pytest.mark.parametrize(
    ("pcm", "told"),
    [
        (voice(1, 0.004), "its voice is at -51.0 dBFS: record it louder"),
        (b"\xff\x7f" * 40 + voice(1, 0.2), "0.5% of its samples are at full scale (0 dBFS): it is clipped"),
        (quiet(2.5) + voice(1, 0.2), "it begins with 2.5 s of silence"),
        (voice(1, 0.2) + quiet(1.5), "it ends with 1.5 s of silence"),
        (voice(61, 0.2), "it lasts 61 s"),
        (quiet(1), "no voice is in it: its loudest 10 ms are at -96 dBFS"),
        (b"", "no voice is in it"),
    ],
)
def test_what_is_odd_about_a_take_is_told_with_what_was_measured(pcm: bytes, told: str) -> None:
    (complaint,) = complaints(Wav(pcm, 8_000, 1))
    assert complaint.startswith(told)


def test_half_a_last_frame_of_two_channels_is_left_out() -> None:
    assert complaints(Wav(voice(1, 0.2) + b"\x00\x00", 8_000, 2)) == ()


def extensible(width: int, samples: bytes, subformat: bytes) -> bytes:
    """A WAV as ffmpeg writes it for 24 bits."""
    guid = subformat + b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
    form = struct.pack("<HHIIHHHHI", 0xFFFE, 1, 8_000, 8_000 * width, width, width * 8, 22, width * 8, 4)
    body = b"WAVE" + b"fmt " + struct.pack("<I", 40) + form + guid
    body += b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


def test_24_bits_in_the_extensible_form_are_played() -> None:
    assert read_wav(extensible(3, b"\x01\x00\x40", b"\x01\x00")).pcm16 == b"\x00\x40"


def test_samples_that_are_no_integers_are_told_with_what_to_do() -> None:
    with pytest.raises(BadWav, match="save it as 16-bit PCM"):
        read_wav(extensible(4, b"\x00\x00\x80\x3f", b"\x03\x00"))


@pytest.mark.parametrize("rate", [1, 4_000_000_000])
def test_a_rate_that_no_voice_has_is_refused(rate: int) -> None:
    data = bytearray(write_wav(voice(0.1, 0.2)))
    data[24:28] = struct.pack("<I", rate)
    with pytest.raises(BadWav, match="cannot be played"):
        read_wav(bytes(data))

"""Recordings in the telephone's own codes are read as any other."""

import audioop
import struct

import pytest

from app.media.audio import read_wav, to_pcm16, tone


def wav(code: int, samples: bytes, *, extensible: bool = False) -> bytes:
    tag = 0xFFFE if extensible else code
    form = struct.pack("<HHIIHH", tag, 1, 8_000, 8_000, 1, 8)
    form += struct.pack("<HHIH", 22, 8, 0, code) + bytes(14) if extensible else struct.pack("<H", 0)
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("extensible", [False, True])
def test_mu_law_and_a_law_are_read(extensible: bool) -> None:
    sound = tone(100)
    assert read_wav(wav(7, sound, extensible=extensible)).pcm16 == to_pcm16(sound)
    other = audioop.lin2alaw(to_pcm16(sound), 2)
    assert read_wav(wav(6, other, extensible=extensible)).pcm16 == audioop.alaw2lin(other, 2)

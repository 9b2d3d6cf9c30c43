"""Sounds for tests: tones, seeded noise and espeak-ng's voices, all as 8 kHz PCM16 or mu-law."""

import os
import random
import shutil
import struct
import subprocess
from functools import cache

import pytest

from app.media.audio import read_wav, to_mulaw, to_pcm16
from app.media.resampling import to_line

# Where a change is decided upon (CI), what is missing fails the tests that need it instead of skipping them.
needs_espeak = pytest.mark.skipif(
    shutil.which("espeak-ng") is None and not os.environ.get("CI"), reason="espeak-ng is not installed here"
)


@cache
def noise(ms, rms, seed=1):
    rng = random.Random(seed)  # noqa: S311 - sound, no secret
    return b"".join(
        struct.pack("<h", max(-32_768, min(32_767, round(rng.gauss(0, rms))))) for _ in range(8 * ms)
    )


@cache
def say(text, voice="en-us", wpm=150):
    """Return mu-law of an espeak-ng voice, levelled for the line."""
    command = ["espeak-ng", "--stdout", "-v", voice, "-s", str(wpm), "--stdin"]
    said = subprocess.run(command, input=text.encode(), capture_output=True, check=True)  # noqa: S603
    wav = read_wav(said.stdout)
    return to_line(wav.pcm16, wav.rate, wav.channels)


def add(one, other):
    """Return the sum of two PCM16 sounds, as long as the first."""
    other = other[: len(one)].ljust(len(one), b"\0")
    return b"".join(
        struct.pack("<h", max(-32_768, min(32_767, a + b)))
        for (a,), (b,) in zip(struct.iter_unpack("<h", one), struct.iter_unpack("<h", other), strict=True)
    )


def over_the_line(mulaw, snr_db=30, lead=400, tail=200):
    """Return what the listener gets: the sound at -20 dBFS in white noise, through mu-law, as PCM16."""
    pcm = to_pcm16(b"\xff" * (8 * lead) + mulaw + b"\xff" * (8 * tail))
    rms = round(32_768 * 10 ** ((-20 - snr_db) / 20))
    return to_pcm16(to_mulaw(add(pcm, noise(len(pcm) // 16 + 1, rms))))

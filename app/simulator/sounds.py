"""Sounds a line can carry without a voice: a tone and white noise, as mu-law; seeded, so always the same."""

import audioop
import math
import random
import struct

from app.simulator.line import SAMPLES_PER_MS

FULL_SCALE = 32_767


def tone(milliseconds: int, hertz: int = 300, level: float = 0.2) -> bytes:
    """A sine of this length; it stands for words where no voice is at hand."""
    count = milliseconds * SAMPLES_PER_MS
    step = 2 * math.pi * hertz / (SAMPLES_PER_MS * 1000)
    pcm = struct.pack(f"<{count}h", *(int(FULL_SCALE * level * math.sin(step * n)) for n in range(count)))
    return audioop.lin2ulaw(pcm, 2)


def white_noise(milliseconds: int, level: float = 0.1, seed: int = 1) -> bytes:
    """Uniform noise whose RMS is `level` of full scale, 0.57 at most."""
    count = milliseconds * SAMPLES_PER_MS
    peak = int(FULL_SCALE * min(1.0, level * math.sqrt(3)))
    chance = random.Random(seed)  # noqa: S311  # sound, not secrecy
    pcm = struct.pack(f"<{count}h", *(chance.randint(-peak, peak) for _ in range(count)))
    return audioop.lin2ulaw(pcm, 2)


def spoken_tone(text: str) -> bytes:
    """A tone as long as the text would be spoken: 60 ms a character, as the engines `timed` do."""
    return tone(60 * len(text))

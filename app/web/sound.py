"""A recording drawn small: the loudest sample of each stretch, both sides apart. Blocks; knows no call."""

import audioop
import wave
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

STRETCHES: Final = 1_200
"""More than a wide screen has columns to draw them with."""

_TOP: Final = 127
_FULL: Final = 32_768
_BLOCK: Final = 8_000
"""Frames read at once: a second of sound."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """How loud each stretch is, from 0 to 127; `bot` is empty in a recording of one side."""

    duration_ms: int
    caller: tuple[int, ...]
    bot: tuple[int, ...]


def peaks_of(path: Path) -> Peaks | None:
    """Return the recording's peaks, from memory while the file stays as it is; None when it is no sound."""
    try:
        found = path.stat()
        return _read(path, found.st_mtime_ns, found.st_size)
    except (OSError, wave.Error, EOFError):
        return None


@lru_cache(maxsize=64)
def _read(path: Path, _saved: int, _size: int) -> Peaks:
    with wave.open(str(path)) as sound:
        frames, rate, channels = sound.getnframes(), sound.getframerate(), sound.getnchannels()
        if sound.getsampwidth() != 2 or not 1 <= channels <= 2 or not rate:  # noqa: PLR2004 - PCM16
            raise wave.Error("not a sound of ours")
        sides: tuple[list[int], list[int]] = ([0] * STRETCHES, [0] * STRETCHES)
        at = 0
        while block := sound.readframes(_BLOCK):
            count = len(block) // (2 * channels)
            for side in range(channels):
                alone = audioop.tomono(block, 2, 1 - side, side) if channels == 2 else block  # noqa: PLR2004
                _note(sides[side], alone, at, count, frames)
            at += count
    duration = frames * 1_000 // rate
    return Peaks(duration, tuple(sides[0]), tuple(sides[1]) if channels == 2 else ())  # noqa: PLR2004


def _note(peaks: list[int], pcm16: bytes, at: int, count: int, frames: int) -> None:
    """Take a block that begins at the frame `at` into the stretches it lies in."""
    first, last = at * STRETCHES // frames, (at + count - 1) * STRETCHES // frames
    for stretch in range(first, min(last, STRETCHES - 1) + 1):
        begin = max(at, -(-stretch * frames // STRETCHES)) - at
        end = min(at + count, -(-(stretch + 1) * frames // STRETCHES)) - at
        if begin < end:
            loudest = audioop.max(pcm16[2 * begin : 2 * end], 2) * _TOP // (_FULL - 1)
            peaks[stretch] = max(peaks[stretch], min(_TOP, loudest))

"""Whether a recorded prompt will be heard well: what is measured of it, in words; knows no files.

What is played is trimmed and brought to the line's level (see app.media.resampling), so a complaint is about
what that cannot mend, or shows that a take was not what its maker thought.
"""

from typing import Final

import numpy as np

from app.media.audio import FLOOR_DBFS, RATE, Wav
from app.media.resampling import FRAME, frame_levels, from_pcm16, resample

QUIETEST_DBFS: Final = -40.0
"""Active level below which the room is heard as well, once the voice is made loud enough."""

LONGEST_S: Final = 60.0
LONGEST_EDGE_S: Final = 1.0
MOST_CLIPPED: Final = 0.001

_ACTIVE_DB: Final = 25.0
_SILENT_DBFS: Final = -60.0
_FULL: Final = 32_767 / 32_768


def complaints(wav: Wav) -> tuple[str, ...]:
    """Return what is odd about a recording, a clause each, with what was measured."""
    samples = from_pcm16(wav.pcm16[: len(wav.pcm16) // (2 * wav.channels) * 2 * wav.channels], wav.channels)
    levels = frame_levels(resample(samples, wav.rate))
    if not len(levels) or float(levels.max()) < _SILENT_DBFS:
        loudest = float(levels.max()) if len(levels) else FLOOR_DBFS
        return (f"no voice is in it: its loudest 10 ms are at {max(loudest, FLOOR_DBFS):.0f} dBFS",)
    found = []
    active = levels[levels > levels.max() - _ACTIVE_DB]
    voice = 10 * float(np.log10(np.mean(10 ** (active / 10))))
    if voice < QUIETEST_DBFS:
        found.append(f"its voice is at {voice:.1f} dBFS: record it louder, between -30 and -15")
    raw = np.abs(from_pcm16(wav.pcm16))
    clipped = float(np.count_nonzero(raw >= _FULL)) / len(raw)
    if clipped > MOST_CLIPPED:
        found.append(
            f"{clipped:.1%} of its samples are at full scale (0 dBFS): it is clipped, record it softer"
        )
    found += _edges(levels > max(float(levels.max()) - 40.0, _SILENT_DBFS))
    seconds = len(samples) / wav.rate
    if seconds > LONGEST_S:
        found.append(f"it lasts {seconds:.0f} s: few callers listen that long")
    return tuple(found)


def _edges(loud: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> list[str]:
    voiced = np.flatnonzero(loud)
    edges = {"begins": int(voiced[0]), "ends": len(loud) - 1 - int(voiced[-1])}
    seconds = {name: frames * FRAME / RATE for name, frames in edges.items()}
    return [
        f"it {name} with {each:.1f} s of silence, which is not played"
        for name, each in seconds.items()
        if each > LONGEST_EDGE_S
    ]

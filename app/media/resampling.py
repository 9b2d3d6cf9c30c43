"""From any studio's samples to a telephone line's: rate, level and trimmed edges; knows no files."""

import numpy as np
import numpy.typing as npt
import soxr

from app.domain.call import Millis
from app.media.audio import RATE, to_mulaw

Samples = npt.NDArray[np.float32]
"""Mono samples between -1 and 1."""

SPEECH_LEVEL_DBFS = -20.0
"""Active speech level on the line: loud and clear, with room for peaks (ITU-T P.56 speaks of -26 to -18)."""

_PEAK = 0.9
FRAME = RATE // 100
"""Samples of 10 ms: what a level is taken of."""

_QUIET_BELOW_LOUDEST_DB = 40.0


def from_pcm16(pcm16: bytes, channels: int = 1) -> Samples:
    """Return interleaved 16-bit samples as mono floats, the channels mixed evenly."""
    samples: Samples = (np.frombuffer(pcm16, "<i2") / 32_768).astype(np.float32)
    if channels == 1:
        return samples
    mixed: Samples = samples.reshape(-1, channels).mean(axis=1, dtype=np.float32)
    return mixed


def to_pcm16(samples: Samples) -> bytes:
    """Return floats as signed 16-bit little-endian samples, clipped at full scale."""
    return (np.clip(samples, -1.0, 32_767 / 32_768) * 32_768).astype("<i2").tobytes()


def resample(samples: Samples, rate: int, to_rate: int = RATE) -> Samples:
    """Return the samples at another rate, band-limited (soxr HQ: nothing folds back into the voice)."""
    if rate == to_rate or not len(samples):
        return samples
    resampled: Samples = soxr.resample(samples, rate, to_rate).astype(np.float32)
    return resampled


def frame_levels(samples: Samples) -> npt.NDArray[np.float32]:
    """Return the level in dBFS of each whole 10 ms of 8 kHz samples."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    power = np.mean(frames * frames, axis=1, dtype=np.float32)
    levels: Samples = (10 * np.log10(power + 1e-12)).astype(np.float32)
    return levels


def trim(samples: Samples, lead: Millis = 20, tail: Millis = 80) -> Samples:
    """Return 8 kHz samples with at most this much quiet at their edges; all quiet stays as it is."""
    levels = frame_levels(samples)
    if not len(levels):
        return samples
    loud = np.flatnonzero(levels > max(float(levels.max()) - _QUIET_BELOW_LOUDEST_DB, -60.0))
    if not len(loud):
        return samples
    start = int(loud[0]) * FRAME - lead * RATE // 1_000
    stop = (int(loud[-1]) + 1) * FRAME + tail * RATE // 1_000
    return samples[max(0, start) : stop]


def level(samples: Samples, target_dbfs: float = SPEECH_LEVEL_DBFS) -> Samples:
    """Return 8 kHz samples whose active parts have this level, less where a peak would clip."""
    levels = frame_levels(samples)
    active = levels[levels > levels.max() - 25.0] if len(levels) else levels
    if not len(active) or float(active.max()) < -60.0:  # noqa: PLR2004 - hiss is not made loud
        return samples
    gain = 10 ** ((target_dbfs - 10 * float(np.log10(np.mean(10 ** (active / 10))))) / 20)
    return samples * np.float32(min(gain, _PEAK / float(np.abs(samples).max())))


def to_line(pcm16: bytes, rate: int, channels: int = 1) -> bytes:
    """Return mu-law for the line from any 16-bit audio: mixed, resampled, trimmed and levelled."""
    return to_mulaw(to_pcm16(level(trim(resample(from_pcm16(pcm16, channels), rate)))))

"""One side's sound at another rate, piece by piece; knows no device."""

import numpy as np
import soxr

HELD_BACK_MS = 60
"""What soxr keeps of a stream to look ahead: 36 ms from 8 to 48 kHz, 61 ms from 8 to 44.1 kHz."""


class RateChanger:
    """Changes the rate of one stream of 16-bit mono samples; the same rate passes through untouched."""

    def __init__(self, rate: int, to_rate: int) -> None:
        # Medium quality is flat to 3.4 kHz, all a telephone carries, and holds back less than the high one.
        self._stream = (
            None if rate == to_rate else soxr.ResampleStream(rate, to_rate, 1, dtype="int16", quality="MQ")
        )

    def change(self, pcm16: bytes) -> bytes:
        """Return what is ready of the stream so far, which may be nothing, or more than this piece."""
        if self._stream is None:
            return pcm16
        changed = self._stream.resample_chunk(np.frombuffer(pcm16, "<i2"))
        return bytes(changed.astype("<i2").tobytes())

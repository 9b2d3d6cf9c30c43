"""WAV files that are valid after every write, whenever the process dies; knows no call."""

import audioop
import struct
from pathlib import Path

from app.domain.call import Millis
from app.media.audio import BYTES_PER_MS, write_wav

_HEADER_BYTES = 44
_RATE = 8_000


def _header(data_bytes: int, channels: int) -> bytes:
    frame = 2 * channels
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        _HEADER_BYTES - 8 + data_bytes,
        b"WAVE",
        b"fmt ",
        16,
        1,
        channels,
        _RATE,
        _RATE * frame,
        frame,
        16,
        b"data",
        data_bytes,
    )


class StereoFile:
    """A two-channel PCM16 file at 8 kHz, left and right given as mu-law for any moment from its start."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, starts_at: Millis, left: bytes, right: bytes) -> None:
        """Put both sides at `starts_at`; what lies between is silence. Raises OSError."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        sound = audioop.add(
            audioop.tostereo(audioop.ulaw2lin(left, 2), 2, 1, 0),
            audioop.tostereo(audioop.ulaw2lin(right, 2), 2, 0, 1),
            2,
        )
        self._path.touch()
        with self._path.open("r+b") as file:
            file.seek(_HEADER_BYTES + starts_at * BYTES_PER_MS * 4)
            file.write(sound)
            size = file.seek(0, 2) - _HEADER_BYTES
            # The header is written last: a crash before it leaves the file as it was, only longer.
            file.seek(0)
            file.write(_header(size, channels=2))


def write_mono(path: Path, pcm16: bytes) -> None:
    """Write a one-channel file at 8 kHz. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(write_wav(pcm16))

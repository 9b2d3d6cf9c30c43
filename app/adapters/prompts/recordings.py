"""Recorded prompts: a WAV of any rate beside the flow becomes telephone sound; knows no cache."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from app.media.audio import BadWav, Wav, read_wav
from app.media.studio import to_line
from app.session.ports import SynthesisError

LARGEST_FILE = 64 * 1024 * 1024

FindRecording = Callable[[str], Path | None]
"""From a recording's path inside the flow's folder to its file; None where it leads out or to nothing."""


class Recordings:
    """The recordings of one folder, told apart by content, so that a new take is heard at once."""

    def __init__(self, find: FindRecording) -> None:
        self._find = find
        self._digests: dict[Path, tuple[int, int, str]] = {}

    def digest(self, audio: str) -> str:
        """Return the content's SHA-256, read again only when size or time changed; empty when unreadable."""
        path = self._find(audio)
        if path is None:
            return ""
        try:
            stat = path.stat()
            known = self._digests.get(path)
            if known is None or known[:2] != (stat.st_mtime_ns, stat.st_size):
                digest = hashlib.sha256(_read(path, audio)).hexdigest()
                known = self._digests[path] = (stat.st_mtime_ns, stat.st_size, digest)
        except (OSError, SynthesisError):
            return ""
        return known[2]

    def load(self, audio: str) -> bytes:
        """Return the recording as 8 kHz mu-law, trimmed and at the line's level. Raises SynthesisError.

        Blocks: off the loop only.
        """
        wav = self.read(audio)
        return to_line(wav.pcm16, wav.rate, wav.channels)

    def read(self, audio: str) -> Wav:
        """Return the recording as it was made. Blocks. Raises SynthesisError."""
        path = self._find(audio)
        if path is None:
            raise SynthesisError(f"the recording {audio} is not in the flow's folder")
        try:
            return read_wav(_read(path, audio))
        except OSError as error:
            raise SynthesisError(f"the recording {audio} cannot be read: {error.strerror}") from error
        except BadWav as error:
            raise SynthesisError(
                f"the recording {audio} is no WAV file that can be played: {error}"
            ) from error


def _read(path: Path, audio: str) -> bytes:
    if path.stat().st_size > LARGEST_FILE:
        raise SynthesisError(f"the recording {audio} is larger than {LARGEST_FILE // 1024 // 1024} MB")
    return path.read_bytes()

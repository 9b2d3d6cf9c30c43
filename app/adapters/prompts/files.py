"""The prompt cache's files: written whole or not at all, and never believed without their checksum.

Blocks, so it is called off the event loop; knows nothing of synthesis.
"""

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

_MAGIC = b"DialAI prompt 1\n"
_HEADER = len(_MAGIC) + 8 + 32


class PromptFiles:
    """Mu-law by content key under one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.ulaw"

    def read(self, key: str) -> bytes | None:
        """Return the sound; None when there is no such file or it is not whole, which deletes it."""
        path = self._path(key)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        sound = data[_HEADER:]
        header = _MAGIC + len(sound).to_bytes(8, "big") + hashlib.sha256(sound).digest()
        if data[:_HEADER] == header:
            return sound
        with contextlib.suppress(OSError):
            path.unlink()
        return None

    def write(self, key: str, sound: bytes) -> None:
        """Keep the sound. A crash leaves the old file, or none. Raises OSError."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(_MAGIC + len(sound).to_bytes(8, "big") + hashlib.sha256(sound).digest() + sound)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

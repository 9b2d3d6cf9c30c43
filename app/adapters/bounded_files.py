"""Reads files that people write, never more of one than it may have, and never for ever."""

import errno
from pathlib import Path

from app.flows.yaml_tree import MAX_BYTES


def read_bounded(path: Path, most: int = MAX_BYTES) -> bytes:
    """Return what a file holds, cut behind one byte more than `most`: that much shows that it is too long.

    Raises OSError, also for what is no file to be read to its end: a pipe, a device.
    """
    # A pipe waits for its writer as soon as it is opened.
    if path.exists() and not path.is_file() and not path.is_dir():
        raise OSError(errno.EINVAL, "it is a pipe or a device, no file")
    with path.open("rb") as file:
        return file.read(most + 1)

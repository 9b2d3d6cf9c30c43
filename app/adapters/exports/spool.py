"""Rows on disk between two readings: what a table's head must tell is known only after its last row.

A few thousand cells are in memory at a time, however many rows there are; knows no format.
"""

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

import msgspec

Row = Sequence[str | float | None]

BATCH: Final = 1_000
"""Rows that are in memory at once."""

_SIZE: Final = 8


class Spool:
    """Takes rows one by one and gives them back by batches, in their order. Its file ends with it.

    Every method may raise OSError.
    """

    def __init__(self, folder: Path, batch: int = BATCH) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - closed as this is left
        self._batch = batch
        self._waiting: list[Row] = []
        self.count = 0

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def add(self, row: Row) -> None:
        """Keep a row."""
        self._waiting.append(row)
        self.count += 1
        if len(self._waiting) == self._batch:
            self._write()

    def batches(self) -> Iterator[list[Any]]:
        """Yield all rows, at most a batch of them at a time."""
        self._write()
        self._file.seek(0)
        while size := int.from_bytes(self._file.read(_SIZE), "big"):
            yield msgspec.msgpack.decode(self._file.read(size))

    def _write(self) -> None:
        if self._waiting:
            packed = msgspec.msgpack.encode(self._waiting)
            self._file.write(len(packed).to_bytes(_SIZE, "big") + packed)
            self._waiting = []

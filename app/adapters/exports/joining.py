"""Joins tables that ReadStat wrote one after the other into one file; knows no column and no value.

ReadStat's Python door writes whole tables alone. Two files with the same columns have the same head and
differ in their rows, so a file of any length is the head of a small one, the rows of many small ones,
and what follows them; only the places that count rows are written here.
"""

import struct
from io import BufferedWriter
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

_I4: Final = struct.Struct("<i")
_I8: Final = struct.Struct("<q")


class Joint(Protocol):
    """A file that grows by rows. Every method may raise OSError."""

    def add(self, table: bytes) -> None:
        """Append the rows of a table, but for its first one, which the pattern has too."""
        ...

    def close(self) -> None:
        """Write what follows the rows and how many they are."""
        ...


class Sav:
    """SPSS: the rows are compressed here, because a table's last block of codes holds its end as well."""

    _ROWS: Final = 80
    _COMPRESSION: Final = 72
    _LONG_ROWS: Final = struct.pack("<iiiiq", 7, 16, 8, 2, 1)

    def __init__(self, path: Path, pattern: bytes, doubled: bytes) -> None:
        """Begin with the table `pattern`, of one row; `doubled` has the same row twice. Raises OSError."""
        self._width = len(doubled) - len(pattern)
        self._head = bytearray(pattern[: -self._width])
        self._packer = Packer()
        self._count = 0
        self._file = path.open("wb")
        self._file.write(self._head)

    def add(self, table: bytes) -> None:
        """Append the rows of a table, but for its first one."""
        rows = table[len(self._head) + self._width :]
        self._count += len(rows) // self._width
        self._file.write(self._packer.pack(rows))

    def close(self) -> None:
        """Write the end of the codes, and how many rows there are."""
        with self._file:
            self._file.write(self._packer.end())
            _patch(self._file, self._COMPRESSION, _I4.pack(1))
            _patch(self._file, self._ROWS, _I4.pack(self._count))
            place = self._head.find(self._LONG_ROWS)
            if place >= 0:
                _patch(self._file, place + len(self._LONG_ROWS), _I8.pack(self._count))


class Packer:
    """SPSS's row compression: a byte for what is common, in blocks of eight, each before what it leaves open.

    Whole numbers from -99 to 151, eight spaces and `missing` take a byte. Texts hold no byte 0 and so
    are never taken for such a number; the bits decide, since all of these stand for eight given bytes.
    """

    _BIAS: Final = 100
    _END, _LITERAL, _SPACES, _MISSING = 252, 253, 254, 255
    _BLOCK: Final = 8

    def __init__(self) -> None:
        numbers = np.arange(1, self._END, dtype=np.float64) - self._BIAS
        spaces, missing = b" " * 8, struct.pack("<d", -np.finfo(np.float64).max)
        bits = np.concatenate([numbers.view("<u8"), np.frombuffer(spaces + missing, "<u8")])
        codes = np.array([*range(1, self._END), self._SPACES, self._MISSING], np.uint8)
        order = np.argsort(bits)
        self._bits, self._codes = bits[order], codes[order]
        self._rest = np.empty(0, "<u8")

    def pack(self, rows: bytes) -> bytes:
        """Return what can be told of the rows; the last few cells wait for more of them."""
        cells = np.concatenate([self._rest, np.frombuffer(rows, "<u8")])
        whole = len(cells) // self._BLOCK * self._BLOCK
        self._rest = cells[whole:]
        return self._packed(cells[:whole], self._coded(cells[:whole]))

    def end(self) -> bytes:
        """Return the rest."""
        codes = np.zeros(self._BLOCK, np.uint8)
        codes[: len(self._rest)] = self._coded(self._rest)
        codes[len(self._rest)] = self._END
        return self._packed(np.resize(self._rest, self._BLOCK), codes)

    def _coded(self, cells: NDArray[np.uint64]) -> NDArray[np.uint8]:
        places = np.minimum(np.searchsorted(self._bits, cells), len(self._bits) - 1)
        return np.where(self._bits[places] == cells, self._codes[places], np.uint8(self._LITERAL))

    def _packed(self, cells: NDArray[np.uint64], codes: NDArray[np.uint8]) -> bytes:
        open_ = codes == self._LITERAL
        blocks = len(codes) // self._BLOCK
        # Behind each block's codes stand its open cells.
        block_of = np.flatnonzero(open_) // self._BLOCK
        out = np.empty(blocks + len(block_of), "<u8")
        out[block_of + 1 + np.arange(len(block_of))] = cells[open_]
        before = np.concatenate([[0], np.cumsum(np.bincount(block_of, minlength=blocks))[:-1]])
        out[np.arange(blocks) + before.astype(np.int64)] = codes.view("<u8")
        return out.tobytes()


class Dta:
    """Stata, from release 117: rows of one width between two marks, and a map of where everything begins."""

    _ROWS: Final = b"<N>"
    _MAP: Final = b"<map>"
    _DATA: Final = b"<data>"
    _BEFORE: Final = 10
    _PLACES: Final = 14
    """What the map lists; those from the tenth on stand behind the rows."""

    def __init__(self, path: Path, pattern: bytes, doubled: bytes) -> None:
        """Begin with the table `pattern`, of one row; `doubled` has the same row twice. Raises OSError."""
        self._width = len(doubled) - len(pattern)
        self._map = pattern.index(self._MAP) + len(self._MAP)
        self._places = struct.unpack_from(f"<{self._PLACES}q", pattern, self._map)
        self._begin = self._places[self._BEFORE - 1] + len(self._DATA)
        self._end = pattern[self._begin + self._width :]
        self._rows = pattern.index(self._ROWS) + len(self._ROWS)
        self._count = 0
        self._file = path.open("wb")
        self._file.write(pattern[: self._begin])

    def add(self, table: bytes) -> None:
        """Append the rows of a table, but for its first one."""
        rows = table[self._begin + self._width : len(table) - len(self._end)]
        self._count += len(rows) // self._width
        self._file.write(rows)

    def close(self) -> None:
        """Write what follows the rows, where it is, and how many rows there are."""
        longer = (self._count - 1) * self._width
        places = [place + longer * (at >= self._BEFORE) for at, place in enumerate(self._places)]
        with self._file:
            self._file.write(self._end)
            _patch(self._file, self._rows, _I8.pack(self._count))
            _patch(self._file, self._map, struct.pack(f"<{self._PLACES}q", *places))


def _patch(file: BufferedWriter, place: int, data: bytes) -> None:
    file.seek(place)
    file.write(data)

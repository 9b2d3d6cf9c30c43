"""Works out the places of a chart's columns; colours and letters are the style sheet's."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.adapters.store.analytics import Bucket

WIDTH: Final = 960
HEIGHT: Final = 190
_TOP: Final = 12
_BOTTOM: Final = 26
_LEFT: Final = 40
_WIDEST: Final = 46
_LABELS: Final = 8

_KINDS: Final = {"completed": "completed", "partial": "partial", "": "live"}


@dataclass(frozen=True, slots=True)
class Piece:
    """One coloured part of a column."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One day or hour."""

    title: str
    pieces: tuple[Piece, ...]
    label: str
    label_x: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns over a scale whose lines are (y, number)."""

    width: int
    height: int
    floor: int
    left: int
    columns: tuple[Column, ...]
    lines: tuple[tuple[float, int], ...]


def columns(buckets: Sequence[Bucket]) -> Chart:
    """Return calls by day or hour: completed at the bottom, partial on it, then all other ends, then live."""
    counted = [(bucket.begins, _kinds(bucket)) for bucket in buckets]
    top = _ceiling(max((sum(kinds.values()) for _, kinds in counted), default=0))
    floor, room = HEIGHT - _BOTTOM, HEIGHT - _BOTTOM - _TOP
    step = (WIDTH - _LEFT) / max(len(counted), 1)
    width = min(step * 0.72, _WIDEST)
    every = -(-len(counted) // _LABELS) or 1
    shown = []
    for n, (begins, kinds) in enumerate(counted):
        x, y, pieces = _LEFT + n * step + (step - width) / 2, float(floor), []
        for kind, count in kinds.items():
            height = count / top * room
            y -= height
            pieces.append(Piece(kind, round(x, 1), round(y, 1), round(width, 1), round(height, 1)))
        words = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        label = _label(begins) if n % every == 0 else ""
        shown.append(
            Column(f"{begins.replace('T', ' ')}: {words}", tuple(pieces), label, round(x + width / 2, 1))
        )
    lines = tuple(
        (round(floor - room * part / 2, 1), top * part // 2) for part in (0, 1, 2) if top * part % 2 == 0
    )
    return Chart(WIDTH, HEIGHT, floor, _LEFT, tuple(shown), lines)


def _kinds(bucket: Bucket) -> dict[str, int]:
    found = dict.fromkeys(("completed", "partial", "other", "live"), 0)
    for disposition, count in bucket.ended.items():
        found[_KINDS.get(disposition, "other")] += count
    return {kind: count for kind, count in found.items() if count}


def _ceiling(most: int) -> int:
    """Return the next round number: 1, 2, 4, 6, 8, 10, 20, 40 ..."""
    scale = 1
    while True:
        for times in (1, 2, 4, 6, 8):
            if times * scale >= most:
                return times * scale
        scale *= 10


def _label(begins: str) -> str:
    """Return `31 Jan` as `01-31`, and an hour as `09:00`."""
    day, _, hour = begins.partition("T")
    return f"{hour}:00" if hour else day[5:]

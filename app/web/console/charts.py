"""Works out the places of a chart's columns; colours and letters are the style sheet's."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from app.adapters.store.analytics import Bucket

WIDTH: Final = 960
HEIGHT: Final = 190
_TOP: Final = 12
_BOTTOM: Final = 26
_LEFT: Final = 40
_WIDEST: Final = 46
_LABELS: Final = 8
_MOST_DAYS: Final = 400
"""A longer time is drawn from the first call on, and by months where that is as long."""

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


def every(
    buckets: Sequence[Bucket], since: datetime | None, until: datetime, *, hourly: bool
) -> list[Bucket]:
    """Return a bucket for each day or hour of the time, also where no call is; of a long time for each month.

    It begins with the first call where the time has no beginning or is longer than that.
    """
    if not buckets:
        return []
    size, spelled = (timedelta(hours=1), "%Y-%m-%dT%H") if hourly else (timedelta(days=1), "%Y-%m-%d")
    known = [datetime.strptime(bucket.begins, spelled).replace(tzinfo=until.tzinfo) for bucket in buckets]
    begin = min(known[0], since or known[0])
    end = max(known[-1] + timedelta(microseconds=1), until)
    if end - begin > _MOST_DAYS * timedelta(days=1):
        begin = known[0]
    if end - begin > _MOST_DAYS * timedelta(days=1):
        size, spelled = timedelta(days=1), "%Y-%m"
    found = {begins: Bucket(begins, {}) for begins in _names(begin, end, size, spelled)}
    for at, bucket in zip(known, buckets, strict=True):
        ended = found[at.strftime(spelled)].ended
        for disposition, count in bucket.ended.items():
            ended[disposition] = ended.get(disposition, 0) + count
    return list(found.values())


def _names(begin: datetime, end: datetime, size: timedelta, spelled: str) -> Iterator[str]:
    while begin < end:
        yield begin.strftime(spelled)
        begin += size


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
        words = ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "no call"
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
    """Return a day or a month as it is, and an hour as `09:00`."""
    _, _, hour = begins.partition("T")
    return f"{hour}:00" if hour else begins

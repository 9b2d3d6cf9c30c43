"""How long something took, over many times: counts of milliseconds and their percentiles; knows no call."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Spread:
    """Nearest-rank percentiles of so many values, in milliseconds."""

    count: int
    p50: int
    p90: int
    p95: int
    p99: int
    most: int


def spread_of(times: Mapping[int, int]) -> Spread:
    """Return the spread of values given as how often each occurred. Raises ValueError for none."""
    if not times:
        raise ValueError("nothing has no percentile")
    ranked = sorted(times.items())
    count = sum(times.values())
    p50, p90, p95, p99 = (_at(ranked, count, share) for share in (50, 90, 95, 99))
    return Spread(count, p50, p90, p95, p99, ranked[-1][0])


def _at(ranked: list[tuple[int, int]], count: int, share: int) -> int:
    """Return the smallest value that at least `share` per cent of all do not exceed."""
    ends = accumulate(times for _, times in ranked)
    return next(value for (value, _), end in zip(ranked, ends, strict=True) if end * 100 >= share * count)

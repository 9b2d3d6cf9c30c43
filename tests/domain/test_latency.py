"""Percentiles are values that occurred, and none is made of nothing."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.latency import Spread, spread_of


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=300))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(values: list[int]) -> None:
    spread = spread_of(Counter(values))
    for share, value in ((50, spread.p50), (90, spread.p90), (95, spread.p95), (99, spread.p99)):
        assert sum(each <= value for each in values) * 100 >= share * len(values)
        assert sum(each < value for each in values) * 100 < share * len(values)
    assert (spread.count, spread.most) == (len(values), max(values))


def test_a_single_value_is_every_percentile() -> None:
    assert spread_of({70: 1}) == Spread(1, 70, 70, 70, 70, 70)


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="nothing"):
        spread_of({})

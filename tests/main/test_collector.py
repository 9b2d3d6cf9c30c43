import gc

import pytest

from app.main.collector import Collector


@pytest.fixture
def collector():
    usual = gc.get_threshold()
    made = Collector()
    made.watch()
    yield made
    made.close()
    gc.unfreeze()
    assert gc.get_threshold() == usual


class Loop:
    """Two that hold each other: only a look through everything finds them."""

    gone = 0

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        Loop.gone += 1


def aged_garbage() -> int:
    """Leave a pair behind that is too old for the younger generations; return how many were gone."""
    loop = Loop()
    gc.collect(0)
    gc.collect(1)
    del loop
    return Loop.gone


def test_nothing_is_looked_through_while_somebody_is_on_the_line(collector):
    before = aged_garbage()
    collector.look(1)
    gc.collect(1)
    assert Loop.gone == before
    collector.look(0)
    assert Loop.gone == before + 1


def test_without_calls_there_is_nothing_to_look_through(collector):
    collector.look(0)
    collector.look(0)
    assert collector.gauges()["collector_full_collections"] == 0


def test_every_look_is_counted_and_measured(collector):
    for live in (2, 0, 1, 0, 0):
        collector.look(live)
    found = collector.gauges()
    assert found["collector_full_collections"] == 2
    assert found["collector_pause_max_ms"] >= found["collector_pause_p99_ms"] > 0


def test_what_is_there_when_all_is_warm_is_never_looked_through_again(collector):
    kept = [Loop() for _ in range(10)]
    collector.settle()
    assert gc.get_freeze_count() > len(kept)
    assert gc.get_threshold()[2] > 1_000

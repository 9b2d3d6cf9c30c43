import asyncio

from app.session.clock import SystemClock, utc_now
from app.session.ledger import masked_order
from app.session.linetime import WINDOW_MS, CallTime, LineTime


def test_the_fastest_frame_shows_the_lines_true_offset():
    line = LineTime()
    assert line.map(20, 1_050) == 1_050
    assert line.map(40, 1_090) == 1_070
    assert line.map(60, 1_075) == 1_075
    assert line.map(80, 1_100) == 1_095


def test_a_slow_drift_is_followed():
    line = LineTime()
    late = 0
    for stamp in range(0, 10 * WINDOW_MS, 20):
        now = stamp + stamp // 10_000  # 100 parts in a million, far worse than any carrier
        late = now - line.map(stamp, now)
    assert late <= 2 * WINDOW_MS // 10_000


def test_a_calls_time_goes_on_and_never_back():
    time = CallTime(5_000, begins_at=700)
    assert time.at(5_100) == 800
    assert time.at(5_050) == 800
    assert time.of(5_050) == 750
    assert time.process_time(800) == 5_100


def test_a_timer_never_fires_early():
    clock = SystemClock()

    async def main():
        fired = asyncio.get_running_loop().create_future()
        due = clock.now() + 5
        clock.call_at(due, lambda: fired.set_result(clock.now()))
        clock.call_at(due, lambda: fired.set_result(None)).cancel()
        assert await fired >= due

    asyncio.run(main())


def test_the_walls_time_says_its_zone():
    assert utc_now().utcoffset().total_seconds() == 0


def test_orders_without_values_are_not_masked():
    order = object()
    assert masked_order(order) is order

import threading

import pytest

from app.session.pools import Pool, PoolFullError


class Hands:
    """A clock that the test turns."""

    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


class Held:
    """Work that begins and ends when the test says so."""

    def __init__(self):
        self.begun = threading.Event()
        self.gate = threading.Event()

    def __call__(self):
        self.begun.set()
        self.gate.wait()
        return threading.current_thread().name

    def release(self, future):
        self.gate.set()
        return future.result()


@pytest.fixture
def hands():
    return Hands()


@pytest.fixture
def pool(hands):
    with Pool("files", 1, queue=1, now=hands) as made:
        yield made


def test_the_share_of_the_last_minute_that_was_work_is_known(pool, hands):
    assert pool.busy_share() == 0
    work = Held()
    future = pool.submit(work)
    work.begun.wait()
    hands.seconds += 6
    assert pool.busy_share() == 1
    assert work.release(future).startswith("files")
    hands.seconds += 6
    assert pool.busy_share() == pytest.approx(0.5)
    hands.seconds += 48
    assert pool.busy_share() == pytest.approx(0.1)
    hands.seconds += 60
    assert pool.busy_share() == 0


def test_how_long_work_waited_is_measured(pool, hands):
    first, second = Held(), Held()
    futures = [pool.submit(first)]
    first.begun.wait()
    futures.append(pool.submit(second))
    hands.seconds += 0.25
    assert pool.waiting == 1
    first.release(futures[0])
    second.begun.wait()
    second.release(futures[1])
    assert pool.wait_ms.percentile(0.99) == pytest.approx(250)
    gauges = pool.gauges()
    assert gauges.pop('pool_busy_share{pool="files"}') == pool.busy_share()
    assert gauges == {
        'pool_threads{pool="files"}': 1,
        'pool_waiting{pool="files"}': 0,
        'pool_wait_p50_ms{pool="files"}': pytest.approx(250),
        'pool_wait_p99_ms{pool="files"}': pytest.approx(250),
    }


def test_more_than_may_wait_is_refused_by_name(pool):
    work = Held()
    futures = [pool.submit(work)]
    work.begun.wait()
    futures.append(pool.submit(work))
    with pytest.raises(PoolFullError, match="files"):
        pool.submit(work)
    work.gate.set()
    assert len({future.result() for future in futures}) == 1
    assert pool.submit(len, "abc").result() == 3


def test_work_that_was_cancelled_while_it_waited_leaves_room(pool):
    work = Held()
    running = pool.submit(work)
    work.begun.wait()
    waiting = pool.submit(work)
    assert waiting.cancel()
    assert pool.waiting == 0
    another = pool.submit(len, "ab")
    work.release(running)
    assert another.result() == 2


def test_work_that_raises_is_measured_and_its_error_handed_on(pool, hands):
    def broken():
        hands.seconds += 1
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        pool.submit(broken).result()
    hands.seconds += 1
    assert pool.busy_share() == pytest.approx(0.5)


def test_a_pool_that_was_shut_down_takes_nothing_and_counts_nothing(hands):
    pool = Pool("files", 1, now=hands)
    pool.shutdown()
    with pytest.raises(RuntimeError):
        pool.submit(len, "a")
    assert pool.waiting == 0


def test_only_what_is_remembered_is_reckoned(pool, hands):
    def brief():
        hands.seconds += 0.01

    for _ in range(1_001):
        pool.submit(brief).result()
    hands.seconds += 10
    assert pool.busy_share() == pytest.approx(0.5, abs=0.01)

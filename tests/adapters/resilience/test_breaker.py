from hypothesis import given
from hypothesis import strategies as st

from app.adapters.resilience.breaker import Breaker, BreakerRules, State

RULES = BreakerRules(failures=3, rest_ms=100, longest_ms=300)


def fail(breaker, now, times=1):
    for _ in range(times):
        breaker.settle(breaker.ask(now), now, answered=False)


def test_it_opens_after_failures_in_a_row_and_not_before():
    breaker = Breaker(RULES)
    fail(breaker, 0, 2)
    breaker.settle(breaker.ask(0), 0, answered=True)
    fail(breaker, 0, 2)
    assert breaker.state(0) is State.CLOSED
    fail(breaker, 0)
    assert breaker.state(0) is State.OPEN
    assert breaker.ask(99) is None


def test_after_its_rest_one_request_finds_out_and_the_others_wait_for_it():
    breaker = Breaker(RULES)
    fail(breaker, 0, 3)
    probe = breaker.ask(100)
    assert probe.is_probe
    assert breaker.ask(100) is None
    breaker.settle(probe, 110, answered=True)
    assert breaker.state(110) is State.CLOSED
    fail(breaker, 110, 2)
    assert breaker.state(110) is State.CLOSED


def test_a_failed_probe_doubles_the_rest_up_to_the_longest():
    breaker = Breaker(RULES)
    fail(breaker, 0, 3)
    now, rests = 0, []
    for _ in range(3):
        started = now
        while (probe := breaker.ask(now)) is None:
            now += 1
        rests.append(now - started)
        breaker.settle(probe, now, answered=False)
    assert rests == [100, 200, 300]


def test_a_probe_that_was_given_up_leaves_room_for_another():
    breaker = Breaker(RULES)
    fail(breaker, 0, 3)
    breaker.settle(breaker.ask(100), 100, answered=None)
    assert breaker.ask(100).is_probe


def test_a_late_answer_from_before_proves_nothing():
    breaker = Breaker(RULES)
    late = breaker.ask(0)
    fail(breaker, 0, 3)
    breaker.settle(late, 1, answered=True)
    assert breaker.state(1) is State.OPEN
    assert breaker.state(100) is State.HALF_OPEN


def test_a_late_failure_from_before_prolongs_nothing():
    breaker = Breaker(RULES)
    late = breaker.ask(0)
    fail(breaker, 0, 3)
    breaker.settle(late, 99, answered=False)
    assert breaker.state(100) is State.HALF_OPEN


@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from([True, False, None])), max_size=60))
def test_it_never_rests_for_ever_and_never_lets_two_probes_go(steps):
    breaker, now, probes = Breaker(RULES), 0, []
    for wait, answered in steps:
        now += wait
        permit = breaker.ask(now)
        if permit is None:
            continue
        if permit.is_probe:
            probes.append(permit)
            assert breaker.ask(now) is None
        breaker.settle(permit, now, answered=answered)
    assert breaker.ask(now + RULES.longest_ms) is not None

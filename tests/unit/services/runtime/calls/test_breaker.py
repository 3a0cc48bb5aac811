from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.runtime.calls.breaker import BreakerConfig, CircuitBreaker, Closed, Outcome, Permit, acquire
from tests.support.effort import effort
from tests.support.services.doubles import Clock

CONFIG = BreakerConfig(
    window_seconds=6,
    minimum_calls=4,
    failure_rate=0.5,
    open_seconds=5.0,
    half_open_calls=2,
    half_open_seconds=10.0,
)


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(CONFIG, monotonic=clock)


def call(breaker: CircuitBreaker, outcome: Outcome, times: int = 1) -> None:
    for _ in range(times):
        permit = breaker.acquire()
        assert permit is not None
        breaker.record(permit, outcome)


def state_of(breaker: CircuitBreaker) -> str:
    """The state's name; a call of its own, so that a type checker does not think that it stays."""
    return breaker.state


def opened(breaker: CircuitBreaker) -> None:
    call(breaker, Outcome.FAILURE, times=4)
    assert state_of(breaker) == "open"


def test_it_needs_a_minimum_of_calls(breaker: CircuitBreaker) -> None:
    """Below the minimum number of calls it stays closed, even if all failed (ORB-1)."""
    call(breaker, Outcome.FAILURE, times=3)
    assert state_of(breaker) == "closed"
    call(breaker, Outcome.FAILURE)
    assert state_of(breaker) == "open"
    assert breaker.acquire() is None


def test_the_failure_rate_counts(breaker: CircuitBreaker) -> None:
    """It opens when the share of failures in the window reaches the threshold, not before."""
    call(breaker, Outcome.SUCCESS, times=3)
    call(breaker, Outcome.FAILURE, times=2)
    assert state_of(breaker) == "closed"
    call(breaker, Outcome.FAILURE)
    assert state_of(breaker) == "open"


def test_only_a_failure_opens_it(breaker: CircuitBreaker) -> None:
    """A success never does, even if it is the call that makes the minimum."""
    call(breaker, Outcome.FAILURE, times=3)
    call(breaker, Outcome.SUCCESS)
    assert state_of(breaker) == "closed"
    call(breaker, Outcome.FAILURE)
    assert state_of(breaker) == "open"


def test_a_denial_does_not_count(breaker: CircuitBreaker) -> None:
    """Ignored outcomes say nothing, however many."""
    call(breaker, Outcome.IGNORED, times=50)
    call(breaker, Outcome.FAILURE, times=3)
    assert state_of(breaker) == "closed"


def test_old_calls_leave_the_window(breaker: CircuitBreaker, clock: Clock) -> None:
    """Only the calls of the last seconds count: three failures of long ago and one now do not open it."""
    call(breaker, Outcome.FAILURE, times=3)
    clock.now += 5
    call(breaker, Outcome.SUCCESS, times=4)
    clock.now += 1
    call(breaker, Outcome.FAILURE)
    assert state_of(breaker) == "closed"
    call(breaker, Outcome.FAILURE, times=3)
    assert state_of(breaker) == "open"


def test_many_calls_take_no_more_room_than_few(breaker: CircuitBreaker, clock: Clock) -> None:
    """Calls are kept as counts of seconds, no more of these than the window has."""
    for _ in range(20):
        call(breaker, Outcome.SUCCESS, times=100)
        clock.now += 1
    state = breaker._state
    assert isinstance(state, Closed)
    assert sum(each.count for each in state.ended) == 6 * 100
    assert len(state.ended) == 6


def test_half_open_lets_a_few_through_and_closes_when_they_succeed(
    breaker: CircuitBreaker, clock: Clock
) -> None:
    """After its time it lets the permitted number through, no more, and closes when they go well."""
    opened(breaker)
    clock.now += 4.99
    assert breaker.acquire() is None
    assert breaker.retry_after() == 1
    clock.now += 0.02
    assert state_of(breaker) == "half_open"
    permits = [breaker.acquire() for _ in range(3)]
    assert permits[2] is None
    for permit in permits[:2]:
        assert permit is not None
        breaker.record(permit, Outcome.SUCCESS)
    assert state_of(breaker) == "closed"


def test_half_open_opens_again_when_they_fail(breaker: CircuitBreaker, clock: Clock) -> None:
    """Failed trial calls open it for another full time."""
    opened(breaker)
    clock.now += 5
    call(breaker, Outcome.FAILURE, times=2)
    assert state_of(breaker) == "open"
    assert breaker.retry_after() == 5


def test_an_ignored_trial_call_makes_room_for_another(breaker: CircuitBreaker, clock: Clock) -> None:
    """A trial call that says nothing does not use up the permitted number."""
    opened(breaker)
    clock.now += 5
    call(breaker, Outcome.IGNORED, times=5)
    assert state_of(breaker) == "half_open"
    call(breaker, Outcome.SUCCESS, times=2)
    assert state_of(breaker) == "closed"


def test_half_open_does_not_last_forever(breaker: CircuitBreaker, clock: Clock) -> None:
    """Trial calls that never end do not hold it in half-open."""
    opened(breaker)
    clock.now += 5
    assert breaker.acquire() is not None
    assert breaker.acquire() is not None
    clock.now += 10
    assert state_of(breaker) == "open"
    clock.now += 5
    assert breaker.acquire() is not None


def test_late_outcomes_do_not_count(breaker: CircuitBreaker, clock: Clock) -> None:
    """What was begun in an earlier state says nothing about the service now."""
    late = [breaker.acquire() for _ in range(5)]
    opened(breaker)
    clock.now += 5
    assert breaker.acquire() is not None
    for permit in late:
        assert permit is not None
        breaker.record(permit, Outcome.FAILURE)
    assert state_of(breaker) == "half_open"


class Breaker(RuleBasedStateMachine):
    """Random calls and times against what must hold in every state."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.breaker = CircuitBreaker(CONFIG, monotonic=self.clock)
        self.flying: list[Permit] = []
        self.trials: dict[int, int] = {}

    @rule()
    def ask(self) -> None:
        state = self.breaker.state
        permit = self.breaker.acquire()
        if state == "closed":
            assert permit is not None
        if state == "open":
            assert permit is None
        if permit is not None:
            self.flying.append(permit)
            if state == "half_open":
                self.trials[permit.epoch] = self.trials.get(permit.epoch, 0) + 1
                assert self.trials[permit.epoch] <= CONFIG.half_open_calls

    @precondition(lambda self: self.flying)
    @rule(data=st.data(), outcome=st.sampled_from(Outcome))
    def finish(self, data: st.DataObject, outcome: Outcome) -> None:
        permit = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        before = self.breaker.state
        self.breaker.record(permit, outcome)
        if outcome is Outcome.IGNORED:
            assert self.breaker.state == before
            if before == "half_open" and permit.epoch in self.trials:
                self.trials[permit.epoch] -= 1
        if before == "open":
            assert self.breaker.state == "open"

    @rule(seconds=st.floats(0, 12))
    def wait(self, seconds: float) -> None:
        before = self.breaker.state
        self.clock.now += seconds
        if before == "closed":
            assert self.breaker.state == "closed"
        if before == "open" and seconds >= CONFIG.open_seconds:
            assert self.breaker.state != "closed"

    @invariant()
    def no_state_without_a_way_out(self) -> None:
        longest = CONFIG.open_seconds + CONFIG.half_open_seconds
        _, permit = acquire(self.breaker._state, self.clock.now + longest, CONFIG)
        assert permit is not None
        assert self.breaker.retry_after() >= 1


Breaker.TestCase.settings = settings(max_examples=effort(25), stateful_step_count=60, deadline=None)
TestBreakerStateMachine = pytest.mark.no_cover(Breaker.TestCase)

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.runtime.calls.breaker import BreakerConfig, CircuitBreaker, Outcome, Permit, acquire
from tests.support.effort import effort
from tests.support.services.doubles import Clock

CONFIG = BreakerConfig(
    window=6,
    minimum_calls=4,
    failure_rate=0.5,
    slow_call_seconds=1.0,
    slow_call_rate=0.75,
    open_seconds=5.0,
    half_open_calls=2,
    half_open_seconds=10.0,
)

FAST, SLOW = 0.1, 1.0


@pytest.fixture
def breaker(clock: Clock) -> CircuitBreaker:
    return CircuitBreaker(CONFIG, monotonic=clock)


def call(breaker: CircuitBreaker, outcome: Outcome, seconds: float = FAST, times: int = 1) -> None:
    for _ in range(times):
        permit = breaker.acquire()
        assert permit is not None
        breaker.record(permit, outcome, seconds)


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


def test_slow_calls_count_even_when_they_succeed(breaker: CircuitBreaker) -> None:
    """A service that answers, but slowly, is in trouble too."""
    call(breaker, Outcome.SUCCESS)
    call(breaker, Outcome.SUCCESS, SLOW, times=2)
    assert state_of(breaker) == "closed"
    call(breaker, Outcome.SUCCESS, SLOW)
    assert state_of(breaker) == "open"


def test_a_denial_does_not_count(breaker: CircuitBreaker) -> None:
    """Ignored outcomes say nothing, however many and however slow."""
    call(breaker, Outcome.IGNORED, SLOW, times=50)
    call(breaker, Outcome.FAILURE, times=3)
    assert state_of(breaker) == "closed"


def test_old_calls_leave_the_window(breaker: CircuitBreaker) -> None:
    """Only the latest calls count."""
    call(breaker, Outcome.SUCCESS, times=4)
    call(breaker, Outcome.FAILURE, times=2)
    call(breaker, Outcome.SUCCESS, times=6)
    call(breaker, Outcome.FAILURE, times=2)
    assert state_of(breaker) == "closed"


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
        breaker.record(permit, Outcome.SUCCESS, FAST)
    assert state_of(breaker) == "closed"


@pytest.mark.parametrize(("outcome", "seconds"), [(Outcome.FAILURE, FAST), (Outcome.SUCCESS, SLOW)])
def test_half_open_opens_again_when_they_fail(
    breaker: CircuitBreaker, clock: Clock, outcome: Outcome, seconds: float
) -> None:
    """Failed or slow trial calls open it for another full time."""
    opened(breaker)
    clock.now += 5
    call(breaker, outcome, seconds, times=2)
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
        breaker.record(permit, Outcome.FAILURE, FAST)
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
    @rule(data=st.data(), outcome=st.sampled_from(Outcome), seconds=st.sampled_from([FAST, SLOW]))
    def finish(self, data: st.DataObject, outcome: Outcome, seconds: float) -> None:
        permit = self.flying.pop(data.draw(st.integers(0, len(self.flying) - 1)))
        before = self.breaker.state
        self.breaker.record(permit, outcome, seconds)
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

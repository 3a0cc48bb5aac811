from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.runtime.retry import RetryBudget, RetryPolicy
from tests.support.effort import effort


@given(st.integers(0, 20), st.floats(0, 1, exclude_max=True))
def test_pauses_have_full_jitter_below_the_cap(retry: int, chance: float) -> None:
    """The pause is anything from nothing up to the doubling base, at most the cap (ORB-1)."""
    policy = RetryPolicy(base_seconds=0.05, cap_seconds=0.5)
    limit = min(0.5, 0.05 * 2**retry)

    assert 0 <= policy.pause(retry, chance) <= limit
    assert policy.pause(retry, 0.0) == 0
    assert policy.pause(retry, 0.5) == pytest.approx(limit / 2)


def test_ten_requests_pay_for_one_retry() -> None:
    """A tenth of a retry for each request: ten requests are one retry, exactly."""
    budget = RetryBudget(balance=0.0)
    for _ in range(9):
        budget = budget.deposit()
    assert budget.withdraw() is None
    budget = budget.deposit()
    after = budget.withdraw()
    assert after is not None
    assert after.withdraw() is None


class Budget(RuleBasedStateMachine):
    """Random requests and retries against the bound that the budget promises."""

    def __init__(self) -> None:
        super().__init__()
        self.budget = RetryBudget()
        self.requests = self.retries = 0

    @rule(times=st.integers(1, 30))
    def request(self, times: int) -> None:
        for _ in range(times):
            self.budget = self.budget.deposit()
            self.requests += 1

    @rule(times=st.integers(1, 30))
    def retry(self, times: int) -> None:
        for _ in range(times):
            after = self.budget.withdraw()
            if after is not None:
                self.budget = after
                self.retries += 1

    @invariant()
    def retries_stay_within_a_tenth(self) -> None:
        assert self.retries <= self.budget.capacity + self.budget.ratio * self.requests + 1e-6
        assert 0 <= self.budget.balance <= self.budget.capacity


Budget.TestCase.settings = settings(max_examples=effort(25), stateful_step_count=40, deadline=None)
TestRetryBudgetStateMachine = pytest.mark.no_cover(Budget.TestCase)

"""Burn rates of error budgets, against the figures of the SRE workbook. OBS-5."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.alarms.burn_rate import WINDOWS, burn_alarms


@pytest.mark.parametrize(
    ("days", "rates"), [(30, [14.4, 6, 3]), (28, [13.44, 5.6, 2.8]), (7, [3.36, 1.4, 0.7])]
)
def test_a_rate_follows_from_the_period_of_the_objective(days: int, rates: list[float]) -> None:
    """2 % of 30 days in an hour is 14.4 times as fast as allowed; of 28 days 13.44."""
    assert [window.rate(days) for window in WINDOWS] == rates


def test_the_error_rate_of_an_alarm_is_the_rate_times_the_budget() -> None:
    """The workbook's objective of 99.9 %: 1.44 % of errors, 0.6 %, 0.3 %."""
    alarms = burn_alarms(window_days=30, error_rate_percent=0.1)
    assert [alarm.error_percent for alarm in alarms] == [1.44, 0.6, 0.3]


def test_a_rate_that_no_errors_can_reach_has_no_alarm() -> None:
    """14.4 times 10 % of errors would be 144 %."""
    assert [alarm.window.name for alarm in burn_alarms(window_days=30, error_rate_percent=10)] == [
        "medium",
        "slow",
    ]
    assert burn_alarms(window_days=30, error_rate_percent=100) == ()


@given(
    minutes=st.lists(st.tuples(st.integers(1, 1000), st.floats(0, 1)), min_size=60, max_size=60),
    budget=st.floats(0.1, 5),
)
def test_synthetic_traffic_crosses_a_threshold_when_it_spends_too_fast(
    minutes: list[tuple[int, float]], budget: float
) -> None:
    """An hour's errors above the threshold are those that would spend 2 % of the budget in that hour."""
    requests = sum(count for count, _ in minutes)
    errors = sum(int(count * share) for count, share in minutes)
    fast = next(iter(burn_alarms(window_days=30, error_rate_percent=budget)), None)
    if fast is None or fast.window.name != "fast":
        return
    # the budget of 30 days at this traffic, and what the hour spent of it
    whole = requests * 24 * 30 * budget / 100
    spent = errors / whole
    if abs(spent - 0.02) > 1e-4:
        assert (100 * errors / requests > fast.error_percent) == (spent > 0.02)

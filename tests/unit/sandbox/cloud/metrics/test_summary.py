"""Statistics of values, and how near percentiles come."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.metrics.summary import Summary, is_statistic

VALUES = st.lists(st.floats(0.001, 1e6) | st.just(0.0), min_size=1, max_size=200)


def _summary(values: list[float]) -> Summary:
    made = Summary()
    for value in values:
        made.add(value)
    return made


@given(VALUES)
def test_all_but_percentiles_are_exact(values: list[float]) -> None:
    """Count, sum, mean and extremes."""
    made = _summary(values)
    assert made.statistic("SampleCount") == len(values)
    assert made.statistic("Sum") == pytest.approx(math.fsum(values))
    assert made.statistic("Average") == pytest.approx(math.fsum(values) / len(values))
    assert (made.statistic("Minimum"), made.statistic("Maximum")) == (min(values), max(values))


@given(VALUES, st.sampled_from([50, 95, 99, 99.9]))
def test_a_percentile_is_within_a_hundredth(values: list[float], percent: float) -> None:
    """Of the value below which that share of all values is."""
    ordered = sorted(values)
    exact = ordered[max(0, math.ceil(len(values) * percent / 100) - 1)]
    assert _summary(values).statistic(f"p{percent:g}") == pytest.approx(exact, rel=0.0101)


@given(VALUES, VALUES)
def test_two_summaries_together_are_the_summary_of_both(one: list[float], other: list[float]) -> None:
    """Minutes are put together to periods."""
    merged, both = _summary(one), _summary(one + other)
    merged.merge(_summary(other))
    for name in ("SampleCount", "Minimum", "Maximum", "p50", "p99"):
        assert merged.statistic(name) == both.statistic(name)
    assert merged.statistic("Sum") == pytest.approx(both.statistic("Sum"))


def test_given_statistics_count_as_their_average() -> None:
    """PutMetricData takes them in place of values; none of none is nothing."""
    made = Summary()
    made.add_statistics(count=4, total=40, minimum=1, maximum=30)
    made.add_statistics(count=0, total=0, minimum=0, maximum=0)
    assert [made.statistic(name) for name in ("SampleCount", "Sum", "Minimum", "Maximum")] == [4, 40, 1, 30]
    assert made.statistic("p99") == pytest.approx(10, rel=0.0101)


@pytest.mark.parametrize(
    ("name", "known"), [("p99", True), ("p99.9", True), ("Sum", True), ("tm99", False), ("p", False)]
)
def test_other_statistics_are_refused(name: str, known: bool) -> None:
    """A trimmed mean would be a wrong number."""
    assert is_statistic(name) is known
    if not known:
        with pytest.raises(ValueError, match=f"no statistic `{name}`"):
            _summary([1]).statistic(name)

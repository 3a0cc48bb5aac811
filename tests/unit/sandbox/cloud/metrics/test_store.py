"""Metrics as they are kept: by minute, bounded, the oldest first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.metrics.store import MetricStore, metric_key

KEY = metric_key("n", "m", {"b": "2", "a": "1"})


def test_dimensions_have_no_order() -> None:
    """Whoever writes them otherwise means the same metric."""
    assert metric_key("n", "m", {"a": "1", "b": "2"}) == KEY


@given(
    st.lists(st.tuples(st.integers(0, 599), st.integers(0, 9)), max_size=60),
    st.integers(0, 9),
    st.integers(1, 9),
)
def test_a_period_has_what_was_measured_in_it(data: list[tuple[int, int]], first: int, length: int) -> None:
    """From its begin until before its end."""
    store = MetricStore()
    for at, value in data:
        store.put(KEY, value, at)
    start, end = first * 60, (first + length) * 60
    inside = [value for at, value in data if start <= at < end]
    found = store.over(KEY, start, end)
    assert (found.statistic("Sum") if found else None) == (sum(inside) if inside else None)


def test_a_minute_may_last_a_second() -> None:
    """Where the sandbox's time runs sixty times as fast."""
    store = MetricStore(resolution=1.0)
    store.put(KEY, 1, 10.2)
    store.put(KEY, 2, 11.9)
    found = store.over(KEY, 11, 12)
    assert found is not None
    assert found.statistic("Sum") == 2


def test_without_percentiles_the_rest_is_the_same() -> None:
    """They are most of the work."""
    store = MetricStore()
    store.put(KEY, 3, 0)
    store.put_statistics(KEY, 60, count=2, total=8, minimum=1, maximum=7)
    found = store.over(KEY, 0, 120, percentiles=False)
    assert found is not None
    assert [found.statistic(name) for name in ("Sum", "Maximum", "SampleCount")] == [11, 7, 3]


def test_the_oldest_go_and_are_counted() -> None:
    """Three summaries fit: of five minutes the last three are left."""
    store = MetricStore(bound=3)
    for minute in range(5):
        store.put(KEY, 1, minute * 60, unit="Count")
    found = store.over(KEY, 0, 300)
    assert found is not None
    assert found.statistic("SampleCount") == 3
    assert store.document() == {"bound": 3, "held": 3, "dropped": 2}
    assert store.metrics() == {KEY: "Count"}


def test_a_metric_of_which_nothing_is_left_is_not_listed() -> None:
    """Nor one that never was."""
    store = MetricStore(bound=1)
    store.put(KEY, 1, 0)
    store.put(metric_key("n", "other", {}), 1, 0)
    assert [key.name for key in store.metrics()] == ["other"]
    assert store.over(KEY, 0, 60) is None

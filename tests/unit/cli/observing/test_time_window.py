"""The stretch of time that CloudWatch is asked about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.observing.time_window import MOST_BARS, window_until


@given(st.floats(0, 2e9), st.floats(1, 40 * 86_400), st.sampled_from([1, 60, 600]))
def test_a_window_is_whole_minutes_until_now_in_few_bars(now: float, seconds: float, scale: float) -> None:
    """The present minute is in it, and every datapoint in a bar."""
    window = window_until(now, seconds, time_scale=scale)
    assert window.seconds % 60 == 0
    assert window.seconds >= seconds
    assert window.end - 60 < now <= window.end
    assert 1 <= window.bars <= MOST_BARS
    assert window.period in (1, 5, 10, 30) or window.period % 60 == 0
    start, end = window.moments
    assert window.index(start) == 0
    assert (end - start).total_seconds() == window.seconds


@pytest.mark.parametrize(
    ("seconds", "scale", "period"),
    [(900, 1, 60), (60, 1, 60), (60, 60, 5), (300, 60, 10), (900, 2, 30), (7200, 60, 240), (7200, 1, 240)],
)
def test_bars_are_no_shorter_than_what_is_kept(seconds: float, scale: float, period: int) -> None:
    """AWS keeps minutes; a sandbox whose time runs faster keeps seconds."""
    assert window_until(1_000_000, seconds, time_scale=scale).period == period

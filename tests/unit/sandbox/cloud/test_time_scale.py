"""How fast AWS's minutes pass."""

from __future__ import annotations

import pytest

from sandbox.cloud.time_scale import TimeScale


@pytest.mark.parametrize(
    ("scale", "minute"), [(TimeScale(), 1.0), (TimeScale(factor=1), 60.0), (TimeScale(factor=600), 0.1)]
)
def test_a_minute_of_aws_lasts_as_the_factor_says(scale: TimeScale, minute: float) -> None:
    """By default a second; and as many seconds of AWS pass meanwhile."""
    assert scale.real_seconds(60) == minute
    assert scale.aws_seconds(minute) == 60

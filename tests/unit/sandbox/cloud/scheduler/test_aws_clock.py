"""Seconds of AWS, moments of this machine, and dates."""

from __future__ import annotations

from datetime import timedelta

from sandbox.cloud.scheduler.aws_clock import AwsClock
from sandbox.cloud.time_scale import TimeScale


def test_an_hour_of_aws_passes_in_a_minute() -> None:
    """Its present moment, the same on this machine's clock, and as a date, with a factor of 60."""
    here = [1000.0]
    clock = AwsClock(TimeScale(factor=60), monotonic=lambda: here[0])
    began = clock.date(0)
    here[0] += 60
    assert clock.now() == 3600
    assert clock.real(clock.now() + 60) == 1061
    assert clock.date(clock.now()) - began == timedelta(minutes=1)

"""Alarms as values."""

from __future__ import annotations

import pytest

from components.alarms.plan import MetricAlarmPlan, any_red, red


@pytest.mark.parametrize(("above", "word"), [(True, "GreaterThanThreshold"), (False, "LessThanThreshold")])
def test_the_comparison_is_cloudwatch_s_word(above: bool, word: str) -> None:
    """Beyond a threshold is above it or below it."""
    plan = MetricAlarmPlan(
        kind="k", name="n", meaning="m", advice="a", measures=(), expression="e", threshold=1, above=above
    )
    assert plan.comparison == word


def test_a_rule_names_alarms_in_quotes() -> None:
    """Names have characters that end a plain one."""
    assert red("dev/orbit") == 'ALARM("dev/orbit")'
    assert any_red("a", "b") == 'ALARM("a") OR ALARM("b")'

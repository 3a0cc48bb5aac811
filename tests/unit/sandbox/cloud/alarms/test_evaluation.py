"""The state of a metric alarm: AWS's published tables, and a naive second evaluator."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.alarms.definitions import AlarmState, MissingData
from sandbox.cloud.alarms.evaluation import COMPARISONS, evaluate, extra_periods, state_of
from tests.support.cloudwatch.alarms import metric_alarm

STATES = list(AlarmState)
OK, RED, UNKNOWN = AlarmState.OK, AlarmState.ALARM, AlarmState.INSUFFICIENT_DATA
KEPT = "retain current state"

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
# data points (the newest last), then missing, ignore, breaching, notBreaching
THREE_OF_THREE = [
    ("0-X-X", OK, OK, OK, OK),
    ("0----", OK, OK, OK, OK),
    ("-----", UNKNOWN, KEPT, RED, OK),
    ("0XX-X", RED, RED, RED, RED),
    ("--X--", RED, KEPT, RED, OK),
]
TWO_OF_THREE = [
    ("0-X-X", RED, RED, RED, RED),
    ("00X0X", RED, RED, RED, RED),
    ("0-X--", OK, OK, RED, OK),
    ("----0", OK, OK, RED, OK),
    ("---X-", RED, KEPT, RED, OK),
]
TABLES = [(3, *row) for row in THREE_OF_THREE] + [(2, *row) for row in TWO_OF_THREE]


def _points(text: str) -> list[bool | None]:
    return [{"0": False, "X": True, "-": None}[each] for each in text]


@pytest.mark.parametrize("row", TABLES, ids=lambda row: f"{row[0]} of 3 {row[1]}")
@pytest.mark.parametrize("current", STATES)
def test_aws_s_tables(row: tuple[int, str, object, object, object, object], current: AlarmState) -> None:
    """OBS-3: each of the four ways to treat missing data, from each state."""
    datapoints, points, *expected = row
    treatments = (MissingData.MISSING, MissingData.IGNORE, MissingData.BREACHING, MissingData.NOT_BREACHING)
    for missing, state in zip(treatments, expected, strict=True):
        found = state_of(_points(points), periods=3, datapoints=datapoints, missing=missing, current=current)
        assert found is (current if state == KEPT else state), missing


@pytest.mark.parametrize("points", ["----X", "---X-"])
def test_a_young_breach_alone_does_not_turn_an_alarm_red(points: str) -> None:
    """AWS says so for three of three; what comes next may be good."""
    assert state_of(_points(points), periods=3, datapoints=3, missing=MissingData.MISSING, current=OK) is OK


def _naive(
    points: list[bool | None], periods: int, datapoints: int, missing: MissingData, current: AlarmState
) -> AlarmState:
    """AWS's sentences one after the other, on a list that is filled up."""
    if missing in (MissingData.BREACHING, MissingData.NOT_BREACHING):
        usable = [point for point in points if point is not None]
        while len(usable) < periods:
            usable.append(missing is MissingData.BREACHING)
        return RED if usable[-periods:].count(True) >= datapoints else OK
    real = [point for point in points if point is not None]
    if len(real) >= periods:
        return RED if real[-periods:].count(True) >= datapoints else OK
    if real.count(True) >= datapoints:
        return RED
    if False in real:
        return OK
    if missing is MissingData.IGNORE:
        return current
    if not real:
        return UNKNOWN
    ages = [age for age, point in enumerate(reversed(points), 1) if point]
    return RED if max(ages) >= datapoints else current


@given(
    st.data(),
    st.integers(1, 6),
    st.sampled_from(list(MissingData)),
    st.sampled_from(STATES),
)
def test_a_naive_evaluator_agrees(
    data: st.DataObject, periods: int, missing: MissingData, current: AlarmState
) -> None:
    """On random series, any M of any N."""
    datapoints = data.draw(st.integers(1, periods))
    size = periods + extra_periods(60)
    points = data.draw(st.lists(st.sampled_from([True, False, None]), min_size=size, max_size=size))
    assert state_of(
        points, periods=periods, datapoints=datapoints, missing=missing, current=current
    ) is _naive(points, periods, datapoints, missing, current)


@given(
    st.lists(st.sampled_from([True, False, None]), min_size=5, max_size=5), st.sampled_from(list(MissingData))
)
def test_a_breach_more_never_makes_an_alarm_greener(points: list[bool | None], missing: MissingData) -> None:
    """Turning any good value bad leaves a red alarm red."""
    before = state_of(points, periods=3, datapoints=2, missing=missing, current=OK)
    for place, point in enumerate(points):
        if point is False and before is RED:
            worse = [*points[:place], True, *points[place + 1 :]]
            assert state_of(worse, periods=3, datapoints=2, missing=missing, current=OK) is RED


@pytest.mark.parametrize("comparison", sorted(COMPARISONS))
def test_each_comparison(comparison: str) -> None:
    """The threshold itself counts only where its name says so."""
    states = {}
    for value in (1.0, 2.0, 3.0):
        alarm = metric_alarm(comparison=comparison, threshold=2, periods=1, datapoints=1)
        states[value] = evaluate(alarm, [value], OK).state is RED
    above, equal = "Greater" in comparison, "OrEqual" in comparison
    assert states == {1.0: not above, 2.0: equal, 3.0: above}


def test_the_reason_has_the_values_and_the_threshold() -> None:
    """Who is woken sees how far it is."""
    found = evaluate(metric_alarm(threshold=5, periods=2, datapoints=2), [1, 6.5, 7], OK)
    assert found.reason == (
        "Threshold Crossed: 2 out of the last 2 datapoints [6.5, 7] were greater than the threshold (5)"
    )
    assert "were not greater" in evaluate(metric_alarm(threshold=9), [1, 2, 3, 4, 5], OK).reason
    assert "no datapoints were received for 5 periods" in evaluate(metric_alarm(), [None] * 5, OK).reason


def test_no_period_before_long_ones_is_looked_at() -> None:
    """An hour more would double what an alarm on an hour is about."""
    assert [extra_periods(seconds) for seconds in (60, 300, 3600, 86_400)] == [2, 2, 0, 0]

"""CloudWatch's calls about metrics, answered from the store. Import late: imports moto.

moto keeps each value for itself, answers no percentile, and looks at every value of every metric with each
question: with a service under load a question takes seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue, ValidationError
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

from sandbox.cloud.metrics.expressions import ExpressionError, parse_expression
from sandbox.cloud.metrics.store import MetricKey, MetricStore, metric_key
from sandbox.cloud.metrics.summary import is_statistic

MAX_PERIODS = 100_800
"""What AWS answers in one response of GetMetricData."""


def install(store: MetricStore) -> None:
    """Answer from `store`: PutMetricData, GetMetricData, GetMetricStatistics and ListMetrics."""
    response: Any = CloudWatchResponse
    for name, answer in _CALLS.items():
        setattr(response, name, _answering(store, answer))


def _answering(store: MetricStore, answer: Callable[[MetricStore, Mapping[str, Any]], Any]) -> Any:
    return lambda response: ActionResult(answer(store, response._get_params()))  # noqa: SLF001 - moto's own way


def _put_metric_data(store: MetricStore, given: Mapping[str, Any]) -> dict[str, Any]:
    backend = CloudWatchBackend.__new__(CloudWatchBackend)
    for number, datum in enumerate(given.get("MetricData", []), 1):
        backend._validate_parameters_put_metric_data(datum, number)  # noqa: SLF001 - its only check
    for datum in given.get("MetricData", []):
        _put(store, str(given["Namespace"]), datum)
    return {}


def _get_metric_data(store: MetricStore, given: Mapping[str, Any]) -> dict[str, Any]:
    start, end = _epoch(given["StartTime"]), _epoch(given["EndTime"])
    if start >= end:
        raise ValidationError("The parameter EndTime must be greater than StartTime.")
    results = list(_answers(store, given.get("MetricDataQueries", []), start, end))
    if given.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        for result in results:
            result["Timestamps"].reverse()
            result["Values"].reverse()
    return {"MetricDataResults": results}


def _get_metric_statistics(store: MetricStore, given: Mapping[str, Any]) -> dict[str, Any]:
    statistics, extended = given.get("Statistics") or [], given.get("ExtendedStatistics") or []
    if not statistics and not extended:
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    start, end = _epoch(given["StartTime"]), _epoch(given["EndTime"])
    if start >= end:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    key = _key(str(given["Namespace"]), given)
    unit = store.metrics().get(key, "None")
    points = []
    for began, ended in _periods(start, end, int(given["Period"])):
        found = store.over(key, began, ended)
        if found is not None:
            point: dict[str, Any] = {"Timestamp": _moment(began), "Unit": unit}
            point |= {name: found.statistic(name) for name in statistics}
            if extended:
                point["ExtendedStatistics"] = {name: found.statistic(name) for name in extended}
            points.append(point)
    return {"Label": given["MetricName"], "Datapoints": points}


def _list_metrics(store: MetricStore, given: Mapping[str, Any]) -> dict[str, Any]:
    wanted = [(str(one["Name"]), one.get("Value")) for one in given.get("Dimensions") or []]
    return {
        "Metrics": [
            {
                "Namespace": key.namespace,
                "MetricName": key.name,
                "Dimensions": [{"Name": name, "Value": value} for name, value in key.dimensions],
            }
            for key in sorted(store.metrics())
            if given.get("Namespace") in (None, key.namespace)
            and given.get("MetricName") in (None, key.name)
            and _has_dimensions(key, wanted)
        ]
    }


def _has_dimensions(key: MetricKey, wanted: Sequence[tuple[str, str | None]]) -> bool:
    own = dict(key.dimensions)
    return all(name in own and value in (None, own[name]) for name, value in wanted)


_CALLS = {
    "put_metric_data": _put_metric_data,
    "get_metric_data": _get_metric_data,
    "get_metric_statistics": _get_metric_statistics,
    "list_metrics": _list_metrics,
}


def _put(store: MetricStore, namespace: str, datum: Mapping[str, Any]) -> None:
    key = _key(namespace, datum)
    stamp = datum.get("Timestamp")
    at = _epoch(stamp) if stamp else datetime.now(UTC).timestamp()
    unit = str(datum.get("Unit") or "None")
    statistics = datum.get("StatisticValues")
    if statistics:
        store.put_statistics(
            key,
            at,
            count=float(statistics["SampleCount"]),
            total=float(statistics["Sum"]),
            minimum=float(statistics["Minimum"]),
            maximum=float(statistics["Maximum"]),
            unit=unit,
        )
        return
    values = datum.get("Values") or [datum.get("Value", 0)]
    counts = datum.get("Counts") or [1] * len(values)
    for value, count in zip(values, counts, strict=False):
        store.put(key, float(value), at, count=float(count), unit=unit)


def _answers(
    store: MetricStore, queries: Sequence[Mapping[str, Any]], start: float, end: float
) -> Iterator[dict[str, Any]]:
    moments: list[tuple[float, float]] | None = None
    found: dict[str, list[float | None]] = {}
    for query in queries:
        metric = query.get("MetricStat")
        if metric is None:
            continue
        period, statistic = int(metric["Period"]), str(metric["Stat"])
        if not is_statistic(statistic):
            raise ValidationError(f"the sandbox has no statistic `{statistic}`")
        own = list(_periods(start, end, period))
        if moments is not None and own != moments:
            raise ValidationError("the sandbox answers queries of one period at a time")
        moments = own
        key = _key(str(metric["Metric"]["Namespace"]), metric["Metric"])
        found[query["Id"]] = [
            kept.statistic(statistic) if (kept := store.over(key, began, ended)) else None
            for began, ended in own
        ]
    for query in queries:
        values = found.get(query["Id"])
        if values is None:
            values = _computed(str(query.get("Expression") or ""), found)
        if query.get("ReturnData", True) is False:
            continue
        pairs = [
            (began, value)
            for (began, _), value in zip(moments or [], values, strict=True)
            if value is not None
        ]
        yield {
            "Id": query["Id"],
            "Label": query.get("Label") or query["Id"],
            "Timestamps": [_moment(began) for began, _ in pairs],
            "Values": [value for _, value in pairs],
            "StatusCode": "Complete",
        }


def _computed(text: str, found: Mapping[str, list[float | None]]) -> list[float | None]:
    try:
        expression = parse_expression(text)
    except ExpressionError as error:
        raise ValidationError(str(error)) from None
    unknown = expression.ids - found.keys()
    if unknown or not found:
        raise ValidationError(f"the expression `{text}` names no query: {', '.join(sorted(unknown))}")
    return expression.evaluate(found)


def _key(namespace: str, named: Mapping[str, Any]) -> MetricKey:
    dimensions = {str(one["Name"]): str(one["Value"]) for one in named.get("Dimensions") or []}
    return metric_key(namespace, str(named["MetricName"]), dimensions)


def _periods(start: float, end: float, period: int) -> Iterator[tuple[float, float]]:
    """Begin and end of each period. The first begins at the start, rounded down to a minute, or to a shorter
    period: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
    """
    began = start // min(period, 60) * min(period, 60)
    if (end - began) / period > MAX_PERIODS:
        raise ValidationError(f"more than {MAX_PERIODS} datapoints")
    while began < end:
        yield began, min(began + period, end)
        began += period


def _epoch(moment: datetime) -> float:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC).replace(tzinfo=None)

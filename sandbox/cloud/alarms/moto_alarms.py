"""moto's alarms as values, and back: their definitions, their states, and what moto lacks of them.

moto keeps alarms and never evaluates one, begins them as OK (AWS: INSUFFICIENT_DATA), forgets their state
when they are put again, and has no PutCompositeAlarm. Import late: imports moto.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moto.cloudwatch.exceptions import ValidationError
from moto.cloudwatch.models import Alarm as MotoAlarm
from moto.cloudwatch.models import CloudWatchBackend, cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import EmptyResult

from sandbox.cloud.alarms.definitions import (
    Actions,
    Alarm,
    AlarmState,
    AlarmVerdict,
    CompositeAlarm,
    Measure,
    MetricAlarm,
    MissingData,
)
from sandbox.cloud.alarms.evaluation import COMPARISONS
from sandbox.cloud.alarms.rules import parse_rule
from sandbox.cloud.metrics.expressions import parse_expression
from sandbox.cloud.metrics.store import metric_key
from sandbox.cloud.metrics.summary import is_statistic

_INSTALLED = "_myelin_alarms"
_KEPT_STATE = (
    "state_value",
    "state_reason",
    "state_reason_data",
    "state_updated_timestamp",
    "state_transitioned_timestamp",
    "history",
)
MAX_HISTORY = 50


def install() -> None:
    """Correct moto's alarms; a second call changes nothing."""
    if getattr(CloudWatchBackend, _INSTALLED, False):
        return
    backend: Any = CloudWatchBackend
    backend.put_metric_alarm = _with_state(backend.put_metric_alarm)
    response: Any = CloudWatchResponse
    response.put_composite_alarm = _put_composite_alarm
    setattr(CloudWatchBackend, _INSTALLED, True)


def _with_state(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def put_metric_alarm(backend: Any, **given: Any) -> Any:
        before = backend.alarms.get(given["name"])
        alarm = original(backend, **given)
        try:
            _check(alarm)
        except ValueError as error:
            _restore(backend, given["name"], before)
            raise ValidationError(str(error)) from None
        if before is not None:
            for name in _KEPT_STATE:
                setattr(alarm, name, getattr(before, name))
        else:
            alarm.state_value = AlarmState.INSUFFICIENT_DATA.value
            alarm.state_transitioned_timestamp = alarm.state_updated_timestamp
        return alarm

    return put_metric_alarm


def _restore(backend: Any, name: str, before: Any) -> None:
    if before is None:
        backend.alarms.pop(name, None)
    else:
        backend.alarms[name] = before


def _check(alarm: Any) -> None:
    """Raise ValueError for an alarm that the sandbox would never evaluate."""
    if alarm.rule is not None:
        parse_rule(alarm.rule)
        return
    found = read_metric_alarm(alarm)
    if found.comparison not in COMPARISONS:
        raise ValueError(f"the sandbox evaluates no alarm with the comparison {found.comparison}")
    for measure in found.measures.values():
        if not is_statistic(measure.statistic):
            raise ValueError(f"the sandbox has no statistic `{measure.statistic}`")
    if found.expression is not None:
        unknown = parse_expression(found.expression).ids - found.measures.keys()
        if unknown:
            raise ValueError(f"the expression names no metric of the alarm: {', '.join(sorted(unknown))}")


def _put_composite_alarm(self: Any) -> Any:
    backend = self.cloudwatch_backend
    alarm = backend.put_metric_alarm(
        name=self._get_param("AlarmName"),
        namespace=None,
        metric_name=None,
        comparison_operator=None,
        evaluation_periods=None,
        period=None,
        threshold=None,
        statistic=None,
        description=self._get_param("AlarmDescription"),
        dimensions=[],
        alarm_actions=self._get_param("AlarmActions", []),
        ok_actions=self._get_param("OKActions", []),
        insufficient_data_actions=self._get_param("InsufficientDataActions", []),
        actions_enabled=self._get_bool_param("ActionsEnabled"),
        rule=self._get_param("AlarmRule"),
        tags=self._get_param("Tags", []),
    )
    alarm.actions_suppressor = self._get_param("ActionsSuppressor")
    alarm.actions_suppressor_wait_period = self._get_param("ActionsSuppressorWaitPeriod")
    alarm.actions_suppressor_extension_period = self._get_param("ActionsSuppressorExtensionPeriod")
    return EmptyResult()


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAlarm:
    """An alarm with its present state, and what messages say of it."""

    alarm: Alarm
    verdict: AlarmVerdict
    description: str
    arn: str


def read_alarms(account: str, region: str) -> list[KeptAlarm]:
    """All alarms of a region; call it with the lock of CloudWatch held."""
    backend: Any = cloudwatch_backends[account][region]
    return [
        KeptAlarm(
            alarm=_read_composite(kept) if kept.rule is not None else read_metric_alarm(kept),
            verdict=AlarmVerdict(state=AlarmState(kept.state_value), reason=kept.state_reason),
            description=kept.description or "",
            arn=kept.alarm_arn,
        )
        for kept in backend.alarms.values()
    ]


def write_states(
    account: str,
    region: str,
    verdicts: Iterable[tuple[str, AlarmVerdict]],
    suppressed: Mapping[str, str],
    at: datetime,
) -> None:
    """Keep new states and what suppresses actions; call it with the lock of CloudWatch held."""
    alarms: dict[str, Any] = cloudwatch_backends[account][region].alarms
    for name, verdict in verdicts:
        alarm = alarms.get(name)
        if alarm is not None:
            alarm.update_state(verdict.reason, "{}", verdict.state.value)
            alarm.state_updated_timestamp = alarm.state_transitioned_timestamp = at.replace(tzinfo=None)
            del alarm.history[:-MAX_HISTORY]
    for name, alarm in alarms.items():
        alarm.actions_suppressed_by = suppressed.get(name)


def read_metric_alarm(kept: MotoAlarm | Any) -> MetricAlarm:
    """A metric alarm of moto's as a value; raises ValueError for a form that is not read."""
    if kept.metric_data_queries:
        measures, expression, period = _read_queries(kept)
    else:
        statistic = kept.statistic or kept.extended_statistic
        dimensions = {str(one.name): str(one.value) for one in kept.dimensions}
        key = metric_key(str(kept.namespace), str(kept.metric_name), dimensions)
        measures, expression = {"m": Measure(key=key, statistic=str(statistic))}, None
        period = int(kept.period)
    periods = int(kept.evaluation_periods)
    return MetricAlarm(
        name=kept.name,
        measures=measures,
        expression=expression,
        period=period,
        periods=periods,
        datapoints=int(kept.datapoints_to_alarm or periods),
        threshold=float(kept.threshold),
        comparison=kept.comparison_operator,
        missing=MissingData(kept.treat_missing_data or "missing"),
        actions=_read_actions(kept),
    )


def _read_queries(kept: Any) -> tuple[dict[str, Measure], str | None, int]:
    measures: dict[str, Measure] = {}
    periods: set[int] = set()
    expressions: list[str] = []
    for query in kept.metric_data_queries:
        if query.metric_stat is None:
            expressions.append(query.expression)
            continue
        stat = query.metric_stat
        dimensions = {one.name: one.value for one in stat.metric.dimensions}
        measures[query.id] = Measure(
            key=metric_key(stat.metric.namespace, stat.metric.metric_name, dimensions), statistic=stat.stat
        )
        periods.add(int(stat.period))
    if len(expressions) > 1 or not measures or len(periods) != 1:
        raise ValueError("the sandbox evaluates alarms on one expression over metrics of one period")
    if not expressions and len(measures) != 1:
        raise ValueError("an alarm on several metrics has an expression over them")
    return measures, (expressions[0] if expressions else None), periods.pop()


def _read_composite(kept: Any) -> CompositeAlarm:
    return CompositeAlarm(
        name=kept.name,
        rule=kept.rule,
        suppressor=_name_of(getattr(kept, "actions_suppressor", None)),
        wait=float(getattr(kept, "actions_suppressor_wait_period", None) or 0),
        extension=float(getattr(kept, "actions_suppressor_extension_period", None) or 0),
        actions=_read_actions(kept),
    )


def _name_of(alarm: str | None) -> str | None:
    """The name of an alarm that may be given by its ARN."""
    return (alarm.partition(":alarm:")[2] or alarm) if alarm else None


def _read_actions(kept: Any) -> Actions:
    """The topics; actions of other kinds, such as those of scaling, are kept and never performed."""
    listed = {
        AlarmState.ALARM: kept.alarm_actions,
        AlarmState.OK: kept.ok_actions,
        AlarmState.INSUFFICIENT_DATA: kept.insufficient_data_actions,
    }
    return Actions(
        topics={
            state: tuple(action for action in actions or () if ":sns:" in action)
            for state, actions in listed.items()
        },
        enabled=bool(kept.actions_enabled),
    )

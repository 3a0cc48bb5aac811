"""The alarms that declarations make, evaluated minute after minute over traffic that a test makes up.

From the plan to the message without a process: components say what the alarms are, the sandbox's evaluator
what becomes of them. The clock is a number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from components.alarms.plan import AlarmPlan, MetricAlarmPlan
from components.alarms.service_alarms import plan_service_alarms
from components.alarms.signals import ECS_DIMENSIONS, OWN_NAMESPACE, own_dimensions
from components.declarations import Services
from components.naming import PhysicalNames
from sandbox.cloud.alarms.datapoints import alarm_values
from sandbox.cloud.alarms.definitions import (
    Alarm,
    AlarmState,
    AlarmVerdict,
    CompositeAlarm,
    Measure,
    MetricAlarm,
    MissingData,
)
from sandbox.cloud.alarms.round import Round, evaluate_alarms
from sandbox.cloud.metrics.store import MetricStore, metric_key
from tests.support.cloudwatch.alarms import SILENT, TELLING

NAMES = PhysicalNames("dev")
MINUTE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What a service does in a minute; its tasks each give one sample of `cpu` and `memory`, in percent."""

    requests: int = 100
    errors: int = 0
    latency_ms: float = 20
    decisions: int = 0
    denials: int = 0
    governance_ms: float = 5
    tasks: int = 2
    cpu: float = 10
    memory: float = 30


@dataclass(slots=True)
class Minutes:
    """An environment whose time a test moves on."""

    services: Services
    store: MetricStore = field(default_factory=lambda: MetricStore(resolution=MINUTE))
    now: float = 0
    messages: list[tuple[str, str]] = field(default_factory=list)
    """Alarm and state of each message that the topic got."""
    _alarms: list[Alarm] = field(init=False)
    _verdicts: dict[str, AlarmVerdict] = field(init=False)
    _last: Round = field(default_factory=Round)

    def __post_init__(self) -> None:
        """Nothing is red yet."""
        self._alarms = list(derived_alarms(self.services))
        unknown = AlarmVerdict(state=AlarmState.OK, reason="")
        self._verdicts = {alarm.name: unknown for alarm in self._alarms}

    def pass_by(self, minutes: int, traffic: Mapping[str, Traffic] | None = None) -> None:
        """So many minutes, with the traffic of some services other than ordinary; alarms after each."""
        for _ in range(minutes):
            for service in self.services.services:
                self._measure(service.name, (traffic or {}).get(service.name) or Traffic())
            self.now += MINUTE
            self._evaluate()

    def red(self) -> set[str]:
        """The alarms that are red, without the environment."""
        return {
            name.removeprefix("dev/")
            for name, verdict in self._verdicts.items()
            if verdict.state is AlarmState.ALARM
        }

    def _measure(self, service: str, traffic: Traffic) -> None:
        own = own_dimensions("dev", service)
        if not traffic.tasks:
            traffic = Traffic(requests=0, tasks=0)
        counted = {
            "Requests": traffic.requests,
            "RequestErrors": traffic.errors,
            "Decisions": traffic.decisions,
            "Denials": traffic.denials,
        }
        # services write a 0, too, with each request and each decision
        for name, total in counted.items():
            of = traffic.decisions if name in ("Decisions", "Denials") else traffic.requests
            self._put(OWN_NAMESPACE, name, own, 1, total)
            self._put(OWN_NAMESPACE, name, own, 0, of - total)
        self._put(OWN_NAMESPACE, "RequestLatency", own, traffic.latency_ms, traffic.requests)
        self._put(OWN_NAMESPACE, "GovernanceLatency", own, traffic.governance_ms, traffic.decisions)
        ecs = dict(zip(ECS_DIMENSIONS, (NAMES.cluster, service), strict=True))
        self._put("AWS/ECS", "CPUUtilization", ecs, traffic.cpu, traffic.tasks)
        self._put("AWS/ECS", "MemoryUtilization", ecs, traffic.memory, traffic.tasks)

    def _put(
        self, namespace: str, name: str, dimensions: Mapping[str, str], value: float, count: float
    ) -> None:
        if count:
            self.store.put(metric_key(namespace, name, dimensions), value, self.now, count=count)

    def _evaluate(self) -> None:
        self._last = evaluate_alarms(
            self._alarms,
            self._verdicts,
            self._last.memories,
            lambda alarm: alarm_values(alarm, self.store, self.now),
            self.now,
        )
        self._verdicts |= {one.name: one.verdict for one in self._last.transitions}
        self.messages += [(one.name.removeprefix("dev/"), one.verdict.state.value) for one in self._last.told]


def derived_alarms(services: Services) -> Iterator[Alarm]:
    """The alarms of all services, as CloudWatch has them once they are deployed."""
    for service in services.services:
        yield from map(as_deployed, plan_service_alarms(NAMES, services, service).alarms)


def as_deployed(plan: AlarmPlan) -> Alarm:
    """An alarm as the sandbox reads it back."""
    if isinstance(plan, MetricAlarmPlan):
        return MetricAlarm(
            name=plan.name,
            measures={
                one.id: Measure(
                    key=metric_key(one.namespace, one.metric, one.dimensions), statistic=one.statistic
                )
                for one in plan.measures
            },
            expression=plan.expression,
            period=plan.period,
            periods=plan.periods,
            datapoints=plan.datapoints,
            threshold=plan.threshold,
            comparison=plan.comparison,
            missing=MissingData(plan.missing.value),
            actions=SILENT,
        )
    suppressor = plan.suppressor
    return CompositeAlarm(
        name=plan.name,
        rule=plan.rule,
        suppressor=suppressor.alarm if suppressor else None,
        wait=suppressor.wait if suppressor else 0,
        extension=suppressor.extension if suppressor else 0,
        actions=TELLING if plan.notifies else SILENT,
    )


def of_kind(alarms: Iterable[str], service: str) -> set[str]:
    """The kinds of a service's alarms among some, without those that keep others quiet."""
    found = {name.removeprefix(f"{service}/") for name in alarms if name.startswith(f"{service}/")}
    return {kind for kind in found if not kind.endswith("-known")}

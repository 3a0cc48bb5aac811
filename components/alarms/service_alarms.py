"""The alarms of a service, from its declaration. Pure.

Each condition is a metric alarm without actions. One composite alarm over them is the service's: the topic
hears of it alone, deployments roll back on it, and while a service that is called is down, its caller's says
nothing. Beside it stand the burn rates of the objective, which are about hours and not about a deployment:
they notify, too, but not while that alarm or a faster one is red.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from components.alarms.burn_rate import BurnAlarm, burn_alarms
from components.alarms.plan import (
    AlarmPlan,
    CompositeAlarmPlan,
    MetricAlarmPlan,
    MissingTreatment,
    Suppressor,
    WatchedMetric,
    any_red,
    red,
)
from components.alarms.signals import OWN_NAMESPACE, own_dimensions
from components.declarations import ServiceDeclaration, Services
from components.naming import PhysicalNames

MINIMUM_REQUESTS = 20
"""In a period: below, a share or a percentile says nothing, and the period counts as good."""
PERIOD, DATAPOINTS = 60, 2
"""Seconds, and how many periods have to be bad, where an alarm does not say otherwise; none is red sooner."""
RED_AFTER_MINUTES = (DATAPOINTS + 2) * PERIOD // 60
"""How long bad minutes take to be seen: the first counts in part, and the last is judged when it is over."""
DENIED_PERCENT = 20
GOVERNANCE_P99_MS = 500
SATURATION_PERCENT = 90
"""Of the CPU or memory of a task: scaling should have come long before."""
CALLEE_WAIT, CALLEE_EXTENSION = 120, 180
"""Seconds: a service counts as down after two minutes, and its callers have recovered three after it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAlarmPlan:
    """The alarms of one service, each after those that it names."""

    metric_alarms: tuple[MetricAlarmPlan, ...]
    composites: tuple[CompositeAlarmPlan, ...]
    name: str
    """The composite alarm of the service as a whole, which deployments roll back on."""

    @property
    def alarms(self) -> tuple[AlarmPlan, ...]:
        """All of them."""
        return (*self.metric_alarms, *self.composites)


def plan_service_alarms(
    names: PhysicalNames, services: Services, service: ServiceDeclaration
) -> ServiceAlarmPlan:
    """Everything that is watched of a service."""
    maker = _Maker(names, services, service)
    conditions = tuple(maker.conditions())
    burns = burn_alarms(
        window_days=service.objectives.window_days, error_rate_percent=service.objectives.error_rate_percent
    )
    callees = tuple(maker.callees())
    whole = maker.whole(conditions, callees)
    return ServiceAlarmPlan(
        metric_alarms=(*conditions, *(part for burn in burns for part in maker.windows(burn))),
        composites=(*callees, whole, *maker.burns(burns)),
        name=whole.name,
    )


def down_alarm(names: PhysicalNames, service: str) -> str:
    """The name of the alarm that says that no task of a service runs."""
    return names.alarm(service, "down")


def reachable(services: Services, service: str) -> tuple[str, ...]:
    """The services that a service calls, at any depth, without itself; sorted."""
    found: set[str] = set()
    asked = [service]
    while asked:
        new = set(services.callees_of(asked.pop())) - found
        found |= new
        asked.extend(new)
    return tuple(sorted(found - {service}))


class _Maker:
    def __init__(self, names: PhysicalNames, services: Services, service: ServiceDeclaration) -> None:
        self._names = names
        self._services = services
        self._service = service

    def conditions(self) -> Iterator[MetricAlarmPlan]:
        yield self._down()
        yield self._error_rate()
        yield self._latency()
        yield self._saturation()
        if self._service.calls:
            yield self._denials()
            yield self._governance_latency()

    def whole(
        self, conditions: tuple[MetricAlarmPlan, ...], callees: tuple[CompositeAlarmPlan, ...]
    ) -> CompositeAlarmPlan:
        called = reachable(self._services, self._service.name)
        suppressor = callees[0].name if callees else down_alarm(self._names, called[0]) if called else None
        return CompositeAlarmPlan(
            kind="",
            name=self._names.service_alarm(self._service.name),
            meaning=f"{self._service.name} does not serve as it promises",
            advice="`myelin alarms` names the alarm below it that is red; "
            "a deployment under way is rolled back",
            rule=any_red(*(one.name for one in conditions)),
            notifies=True,
            suppressor=(
                Suppressor(alarm=suppressor, wait=CALLEE_WAIT, extension=CALLEE_EXTENSION)
                if suppressor
                else None
            ),
        )

    def callees(self) -> Iterator[CompositeAlarmPlan]:
        """One alarm over all callees: a suppressor is a single alarm. A single callee needs none."""
        called = reachable(self._services, self._service.name)
        if len(called) > 1:
            yield CompositeAlarmPlan(
                kind="callees-down",
                name=self._names.alarm(self._service.name, "callees-down"),
                meaning=f"a service that {self._service.name} calls, directly or through others, is down",
                advice="look at the alarm of that service",
                rule=any_red(*(down_alarm(self._names, name) for name in called)),
            )

    def burns(self, burns: tuple[BurnAlarm, ...]) -> Iterator[CompositeAlarmPlan]:
        """The burn rates, the fastest first, each after the alarm over what keeps it quiet."""
        called = reachable(self._services, self._service.name)
        known = [
            self._names.service_alarm(self._service.name),
            *(down_alarm(self._names, name) for name in called),
        ]
        for burn in burns:
            quiet = self._quiet(burn, known) if len(known) > 1 else None
            if quiet:
                yield quiet
            made = self._burn(burn, quiet.name if quiet else known[0])
            yield made
            known.append(made.name)

    def _quiet(self, burn: BurnAlarm, known: list[str]) -> CompositeAlarmPlan:
        kind = f"burn-{burn.window.name}-known"
        return CompositeAlarmPlan(
            kind=kind,
            name=self._names.alarm(self._service.name, kind),
            meaning="something is red that explains the errors, or a faster burn rate",
            advice="it keeps the burn rate quiet and tells nobody",
            rule=any_red(*known),
        )

    def _burn(self, burn: BurnAlarm, suppressor: str) -> CompositeAlarmPlan:
        long, short = self.windows(burn)
        return CompositeAlarmPlan(
            kind=f"burn-{burn.window.name}",
            name=self._names.alarm(self._service.name, f"burn-{burn.window.name}"),
            meaning=f"errors spend the budget of {self._service.objectives.window_days} days "
            f"{burn.rate:g} times too fast: {burn.window.budget_percent:g} % of it "
            f"in {_spoken(burn.window.long)}",
            advice="find what fails now and then: `myelin metrics`, and the logs of 5xx answers",
            rule=f"{red(long.name)} AND {red(short.name)}",
            notifies=True,
            # the short window still has the errors of what was told when that is over
            suppressor=Suppressor(alarm=suppressor, wait=CALLEE_WAIT, extension=burn.window.short),
        )

    def windows(self, burn: BurnAlarm) -> tuple[MetricAlarmPlan, MetricAlarmPlan]:
        return self._window(burn, "long", burn.window.long), self._window(burn, "short", burn.window.short)

    def _window(self, burn: BurnAlarm, length: str, seconds: int) -> MetricAlarmPlan:
        kind = f"burn-{burn.window.name}-{length}"
        return self._alarm(
            kind,
            f"above {burn.error_percent:g} % of requests failed in {_spoken(seconds)}",
            "see the burn rate that it is part of",
            self._share("RequestErrors", "Requests"),
            _share_of("requesterrors", "requests"),
            burn.error_percent,
            period=seconds,
            periods=1,
            datapoints=1,
        )

    def _down(self) -> MetricAlarmPlan:
        return self._alarm(
            "down",
            "no task runs",
            "`myelin status` says why tasks do not start or do not become healthy; then their logs",
            (self._ecs("CPUUtilization", "SampleCount"),),
            # each running task gives a sample a minute; without FILL, the last ones would count for long
            "FILL(cpuutilization, 0)",
            1,
            above=False,
            periods=2,
            # before the first task runs there is nothing that could go back to a revision before
            missing=MissingTreatment.IGNORE,
        )

    def _error_rate(self) -> MetricAlarmPlan:
        percent = self._service.objectives.error_rate_percent
        return self._alarm(
            "errors",
            f"above {percent:g} % of requests were answered with 5xx",
            "`myelin logs` with the correlation id of one of them; roll back what was deployed last",
            self._share("RequestErrors", "Requests"),
            _share_of("requesterrors", "requests"),
            percent,
        )

    def _latency(self) -> MetricAlarmPlan:
        bound = self._service.objectives.latency_p99_ms
        return self._alarm(
            "latency",
            f"the slowest hundredth of requests took above {bound} ms",
            "`myelin metrics` says since when, a trace of a slow request which hop",
            (self._own("RequestLatency", "p99"), self._own("Requests", "Sum")),
            f"IF(requests >= {MINIMUM_REQUESTS}, requestlatency, 0)",
            bound,
        )

    def _saturation(self) -> MetricAlarmPlan:
        return self._alarm(
            "saturation",
            f"tasks use above {SATURATION_PERCENT} % of their CPU or memory",
            "raise `[scaling] max`, `cpu` or `memory` of the declaration",
            (self._ecs("CPUUtilization", "Average"), self._ecs("MemoryUtilization", "Average")),
            "MAX([cpuutilization, memoryutilization])",
            SATURATION_PERCENT,
            periods=5,
            datapoints=3,
        )

    def _denials(self) -> MetricAlarmPlan:
        return self._alarm(
            "denials",
            f"governance denied above {DENIED_PERCENT} % of the calls that it asked about",
            "`myelin policy history` says what was changed, `myelin policy explain` why a call is denied",
            self._share("Denials", "Decisions"),
            _share_of("denials", "decisions"),
            DENIED_PERCENT,
        )

    def _governance_latency(self) -> MetricAlarmPlan:
        return self._alarm(
            "governance-latency",
            f"the slowest hundredth of decisions took above {GOVERNANCE_P99_MS} ms",
            "look at the governance function: cold starts, throttles, the policy table",
            (self._own("GovernanceLatency", "p99"), self._own("Decisions", "Sum")),
            f"IF(decisions >= {MINIMUM_REQUESTS}, governancelatency, 0)",
            GOVERNANCE_P99_MS,
        )

    def _alarm(
        self,
        kind: str,
        meaning: str,
        advice: str,
        measures: tuple[WatchedMetric, ...],
        expression: str,
        threshold: float,
        *,
        above: bool = True,
        period: int = PERIOD,
        periods: int = 3,
        datapoints: int = DATAPOINTS,
        missing: MissingTreatment = MissingTreatment.NOT_BREACHING,
    ) -> MetricAlarmPlan:
        return MetricAlarmPlan(
            kind=kind,
            name=self._names.alarm(self._service.name, kind),
            meaning=f"{self._service.name}: {meaning}",
            advice=advice,
            measures=measures,
            expression=expression,
            threshold=threshold,
            above=above,
            period=period,
            periods=periods,
            datapoints=datapoints,
            missing=missing,
        )

    def _own(self, metric: str, statistic: str) -> WatchedMetric:
        return WatchedMetric(
            id=metric.lower(),
            namespace=OWN_NAMESPACE,
            metric=metric,
            statistic=statistic,
            dimensions=own_dimensions(self._names.environment, self._service.name),
        )

    def _ecs(self, metric: str, statistic: str) -> WatchedMetric:
        return WatchedMetric(
            id=metric.lower(),
            namespace="AWS/ECS",
            metric=metric,
            statistic=statistic,
            dimensions={"ClusterName": self._names.cluster, "ServiceName": self._service.name},
        )

    def _share(self, part: str, whole: str) -> tuple[WatchedMetric, WatchedMetric]:
        return self._own(part, "Sum"), self._own(whole, "Sum")


def _share_of(part: str, whole: str) -> str:
    return f"IF({whole} >= {MINIMUM_REQUESTS}, 100 * {part} / {whole}, 0)"


def _spoken(seconds: int) -> str:
    return f"{seconds // 3600} h" if seconds >= 3600 else f"{seconds // 60} min"

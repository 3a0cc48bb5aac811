"""The metrics that alarms, dashboards and queries are about: our own, and those that AWS publishes. Pure.

A name that is in neither table is a mistake: nothing would ever be measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from components.naming import GOVERNANCE, ROTATION

OWN_NAMESPACE = "Myelin"
"""The namespace of the metrics that services write, in the embedded metric format."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSignal:
    """A metric that services write, with dimensions beside `environment` and `service`."""

    metric: str
    unit: str
    meaning: str
    dimensions: tuple[str, ...] = ()


OWN_SIGNALS = (
    OwnSignal(metric="Requests", unit="Count", meaning="requests answered, without those for health"),
    OwnSignal(metric="RequestErrors", unit="Count", meaning="those answered with 5xx"),
    OwnSignal(metric="RequestLatency", unit="Milliseconds", meaning="from the first byte to the answer"),
    OwnSignal(metric="Decisions", unit="Count", meaning="calls that governance was asked about"),
    OwnSignal(metric="Denials", unit="Count", meaning="those that were not allowed, for whatever reason"),
    OwnSignal(
        metric="GovernanceLatency",
        unit="Milliseconds",
        meaning="until the decision; near 0 with a kept grant",
    ),
    OwnSignal(
        metric="CallsNotMade", unit="Count", meaning="attempts of a call that an open circuit breaker stopped"
    ),
    OwnSignal(metric="Dispatches", unit="Count", meaning="what Orbit was asked to dispatch"),
    OwnSignal(metric="DispatchesDenied", unit="Count", meaning="dispatches that governance denied"),
    OwnSignal(metric="DispatchesFailed", unit="Count", meaning="dispatches whose target was not reached"),
    OwnSignal(metric="DispatchLatency", unit="Milliseconds", meaning="a whole dispatch"),
    OwnSignal(
        metric="TargetLatency",
        unit="Milliseconds",
        meaning="Orbit's call of a service until its answer",
        dimensions=("target",),
    ),
    OwnSignal(metric="Heartbeats", unit="Count", meaning="heartbeats that the service stamped"),
)
"""Every metric of the code in services/."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSignal:
    """A metric that a Lambda function writes, with all of its dimensions."""

    function: str
    metric: str
    unit: str
    meaning: str
    dimensions: tuple[str, ...]


_DECISION = ("caller", "intent", "outcome", "service")
FUNCTION_SIGNALS = (
    FunctionSignal(
        function=GOVERNANCE,
        metric="Decisions",
        unit="Count",
        meaning="questions that were decided; `outcome` is the reason code",
        dimensions=_DECISION,
    ),
    FunctionSignal(
        function=GOVERNANCE,
        metric="DecisionLatency",
        unit="Milliseconds",
        meaning="a decision inside of the function, without the invocation",
        dimensions=_DECISION,
    ),
    FunctionSignal(
        function=ROTATION,
        metric="SecretsRotated",
        unit="Count",
        meaning="rotations that came to their end",
        dimensions=("service",),
    ),
    FunctionSignal(
        function=ROTATION,
        metric="RotationStepsFailed",
        unit="Count",
        meaning="steps that failed; Secrets Manager tries them again",
        dimensions=("service",),
    ),
)
"""Every metric of the code in lambdas/."""

_ECS = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsSignal:
    """A metric that AWS publishes by itself, its dimensions, and the page that says so."""

    namespace: str
    metric: str
    dimensions: tuple[str, ...]
    page: str


AWS_SIGNALS = (
    AwsSignal(
        namespace="AWS/ECS", metric="CPUUtilization", dimensions=("ClusterName", "ServiceName"), page=_ECS
    ),
    AwsSignal(
        namespace="AWS/ECS", metric="MemoryUtilization", dimensions=("ClusterName", "ServiceName"), page=_ECS
    ),
    AwsSignal(namespace="AWS/Lambda", metric="Errors", dimensions=("FunctionName",), page=_LAMBDA),
    AwsSignal(namespace="AWS/Lambda", metric="Throttles", dimensions=("FunctionName",), page=_LAMBDA),
    AwsSignal(namespace="AWS/Lambda", metric="Invocations", dimensions=("FunctionName",), page=_LAMBDA),
    AwsSignal(namespace="AWS/Lambda", metric="Duration", dimensions=("FunctionName",), page=_LAMBDA),
)
"""Every metric of AWS that something of ours names."""

ECS_DIMENSIONS = ("ClusterName", "ServiceName")


def own_dimensions(environment: str, service: str) -> Mapping[str, str]:
    """The dimensions that every metric of a service has."""
    return {"environment": environment, "service": service}

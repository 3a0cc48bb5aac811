"""Service deployments as ECS describes them, and an ECS that answers with those that it is given."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Described = dict[str, Any]


def described(status: str = "IN_PROGRESS", stage: str = "SCALE_UP", **other: Any) -> Described:
    """A deployment of a canary; `share`, `running` and `arn` are of the new revision."""
    share, running = other.pop("share", 0.0), other.pop("running", 2)
    return {
        "serviceDeploymentArn": other.pop("arn", "arn:new"),
        "status": status,
        "lifecycleStage": stage,
        "deploymentConfiguration": {"strategy": "CANARY", "bakeTimeInMinutes": 5},
        "targetServiceRevision": {
            "arn": "arn:revision",
            "requestedTaskCount": 2,
            "runningTaskCount": running,
            "pendingTaskCount": 0,
            "requestedProductionTrafficWeight": share,
        },
        **other,
    }


class FakeEcs:
    """Answers each look at the deployments with the next of `looks`, and the last from then on."""

    def __init__(self, looks: Sequence[Described | None], services: Sequence[Described] = ()) -> None:
        self.looks, self.services = list(looks), list(services)
        self.asked: list[tuple[str, Any]] = []

    def list_service_deployments(self, **_: Any) -> Described:
        found = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        self._now = found
        return {"serviceDeployments": [found] if found else []}

    def describe_service_deployments(self, **_: Any) -> Described:
        return {"serviceDeployments": [self._now] if self._now else []}

    def describe_services(self, **_: Any) -> Described:
        return {"services": self.services}

    def update_service(self, **given: Any) -> None:
        self.asked.append(("update", given))

    def stop_service_deployment(self, **given: Any) -> None:
        self.asked.append(("stop", given))

    def continue_service_deployment(self, **given: Any) -> None:
        self.asked.append(("continue", given))


class FakeWatch:
    """CloudWatch with alarms in one state."""

    def __init__(self, state: str = "OK") -> None:
        self.state = state

    def describe_alarms(self, **given: Any) -> Described:
        alarms = [{"AlarmName": name, "StateValue": self.state} for name in given["AlarmNames"]]
        return {"MetricAlarms": [], "CompositeAlarms": alarms}

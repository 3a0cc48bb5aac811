"""How ECS replaces the tasks of a service by those of a new revision. Pure.

A strategy is decided here, from a declaration; service.py hands it to ECS. So far there is one: `ROLLING`
starts new tasks beside the old ones, never has fewer healthy ones than wanted, and goes back by itself when
new tasks keep failing.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentPlan:
    """ECS's deployment configuration: the percentages are of the desired count.

    `breaker` fails a deployment whose tasks keep failing, and goes back to the last that completed.
    """

    strategy: str
    minimum_healthy_percent: int
    maximum_percent: int
    breaker: bool

    def configuration(self) -> dict[str, object]:
        """The argument `deployment_configuration` of an ECS service."""
        return {"strategy": self.strategy}

    def circuit_breaker(self) -> dict[str, object]:
        """The argument `deployment_circuit_breaker` of an ECS service."""
        return {"enable": self.breaker, "rollback": self.breaker}


def plan_deployment() -> DeploymentPlan:
    """The strategy of every service: new tasks come before old ones go, so no request finds too few."""
    return DeploymentPlan(strategy="ROLLING", minimum_healthy_percent=100, maximum_percent=200, breaker=True)

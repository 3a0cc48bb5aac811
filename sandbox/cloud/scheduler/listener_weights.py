"""Writes the weights of two target groups into listener rules, as ECS does, and knows when they are in force.

ECS calls ModifyRule with the role of the load balancer's `advancedConfiguration`. A rule that does anything
but forward fails the deployment.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/alb-resources-for-blue-green.html
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sandbox.cloud.scheduler.background import Background

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
Weights = Mapping[str, int]


class RoutedWeights(Protocol):
    """The router, as far as it says what is in force."""

    def rule_weights(self, rule_arn: str) -> Weights | None:
        """The target groups and weights of a rule that requests are routed by now; None for no such rule."""
        ...


class NotForwardingError(Exception):
    """A rule has other actions, with which ECS cannot shift traffic."""

    def __init__(self, rule_arn: str, others: Sequence[str]) -> None:
        super().__init__(f"{rule_arn} does more than forward: {', '.join(others)}")


def whole_weights(percents: Mapping[str, float]) -> dict[str, int]:
    """Percentages as weights, which are whole numbers: 5 and 95, or 1 and 999 for 0.1 percent."""
    factor = 1 if all(percent == int(percent) for percent in percents.values()) else 10
    return {arn: min(999, round(percent * factor)) for arn, percent in percents.items()}


class ListenerWeights:
    """The rules that were written, by ARN. To be used in one event loop."""

    def __init__(
        self, aws: Callable[[str], Any], routed: RoutedWeights | None, on_change: Callable[[], None]
    ) -> None:
        """`on_change` is called when a rule was written, or could not be."""
        self._aws = aws
        self._routed = routed
        self._on_change = on_change
        self._background = Background()
        self._written: dict[str, dict[str, int]] = {}
        self._writing: dict[str, float] = {}
        self.troubles: dict[str, str] = {}
        """Why a rule could not be written, by ARN."""

    def in_force(self, rule_arn: str, weights: Weights) -> bool:
        """Whether requests are routed by these weights; if not, see to it."""
        if self._written.get(rule_arn) != weights:
            self._begin(rule_arn, dict(weights))
            return False
        if self._routed is None:
            return True
        return self._routed.rule_weights(rule_arn) == weights

    def _begin(self, rule_arn: str, weights: dict[str, int]) -> None:
        if time.monotonic() < self._writing.get(rule_arn, 0.0):
            return
        self._writing[rule_arn] = float("inf")

        def done(found: Any) -> None:
            if isinstance(found, Exception):
                log.warning("the weights of %s could not be written: %s", rule_arn, found)
                self._writing[rule_arn] = time.monotonic() + RETRY_SECONDS
                self.troubles[rule_arn] = str(found)
            else:
                del self._writing[rule_arn]
                self._written[rule_arn] = weights
                self.troubles.pop(rule_arn, None)
            self._on_change()

        self._background.run(lambda: self._write(rule_arn, weights), done)

    def _write(self, rule_arn: str, weights: Weights) -> None:
        elbv2 = self._aws("elbv2")
        rule = elbv2.describe_rules(RuleArns=[rule_arn])["Rules"][0]
        others = sorted({action["Type"] for action in rule["Actions"]} - {"forward"})
        if others:
            raise NotForwardingError(rule_arn, others)
        groups = [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
        forward = {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}
        elbv2.modify_rule(RuleArn=rule_arn, Actions=[forward])

"""Carries out the service deployments of one service: weights, hooks, alarms, and what was asked of them.

The machine decides (advancing.py); tasks are the business of the service's run.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sandbox.cloud.ecs.deployment_settings import HookTarget
from sandbox.cloud.ecs.service import DesiredService
from sandbox.cloud.ecs.service_deployments import DeploymentRequests, deployment_arn, revision_arn
from sandbox.cloud.scheduler.alarm_states import AlarmStates
from sandbox.cloud.scheduler.aws_clock import AwsClock
from sandbox.cloud.scheduler.background import Background
from sandbox.cloud.scheduler.listener_weights import ListenerWeights, RoutedWeights, whole_weights
from sandbox.cloud.scheduler.machine.advancing import Sight, advance
from sandbox.cloud.scheduler.machine.deployment_document import DeploymentNames, hook_event
from sandbox.cloud.scheduler.machine.hook_runs import HookAnswer, HookRun, HookStatus, read_answer
from sandbox.cloud.scheduler.machine.lifecycle import TargetTraffic, forward_steps
from sandbox.cloud.scheduler.machine.service_deployment import (
    FORWARD,
    Cause,
    ServiceDeployment,
    Status,
    answer_hook,
    begin,
    continue_hook,
    fail,
    stop,
    supersede,
)

_LOOK_SECONDS = 0.05
"""How soon to look again whether routers follow; they have no way to say so."""

KEPT = 10
"""Deployments of a service that are still reported; ECS keeps records of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudSurroundings:
    """AWS around ECS: clients by service name, the router, and the clock."""

    aws: Callable[[str], Any]
    clock: AwsClock
    routed: RoutedWeights | None = None


class DeploymentRun:
    """The service deployments of one service; the last one is the present one. Used in one event loop."""

    def __init__(
        self, service: DesiredService, surroundings: CloudSurroundings, on_change: Callable[[], None]
    ) -> None:
        """The service's present deployment is its first one that is known here."""
        self._surroundings = surroundings
        self._on_change = on_change
        self._weights = ListenerWeights(surroundings.aws, surroundings.routed, on_change)
        self._alarms = AlarmStates(surroundings.aws, on_change)
        self._background = Background()
        self.past: list[ServiceDeployment] = []
        self.slots: dict[str, int] = {}
        self.present = self._begin(service, source=None, slot=0, reconcile=False)

    def _begin(
        self, service: DesiredService, *, source: str | None, slot: int, reconcile: bool
    ) -> ServiceDeployment:
        self.slots[service.deployment_id] = slot
        self._alarms.forget()
        return begin(
            target=service.deployment_id,
            source=source,
            settings=service.deployment,
            now=self._surroundings.clock.now(),
            reconcile=reconcile,
        )

    def open(self, service: DesiredService, *, source: str | None, slot: int) -> None:
        """Begin another deployment; the one under way is superseded, and the new one reconciles."""
        under_way = not self.present.ended
        now = self._surroundings.clock.now()
        self.past = [*self.past, supersede(self.present, service.deployment_id, now)][-KEPT:]
        self.present = self._begin(service, source=source, slot=slot, reconcile=under_way)

    def count_failures(self, failures: int) -> None:
        """How many tasks of the target have failed, as the circuit breaker counts them."""
        self.present = replace(self.present, failures=failures)

    def fail(self, cause: Cause, reason: str) -> None:
        """What tasks did has failed the present deployment."""
        self.present = fail(self.present, cause, reason, self._surroundings.clock.now())

    def take(self, requests: DeploymentRequests) -> None:
        """Do what StopServiceDeployment and ContinueServiceDeployment asked for."""
        now = self._surroundings.clock.now()
        for deployment_id, hook_id, action in requests.continued:
            if deployment_id == self.present.target:
                self.present = continue_hook(self.present, hook_id, action, now)
        if self.present.target in requests.stop:
            self.present = stop(self.present, now)

    def look(self, service: DesiredService, sight: Sight) -> float | None:
        """Advance as far as possible; returns when to look again, in monotonic time."""
        if self.present.ended:
            self._hold(service)
            return None
        names = service.deployment.alarms.names if service.deployment.alarms.enabled else ()
        alarms = self._alarms.look(names)
        if alarms is None:
            return time.monotonic() + _LOOK_SECONDS
        if self.present.status is Status.PENDING and not self.present.settings.shifts_traffic:
            self._bake_for_alarms(alarms.minutes)
        self._fail_without_rules(service)
        clock, calls = self._surroundings.clock, list[HookRun]()
        while True:
            before = self.present
            routed = self._routed(service)
            progress = advance(
                before,
                replace(sight, routed=routed, red=alarms.red),
                now=clock.now(),
                new_id=_hook_id,
            )
            self.present = progress.deployment
            calls += progress.calls
            if self.present == before or self.present.ended:
                break
        for run in calls:
            self._call(run, service)
        waits = [] if progress.look_at is None else [clock.real(progress.look_at)]
        if names or routed != self.present.traffic:
            waits.append(time.monotonic() + _LOOK_SECONDS)
        return min(waits, default=None)

    def _bake_for_alarms(self, minutes: float) -> None:
        present = self.present
        steps = forward_steps(
            present.settings, first=present.source is None, reconcile=False, alarm_minutes=minutes
        )
        self.present = replace(present, steps=steps)

    def _fail_without_rules(self, service: DesiredService) -> None:
        """A rule that cannot be written ends a deployment; the way back is tried again and again."""
        rules = [rule for link in service.target_groups for rule in (link.production_rule, link.test_rule)]
        trouble = next(
            (self._weights.troubles[rule] for rule in rules if rule in self._weights.troubles), None
        )
        if trouble is not None and self.present.status in FORWARD:
            self.fail(Cause.TRAFFIC, f"a listener rule could not be changed: {trouble}")

    def _hold(self, service: DesiredService) -> None:
        """What a deployment that ended wants of the rules stays so, until the next one begins."""
        self._routed(service)

    def _routed(self, service: DesiredService) -> TargetTraffic:
        """The traffic that the target is known to have: what it is to have once all rules are so."""
        wanted = self.present.traffic
        if not self.present.settings.shifts_traffic:
            return wanted
        in_force = [
            self._weights.in_force(rule, self.group_weights(link.groups, weights))
            for link in service.target_groups
            for rule, weights in (
                (link.production_rule, self.present.production_weights()),
                (link.test_rule, self.present.test_weights()),
            )
            if rule and link.alternate_arn and weights
        ]
        return wanted if all(in_force) else TargetTraffic(production=-1.0, test=-1.0)

    def group_weights(self, groups: tuple[str, ...], weights: Mapping[str, float]) -> dict[str, int]:
        """The weights of both target groups, of those of revisions."""
        percents = dict.fromkeys(groups, 0.0)
        for revision, percent in weights.items():
            percents[groups[self.slots.get(revision, 0) % len(groups)]] += percent
        return whole_weights(percents)

    def names(self, service: DesiredService, deployment: ServiceDeployment) -> DeploymentNames:
        """The ARNs of one of the deployments."""
        return DeploymentNames(
            service=service.arn,
            deployment=deployment_arn(service.arn, deployment.target),
            revision=lambda revision: revision_arn(service.arn, revision),
        )

    def date(self, moment: float) -> datetime:
        """When a moment of the deployments was, or will be."""
        return self._surroundings.clock.date(moment)

    def _call(self, run: HookRun, service: DesiredService) -> None:
        event = hook_event(self.present, run, self.names(service, self.present))
        target = self.present.target

        def invoke() -> HookAnswer:
            answer = self._surroundings.aws("lambda").invoke(
                FunctionName=run.hook.target_arn, Payload=json.dumps(event).encode()
            )
            returned = json.loads(answer["Payload"].read() or b"null")
            return read_answer(returned, failed="FunctionError" in answer)

        def take(found: Any) -> None:
            if isinstance(found, Exception):
                found = HookAnswer(status=HookStatus.FAILED, reason=f"it could not be invoked: {found}")
            if self.present.target == target:
                now = self._surroundings.clock.now()
                self.present = answer_hook(self.present, run.id, found, now)
                self._on_change()

        self._background.run(invoke, take)


def _hook_id(target: HookTarget) -> str:
    return f"ecs-{'pause' if target is HookTarget.PAUSE else 'lambda'}-{uuid.uuid4().hex}"

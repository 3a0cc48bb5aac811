"""The story of `myelin up`, in its stages:

1. read      declarations, stack files, policies, image table; every mistake in them is found here
2. lock      one deployment at a time
3. host      find the sandbox's background process, or start it; when nothing that a deployment is made of has
             changed since the last one there, that is all (fingerprint.py); when policies changed to which a
             second person has to agree, it ends here with a draft (approval.py)
4. plan      preview the three layers, each on what the one below will have; nothing is changed so far
5. confirm   ask before something that exists is deleted
6. apply     layer by layer, and between them publish the policies (apply.py)
7. report    what is there now

`preview` is stages 1 and 4.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cli.deployment.apply import AppliedLayer, apply
from cli.deployment.approval import approval_required, require_approval
from cli.deployment.fingerprint import Mark, fingerprint
from cli.deployment.inputs import Inputs, programs, read_inputs, require_passing_cases
from cli.lock import hold_lock
from cli.project import Project
from cli.terminal.progress import Screen
from cli.worlds.sandbox import Ports, Sandbox, borrowed, start
from stacks import names

if TYPE_CHECKING:
    from policies.calls.changing.deployment import Published
    from sandbox.engine.planning.steps import StackPlan
    from sandbox.engine.program.program import Program


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What a deployment did; there are no layers when nothing had changed that one is made of."""

    environment: str
    layers: tuple[AppliedLayer, ...]
    policy_version: str
    policies_changed: bool
    seconds: float

    @property
    def changed(self) -> bool:
        """Whether anything was done."""
        return self.policies_changed or any(layer.plan.changes for layer in self.layers)


Confirm = Callable[[tuple["StackPlan", ...]], None]
"""Asked with the plans before anything is changed; raises to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentPreview:
    """What a deployment would do: a plan for each layer, and the policy version now and after it."""

    plans: tuple[StackPlan, ...]
    policy_version: str
    current_policy_version: str
    """Empty when none is published."""

    @property
    def policies_change(self) -> bool:
        """Whether a policy version would be published."""
        return self.policy_version != self.current_policy_version

    @property
    def changed(self) -> bool:
        """Whether anything would be done."""
        return self.policies_change or any(plan.changes for plan in self.plans)


def preview(project: Project, environment: str, screen: Screen) -> DeploymentPreview:
    """Say what a deployment would do; raises what reading the inputs or planning raises."""
    from policies.calls.changing.deployment import preview_deployment  # noqa: PLC0415 - only a run pays for it
    from policies.calls.store.policy_store import PolicyStore  # noqa: PLC0415
    from policies.calls.versions.slices import cut  # noqa: PLC0415

    inputs = read_inputs(project, environment)
    require_passing_cases(inputs)
    version = cut(inputs.policies, inputs.catalogue(), inputs.cases)
    with borrowed(project, region=inputs.region) as sandbox:
        plans = _plan(sandbox, programs(project, inputs), screen, threading.Event())
        platform = sandbox.platform(environment)
        found, wanted = None, None
        if platform is not None:
            table, client = platform.policy_table_name, sandbox.client("dynamodb")
            found = PolicyStore(client, table).pointer()
            wanted = preview_deployment(version, table, client)
    return DeploymentPreview(
        plans=plans,
        policy_version=wanted or version.version,
        current_policy_version=found.version if found else "",
    )


def deploy(
    project: Project,
    environment: str,
    *,
    screen: Screen,
    ports: Ports,
    confirm: Confirm,
    cancelled: threading.Event,
) -> Deployed:
    """Bring an environment to what is declared; raises the first failure of any stage."""
    started = time.monotonic()
    inputs = read_inputs(project, environment)
    require_passing_cases(inputs)
    with hold_lock(project.sandbox):
        sandbox = start(project, region=inputs.region, ports=ports)
        mark = Mark(sandbox.states / f"{environment}.fingerprint", fingerprint(project, environment))
        done: tuple[AppliedLayer, ...] = ()
        published: Published | None = None
        if not mark.stands():
            require_approval(sandbox, inputs)
            layers = programs(project, inputs)
            plans = _plan(sandbox, layers, screen, cancelled)
            confirm(plans)
            mark.remove()
            done, published = apply(
                sandbox.engine,
                layers,
                plans,
                publish=partial(_publish, sandbox, inputs, screen),
                screen=screen,
                cancelled=cancelled,
            )
            mark.leave()
    return Deployed(
        environment=environment,
        layers=done,
        policy_version=published.version if published else "",
        policies_changed=published is not None and published.changed,
        seconds=time.monotonic() - started,
    )


def _plan(
    sandbox: Sandbox, layers: dict[names.Layer, Program], screen: Screen, cancelled: threading.Event
) -> tuple[StackPlan, ...]:
    from sandbox.engine.errors import InterruptedRunError  # noqa: PLC0415 - only a run pays for it

    predicted: dict[str, Any] = {}
    plans: list[StackPlan] = []
    screen.stage("planning")
    for program in layers.values():
        if cancelled.is_set():
            raise InterruptedRunError
        plan, outputs = sandbox.engine.preview(program, predicted=predicted)
        predicted[program.stack] = outputs
        plans.append(plan)
    return tuple(plans)


def _publish(sandbox: Sandbox, inputs: Inputs, screen: Screen) -> Published:
    from policies.calls.changing.deployment import deploy  # noqa: PLC0415 - only a deployment pays for it
    from policies.calls.versions.slices import cut  # noqa: PLC0415

    platform = sandbox.platform(inputs.environment)
    assert platform is not None, "policies are published once the platform is there"  # noqa: S101
    published = deploy(
        cut(inputs.policies, inputs.catalogue(), inputs.cases),
        platform.policy_table_name,
        sandbox.client("dynamodb"),
        actor=str(sandbox.client("sts").get_caller_identity()["Arn"]),
        approval=approval_required(sandbox, inputs),
    )
    if published.changed:
        screen.stage(f"published {published.policies} policies as version {published.version[:12]}")
    return published

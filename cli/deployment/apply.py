"""Carries out a deployment's plans, in the order in which the layers stand on each other.

First the layers are made, changed and added to, from the lowest up. Then what is no longer wanted is deleted,
from the highest down: AWS refuses to delete a security group or a policy that a higher layer still uses, and
no service may lose its key while it runs. The policies are published before the first service runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from cli.deployment.plan import LayerPlan
from cli.terminal.progress import Screen
from cli.worlds.world import Deployer
from policies.calls.changing.deployment import Published
from sandbox.engine.planning.steps import StackPlan, StepAction
from sandbox.engine.values.urn import type_of
from stacks.names import Layer
from stacks.outputs import PlatformOutputs, RecordedOutputs, RecordedPlatform

if TYPE_CHECKING:
    # it imports Pulumi, which takes most of a second
    from sandbox.engine.engine import UpdateResult


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedLayer:
    """One layer, the steps that were taken, and the seconds that they took."""

    layer: Layer
    plan: StackPlan
    seconds: float = 0.0


def apply_plans(
    deployer: Deployer,
    plans: Sequence[LayerPlan],
    *,
    platform: RecordedPlatform | None,
    publish: Callable[[RecordedPlatform], Published],
    screen: Screen,
    cancelled: threading.Event,
) -> tuple[tuple[AppliedLayer, ...], Published]:
    """Apply every layer's plan and publish the policies; raises the first failure.

    `platform` has the outputs of that layer as they are before; `publish` is given them as they are then.
    """
    run = partial(_run, deployer, screen, cancelled)
    applied: dict[Layer, AppliedLayer] = {}
    waiting: list[tuple[LayerPlan, tuple[str, ...]]] = []
    published: Published | None = None
    for planned in plans:
        layer = planned.stack.layer
        applied[layer] = AppliedLayer(layer=layer, plan=planned.plan)
        if planned.plan.changes or planned.plan.outputs_changed:
            keep = planned is not plans[-1]
            result = run(planned, _step_count(planned.plan, deletions=not keep), keep_leftovers=keep)
            applied[layer] = AppliedLayer(layer=layer, plan=result.plan, seconds=result.seconds)
            if result.leftovers:
                waiting.append((planned, result.leftovers))
            if layer is Layer.PLATFORM:
                platform = PlatformOutputs.read(RecordedOutputs(planned.stack, result.outputs))
        if layer is Layer.PLATFORM:
            assert platform is not None, "a platform that does not exist is planned to be made"  # noqa: S101
            published = publish(platform)
            if published.changed:
                screen.stage(f"published {published.policies} policies as version {published.version[:12]}")
    for planned, leftovers in reversed(waiting):
        layer = planned.stack.layer
        screen.stage(f"deleting what {layer} no longer needs")
        deleted = run(planned, sum(type_of(urn).startswith("aws:") for urn in leftovers))
        applied[layer] = _with_deletions(applied[layer], deleted)
    assert published is not None, "the platform is always among the layers"  # noqa: S101
    return tuple(applied.values()), published


def _run(
    deployer: Deployer,
    screen: Screen,
    cancelled: threading.Event,
    planned: LayerPlan,
    steps: int,
    *,
    keep_leftovers: bool = False,
) -> UpdateResult:
    """Bring a layer to what is declared, and show how far it is."""
    layer = planned.stack.layer
    screen.layer(layer, steps)
    return deployer.up(
        planned.program,
        watch=partial(screen.step, layer),
        cancelled=cancelled,
        keep_leftovers=keep_leftovers,
    )


def _step_count(plan: StackPlan, *, deletions: bool) -> int:
    """How many steps will be shown."""
    steps = [step for step in plan.changes if step.is_real]
    return len(steps if deletions else [step for step in steps if step.action is not StepAction.DELETE])


def _with_deletions(layer: AppliedLayer, deleted: UpdateResult) -> AppliedLayer:
    """A layer's two runs as one; deleting what was replaced is part of its replacement."""
    told = {step.urn for step in layer.plan.changes}
    steps = tuple(step for step in deleted.plan.changes if step.urn not in told)
    return replace(
        layer,
        plan=replace(layer.plan, steps=(*layer.plan.steps, *steps)),
        seconds=layer.seconds + deleted.seconds,
    )

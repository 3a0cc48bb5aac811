"""Carries out a deployment's plans, in the order in which the layers stand on each other.

First the layers are made, changed and added to, from the lowest up. Then what is no longer wanted is deleted,
from the highest down: AWS refuses to delete a security group or a policy that a higher layer still uses, and
no service may lose its key while it runs. The policies are published before the first service runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cli.terminal.plan_view import is_resource
from cli.terminal.progress import Screen
from sandbox.engine.values.urn import type_of
from stacks import names

if TYPE_CHECKING:
    from policies.calls.changing.deployment import Published
    from sandbox.engine.engine import Engine, UpdateResult
    from sandbox.engine.planning.steps import StackPlan, Step
    from sandbox.engine.program.program import Program

POLICIES_AFTER = names.Layer.PLATFORM
"""The layer that makes the policy table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedLayer:
    """One layer of a deployment: what was planned, and the seconds that applying it took."""

    name: names.Layer
    plan: StackPlan
    seconds: float = 0.0


def apply(
    engine: Engine,
    layers: Mapping[names.Layer, Program],
    plans: tuple[StackPlan, ...],
    *,
    publish: Callable[[], Published],
    screen: Screen,
    cancelled: threading.Event,
) -> tuple[tuple[AppliedLayer, ...], Published]:
    """Apply every layer's plan and publish the policies; raises the first failure."""
    work = _Work(engine, layers, screen, cancelled)
    highest = tuple(layers)[-1]
    done: dict[names.Layer, AppliedLayer] = {}
    waiting: dict[names.Layer, tuple[str, ...]] = {}
    published: Published | None = None
    for name, plan in zip(layers, plans, strict=True):
        done[name] = AppliedLayer(name=name, plan=plan)
        if plan.changes or plan.outputs_changed:
            result = work.make(name, plan, keep_leftovers=name != highest)
            done[name] = AppliedLayer(name=name, plan=result.plan, seconds=result.seconds)
            if result.leftovers:
                waiting[name] = result.leftovers
        if name == POLICIES_AFTER:
            published = publish()
    for name in reversed(waiting):
        done[name] = _with_deletions(done[name], work.clear(name, waiting[name]))
    assert published is not None, "the platform layer is always among the layers"  # noqa: S101
    return tuple(done.values()), published


class _Work:
    """Runs layers, and shows how far they are."""

    def __init__(
        self,
        engine: Engine,
        layers: Mapping[names.Layer, Program],
        screen: Screen,
        cancelled: threading.Event,
    ) -> None:
        self._engine = engine
        self._layers = layers
        self._screen = screen
        self._cancelled = cancelled

    def make(self, name: names.Layer, plan: StackPlan, *, keep_leftovers: bool) -> UpdateResult:
        """Bring a layer to what is declared, keeping what has to go if higher layers may still use it."""
        steps = [step for step in plan.changes if is_resource(step)]
        if keep_leftovers:
            steps = [step for step in steps if not _is_deletion(step)]
        return self._run(name, len(steps), keep_leftovers=keep_leftovers)

    def clear(self, name: names.Layer, leftovers: tuple[str, ...]) -> UpdateResult:
        """Delete what a layer kept."""
        self._screen.stage(f"deleting what {name} no longer needs")
        return self._run(name, sum(type_of(urn).startswith("aws:") for urn in leftovers))

    def _run(self, name: names.Layer, steps: int, *, keep_leftovers: bool = False) -> UpdateResult:
        self._screen.layer(name, steps)
        return self._engine.up(
            self._layers[name],
            watch=lambda progress: self._screen.step(name, progress),
            cancelled=self._cancelled,
            keep_leftovers=keep_leftovers,
        )


def _with_deletions(layer: AppliedLayer, cleared: UpdateResult) -> AppliedLayer:
    """Tell a layer's two runs as one; deleting what was replaced is part of its replacement."""
    told = {step.urn for step in layer.plan.changes}
    deleted = tuple(step for step in cleared.plan.changes if step.urn not in told)
    return replace(
        layer,
        plan=replace(layer.plan, steps=(*layer.plan.steps, *deleted)),
        seconds=layer.seconds + cleared.seconds,
    )


def _is_deletion(step: Step) -> bool:
    return step.action.value == "delete"

"""The order in which a deployment carries out what was planned for its layers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest

from cli.deployment.apply import AppliedLayer, apply_plans
from cli.deployment.plan import LayerPlan
from policies.calls.changing.deployment import Published
from sandbox.engine.engine import UpdateResult
from sandbox.engine.planning.steps import StackPlan, Step, StepAction
from sandbox.engine.program.program import Program
from stacks.names import Layer, StackName
from stacks.outputs import PlatformOutputs, RecordedOutputs, RecordedPlatform

LAYERS = tuple(Layer)
FOUNDATION, PLATFORM, WORKLOADS = LAYERS
PLATFORM_STACK = StackName(environment="sandbox", layer=PLATFORM)
BEFORE = PlatformOutputs.read(RecordedOutputs(PLATFORM_STACK, {"policy_table_name": "before"}))
PUBLISHED_LINE = "published 2 policies as version aaaaaaaaaaaa"
PUBLISHED = Published(version="a" * 64, changed=True, policies=2, slices=2, written=9)


def step(action: StepAction, name: str) -> Step:
    return Step(action=action, urn=f"urn:pulumi:s::myelin::aws:test/thing:Thing::{name}")


def plan(layer: Layer, *steps: Step) -> StackPlan:
    return StackPlan(stack=f"sandbox-{layer}", steps=steps)


@dataclass
class RecordingEngine:
    """Takes what it is told to do; keeps deletions on request, as the real one does."""

    plans: Mapping[str, StackPlan]
    events: list[str]
    kept: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    fails_in: str = ""

    def preview(self, program: Program, **_: Any) -> tuple[StackPlan, dict[str, Any]]:
        raise AssertionError

    def up(self, program: Program, *, keep_leftovers: bool, **_: Any) -> UpdateResult:
        stack, layer = program.stack, program.stack.removeprefix("sandbox-")
        if layer == self.fails_in:
            raise RuntimeError(layer)
        steps = self.kept.pop(stack, None)
        if steps is None:
            steps = self.plans[stack].steps
            if keep_leftovers:
                self.kept[stack] = tuple(item for item in steps if item.action is not StepAction.CREATE)
                steps = tuple(item for item in steps if item.action is not StepAction.DELETE)
        self.events += [f"{layer}: {item.action} {item.name}" for item in steps]
        return UpdateResult(
            plan=StackPlan(stack=stack, steps=steps),
            outputs={"policy_table_name": "after"},
            seconds=1.0,
            leftovers=tuple(item.urn for item in self.kept.get(stack, ())),
        )


class Deployment:
    """Applies plans with a recording engine; publishing the policies is one event among the others."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.totals: list[tuple[str, int]] = []
        self.published_to: list[RecordedPlatform] = []

    def publish(self, platform: RecordedPlatform) -> Published:
        self.events.append("policies")
        self.published_to.append(platform)
        return PUBLISHED

    def stage(self, text: str) -> None:
        self.events.append(text)

    def layer(self, name: str, total: int) -> None:
        self.totals.append((name, total))

    def step(self, layer: str, progress: Any) -> None:
        raise AssertionError

    def paused(self) -> AbstractContextManager[None]:
        raise AssertionError

    def run(self, *plans: StackPlan, fails_in: str = "") -> tuple[tuple[AppliedLayer, ...], Published]:
        engine = RecordingEngine({plan.stack: plan for plan in plans}, self.events, fails_in=fails_in)
        return apply_plans(
            engine,
            [_layer_plan(layer, plan) for layer, plan in zip(LAYERS, plans, strict=True)],
            platform=BEFORE,
            publish=self.publish,
            screen=self,
            cancelled=threading.Event(),
        )


def _layer_plan(layer: Layer, plan: StackPlan) -> LayerPlan:
    stack = StackName(environment="sandbox", layer=layer)
    program = Program(project="myelin", stack=str(stack), main=lambda: None)
    return LayerPlan(stack=stack, program=program, plan=plan)


@pytest.fixture
def deployment() -> Deployment:
    return Deployment()


def test_makes_upwards_and_deletes_downwards(deployment: Deployment) -> None:
    """What is new comes from the lowest layer up, what goes goes from the highest down."""
    layers, published = deployment.run(
        *(plan(layer, step(StepAction.CREATE, "new"), step(StepAction.DELETE, "old")) for layer in LAYERS)
    )
    assert deployment.events == [
        "foundation: create new",
        "platform: create new",
        "policies",
        PUBLISHED_LINE,
        "workloads: create new",
        "workloads: delete old",
        "deleting what platform no longer needs",
        "platform: delete old",
        "deleting what foundation no longer needs",
        "foundation: delete old",
    ]
    assert deployment.totals == [
        ("foundation", 1),
        ("platform", 1),
        ("workloads", 2),
        ("platform", 1),
        ("foundation", 1),
    ]
    assert [layer.plan.counts() for layer in layers] == [{"create": 1, "delete": 1}] * 3
    assert [layer.seconds for layer in layers] == [2.0, 2.0, 1.0]
    assert published is PUBLISHED


def test_a_replacement_is_told_once(deployment: Deployment) -> None:
    """Deleting what was replaced comes last, and is part of the replacement in what is reported."""
    layers, _ = deployment.run(
        plan(FOUNDATION), plan(PLATFORM, step(StepAction.REPLACE, "table")), plan(WORKLOADS)
    )
    assert layers[1].plan.counts() == {"replace": 1}
    assert layers[1].seconds == 2.0


def test_nothing_is_deleted_below_a_failure(deployment: Deployment) -> None:
    """When a higher layer fails, what it may still use stays; a later run goes on."""
    plans = [plan(layer, step(StepAction.DELETE, "old")) for layer in LAYERS]
    with pytest.raises(RuntimeError):
        deployment.run(*plans, fails_in="workloads")
    assert deployment.events == ["policies", PUBLISHED_LINE]


def test_layers_without_changes_are_left_alone(deployment: Deployment) -> None:
    """Nothing runs where nothing is planned; the policies are published all the same."""
    layers, _ = deployment.run(*(plan(layer, step(StepAction.SAME, "it")) for layer in LAYERS))
    assert deployment.events == ["policies", PUBLISHED_LINE]
    assert [layer.seconds for layer in layers] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("action", "expected"), [(StepAction.CREATE, "after"), (StepAction.SAME, "before")])
def test_policies_are_published_to_the_platform_as_it_is_then(
    deployment: Deployment, action: StepAction, expected: str
) -> None:
    """A layer that was changed says its outputs itself; one that was not has those from before."""
    deployment.run(plan(FOUNDATION), plan(PLATFORM, step(action, "table")), plan(WORKLOADS))
    assert [platform.policy_table_name for platform in deployment.published_to] == [expected]

"""The order in which a deployment carries out what was planned for its layers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from cli.deployment.apply import apply
from sandbox.engine.engine import Engine, UpdateResult
from sandbox.engine.planning.steps import StackPlan, Step, StepAction
from stacks.names import Layer

LAYERS = tuple(Layer)
FOUNDATION, PLATFORM, WORKLOADS = LAYERS


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

    def up(self, program: str, *, keep_leftovers: bool, **_: Any) -> UpdateResult:
        if program == self.fails_in:
            raise RuntimeError(program)
        steps = self.kept.pop(program, None)
        if steps is None:
            steps = self.plans[program].steps
            if keep_leftovers:
                self.kept[program] = tuple(item for item in steps if item.action is not StepAction.CREATE)
                steps = tuple(item for item in steps if item.action is not StepAction.DELETE)
        self.events += [f"{program}: {item.action} {item.name}" for item in steps]
        return UpdateResult(
            plan=StackPlan(stack=program, steps=steps),
            outputs={},
            seconds=1.0,
            leftovers=tuple(item.urn for item in self.kept.get(program, ())),
        )


class Deployment:
    """Applies plans with a recording engine; publishing the policies is one event among the others."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.totals: list[tuple[str, int]] = []

    def publish(self) -> Any:
        self.events.append("policies")
        return "published"

    def stage(self, text: str) -> None:
        self.events.append(text)

    def layer(self, name: str, total: int) -> None:
        self.totals.append((name, total))

    def step(self, layer: str, progress: Any) -> None:
        raise AssertionError

    def paused(self) -> Any:
        raise AssertionError

    def run(self, *plans: StackPlan, fails_in: str = "") -> tuple[Any, Any]:
        engine = RecordingEngine(
            dict(zip(map(str, LAYERS), plans, strict=True)), self.events, fails_in=fails_in
        )
        programs: Any = {layer: str(layer) for layer in LAYERS}
        return apply(
            cast("Engine", engine),
            programs,
            plans,
            publish=self.publish,
            screen=self,
            cancelled=threading.Event(),
        )


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
    assert published == "published"


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
    assert deployment.events == ["policies"]


def test_layers_without_changes_are_left_alone(deployment: Deployment) -> None:
    """Nothing runs where nothing is planned; the policies are published all the same."""
    layers, _ = deployment.run(*(plan(layer, step(StepAction.SAME, "it")) for layer in LAYERS))
    assert deployment.events == ["policies"]
    assert [layer.seconds for layer in layers] == [0.0, 0.0, 0.0]

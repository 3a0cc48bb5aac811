"""A registrar that writes down what it hears, and runs of programs against it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.engine.errors import EngineError
from sandbox.engine.program.execution import run
from sandbox.engine.program.monitor import EngineMonitor
from sandbox.engine.program.program import Program
from sandbox.engine.provider import Properties
from sandbox.engine.running.registrar import RegisterResult
from sandbox.engine.values.properties import PropertyMap
from sandbox.engine.values.resource import ResourceGoal
from tests.support.engine.programs import STACK, running

GROUP = "urn:pulumi:test-layer::myelin::test:it:Group::"


@dataclass
class RecordingRegistrar:
    """A registrar that writes down what it hears; a resource's id is its name with `-1`."""

    goals: dict[str, ResourceGoal] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    outputs: dict[str, PropertyMap] = field(default_factory=dict)
    stacks: dict[str, PropertyMap] = field(default_factory=dict)
    unknown: bool = False
    on_register: Callable[[ResourceGoal], None] = lambda _goal: None

    def register(self, goal: ResourceGoal) -> RegisterResult:
        self.on_register(goal)
        self._take(goal)
        if not goal.custom or self.unknown:
            return RegisterResult(id="", outputs=goal.inputs if goal.custom else {})
        return RegisterResult(id=f"{goal.name}-1", outputs={**goal.inputs, "arn": f"arn:{goal.name}"})

    def read(self, goal: ResourceGoal) -> RegisterResult:
        self._take(goal)
        return RegisterResult(id=goal.import_id, outputs={"arn": "read"})

    def read_stack(self, goal: ResourceGoal) -> PropertyMap:
        self._take(goal)
        return self.stacks[goal.import_id]

    def register_outputs(self, urn: str, outputs: PropertyMap) -> None:
        self.outputs[urn] = outputs

    def invoke(self, token: str, arguments: Properties) -> Properties:
        if token == "aws:test/fail:fail":
            raise EngineError("no such function")
        return {"token": token, **arguments}

    def _take(self, goal: ResourceGoal) -> None:
        self.goals[goal.urn] = goal
        self.order.append(goal.name)


def run_main(
    main: Callable[[], Any], recorder: RecordingRegistrar, *, preview: bool = False, **keywords: Any
) -> EngineMonitor:
    """Run a program against a recorder."""
    return run_recorded(running(main, **keywords), recorder, preview=preview)


def run_recorded(program: Program, recorder: RecordingRegistrar, *, preview: bool = False) -> EngineMonitor:
    monitor = EngineMonitor(project=program.project, stack=program.stack, registrar=recorder)
    run(program, monitor, preview=preview, log=lambda _severity, _text: None)
    return monitor


def stack_outputs(recorder: RecordingRegistrar, stack: str = STACK) -> PropertyMap:
    return recorder.outputs[f"urn:pulumi:{stack}::myelin::pulumi:pulumi:Stack::myelin-{stack}"]

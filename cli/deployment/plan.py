"""Plans a deployment: previews each layer on what the one below will have."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from cli.deployment.inputs import Inputs
from cli.project import LAYERS, Project
from cli.worlds.world import Deployer
from sandbox.engine.errors import InterruptedRunError
from sandbox.engine.planning.steps import StackPlan
from sandbox.engine.program.program import Program
from sandbox.engine.values.properties import PropertyMap
from stacks.names import PROJECT, StackName

if TYPE_CHECKING:
    from sandbox.engine.running.refresh import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerPlan:
    """One layer: its program, the same that `pulumi up` executes, and what it would change."""

    stack: StackName
    program: Program
    plan: StackPlan


def plan_layers(
    project: Project,
    inputs: Inputs,
    deployer: Deployer,
    *,
    observed: Sequence[Observation] = (),
    cancelled: threading.Event | None = None,
) -> tuple[LayerPlan, ...]:
    """Plan every layer, from the lowest up; raises InterruptedRunError once `cancelled` is set.

    `observed` is what was found of the layers and is not recorded.
    """
    from stacks.program import load_layers  # noqa: PLC0415 - as in layer_program

    # a sandbox that was just started loads for a second or two, and the first layer would only wait for it
    load_layers()
    predicted: dict[str, PropertyMap] = {}
    found = {observation.stack: observation for observation in observed}
    plans: list[LayerPlan] = []
    for layer in LAYERS:
        if cancelled is not None and cancelled.is_set():
            raise InterruptedRunError
        stack = StackName(environment=inputs.environment, layer=layer)
        program = layer_program(project, inputs, stack)
        plan, predicted[str(stack)] = deployer.preview(
            program, predicted=predicted, observed=found.get(str(stack))
        )
        plans.append(LayerPlan(stack=stack, program=program, plan=plan))
    return tuple(plans)


def layer_program(project: Project, inputs: Inputs, stack: StackName) -> Program:
    """The program of one layer."""
    # it imports Pulumi, which takes most of a second; `--help` and what is refused before a plan need it not
    from stacks.program import main  # noqa: PLC0415

    return Program(
        project=PROJECT,
        stack=str(stack),
        main=partial(main, project.written),
        config=inputs.config[stack.layer],
        root=project.root,
    )

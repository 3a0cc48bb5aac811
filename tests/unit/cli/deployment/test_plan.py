"""Planning the layers of a deployment."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from cli.deployment.inputs import read_inputs
from cli.deployment.plan import plan_layers
from cli.environment import read_environment
from cli.project import Project
from sandbox.engine.errors import InterruptedRunError
from stacks.names import Layer
from tests.support.worlds.fake_world import fake_world


def test_each_layer_is_planned_on_what_those_below_will_have(project: Project, tmp_path: Path) -> None:
    """From the bottom up, each with the predicted outputs of all below, and its own configuration."""
    world, inputs = fake_world(tmp_path), read_inputs(project, read_environment(project, "dev"))
    plans = plan_layers(project, inputs, world.deployer)
    assert world.events == ["preview foundation on 0", "preview platform on 1", "preview workloads on 2"]
    assert [planned.stack.layer for planned in plans] == list(Layer)
    assert [planned.program.stack for planned in plans] == [str(planned.stack) for planned in plans]
    assert [planned.program.config for planned in plans] == [inputs.config[layer] for layer in Layer]


def test_an_interrupt_ends_between_layers(project: Project, tmp_path: Path) -> None:
    """Nothing more is planned once it is asked to stop."""
    world, inputs = fake_world(tmp_path), read_inputs(project, read_environment(project, "dev"))
    cancelled = threading.Event()
    cancelled.set()
    with pytest.raises(InterruptedRunError):
        plan_layers(project, inputs, world.deployer, cancelled=cancelled)
    assert world.events == []

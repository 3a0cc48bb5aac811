"""What is said about a deployment that is done."""

from __future__ import annotations

import re

import pytest

from cli.deployment.apply import AppliedLayer
from cli.deployment.pipeline import Deployed
from cli.deployment.report import deployed_document, deployed_lines
from sandbox.engine.planning.steps import StackPlan, Step, StepAction
from stacks.names import Layer
from tests.support.worlds.statuses import status_of

NEW = Step(action=StepAction.CREATE, urn="urn:pulumi:dev-platform::myelin::aws:ecs/cluster:Cluster::dev")


def done(environment: str, seconds: float = 9.7, layers: tuple[float, ...] = (0.6, 1.1, 2.9)) -> Deployed:
    return Deployed(
        environment=environment,
        layers=tuple(
            AppliedLayer(layer=layer, plan=StackPlan(stack="s", steps=(NEW,)), seconds=took)
            for layer, took in zip(Layer, layers, strict=True)
        ),
        policies_changed=True,
        seconds=seconds,
    )


def test_seconds_add_up() -> None:
    """The seconds of the layers and of the rest are together those of the whole."""
    lines = list(deployed_lines(done("dev"), status_of("dev")))
    whole, *parts = (float(found) for line in lines for found in re.findall(r"\(([\d.]+) s\)", line))
    assert whole == 9.7
    assert sum(parts) == pytest.approx(whole, abs=0.11)
    document = deployed_document(done("dev"), status_of("dev"))
    told = document["other_seconds"] + sum(layer["seconds"] for layer in document["layers"])
    assert told == pytest.approx(document["seconds"])

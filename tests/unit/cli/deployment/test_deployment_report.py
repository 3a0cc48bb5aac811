"""What is said about a deployment that is done."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cli.deployment.apply import AppliedLayer
from cli.deployment.pipeline import Deployed
from cli.deployment.report import deployed_document, deployed_lines, standing_lines
from cli.deployment.status import FunctionStanding, Standing
from sandbox.engine.planning.steps import StackPlan, Step, StepAction
from stacks import names

NEW = Step(action=StepAction.CREATE, urn="urn:pulumi:dev-platform::myelin::aws:ecs/cluster:Cluster::dev")


def done(environment: str, seconds: float = 9.7, layers: tuple[float, ...] = (0.6, 1.1, 2.9)) -> Deployed:
    return Deployed(
        environment=environment,
        layers=tuple(
            AppliedLayer(name=name, plan=StackPlan(stack="s", steps=(NEW,)), seconds=took)
            for name, took in zip(names.Layer, layers, strict=True)
        ),
        policy_version="a" * 64,
        policies_changed=True,
        seconds=seconds,
    )


def standing(environment: str) -> Standing:
    return Standing(
        environment=environment,
        resources={"foundation": 1},
        services=(),
        functions=(FunctionStanding(name="f", replaced_packages=("native", "other")),),
        address="http://127.0.0.1:1",
        endpoint="http://127.0.0.1:2",
        policy_version="a" * 64,
        policy_published_at="",
        started_at="",
    )


def test_packages_that_are_not_those_of_aws_are_named() -> None:
    """Whoever rehearses knows what of a function AWS would not run; where there is nothing, no line is."""
    stood = standing("dev")
    line = "function  f: native, other as built for this machine, the rest as on AWS"
    assert line in list(standing_lines(stood))
    same = replace(stood, functions=(FunctionStanding(name="f", replaced_packages=()),))
    assert not [line for line in standing_lines(same) if line.startswith("function")]


def test_seconds_add_up() -> None:
    """The seconds of the layers and of the rest are together those of the whole."""
    lines = list(deployed_lines(done("dev"), standing("dev")))
    whole, *parts = (float(found) for line in lines for found in re.findall(r"\(([\d.]+) s\)", line))
    assert whole == 9.7
    assert sum(parts) == pytest.approx(whole, abs=0.11)
    document = deployed_document(done("dev"), standing("dev"))
    told = document["other_seconds"] + sum(layer["seconds"] for layer in document["layers"])
    assert told == pytest.approx(document["seconds"])

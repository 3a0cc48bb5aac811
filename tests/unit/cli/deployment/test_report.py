"""What is said about a deployment that is done."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from cli.deployment.apply import AppliedLayer
from cli.deployment.inspection import EnvironmentInspection
from cli.deployment.pipeline import Deployed
from cli.deployment.report import NOT_COMPARED, deployed_document, deployed_lines
from cli.worlds.world import RunningService
from sandbox.engine.planning.diff import PropertyChange
from sandbox.engine.planning.steps import StackPlan, Step, StepAction
from sandbox.engine.running.refresh import Drift, Observation
from stacks.names import Layer
from tests.support.worlds.statuses import status_of

SICK = RunningService(
    name="axon",
    desired=2,
    running=0,
    healthy=0,
    rollout="COMPLETED",
    reason="no licence",
    task_definition="axon:1",
)
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


CLUSTER = "urn:pulumi:dev-platform::myelin::aws:ecs/cluster:Cluster::dev"
RULE = "urn:pulumi:dev-platform::myelin::aws:lb/listenerRule:ListenerRule::orbit"


def test_what_was_mended_is_told() -> None:
    """With what it was before and what was done; what the declaration leaves to others, too."""
    change = PropertyChange(path="priority", property="priority", old=1, new=2)
    drifts = (Drift(urn=CLUSTER, gone=True), Drift(urn=RULE, changes=(change,)))
    found = EnvironmentInspection(
        restored=(Path("stacks/dev-platform.json"),),
        observations=(Observation(stack="dev-platform", drifts=drifts),),
    )
    deployed = replace(done("dev"), found=found)
    assert deployed_document(deployed, status_of("dev"))["mended"] == [
        {"subject": "dev-platform.json", "was": "lost or broken", "now": "put back from its copy"},
        {"subject": "aws:ecs/cluster:Cluster dev", "was": "gone", "now": "made anew"},
        {
            "subject": "aws:lb/listenerRule:ListenerRule orbit",
            "was": "priority was 2 in place of 1",
            "now": "",
        },
    ]
    lines = list(deployed_lines(deployed, status_of("dev")))
    assert "  mended      aws:ecs/cluster:Cluster dev: gone; made anew" in lines
    assert (
        "  left        aws:lb/listenerRule:ListenerRule orbit: priority was 2 in place of 1; "
        "the declaration leaves that to others" in lines
    )


def test_what_was_not_looked_at_is_told_with_it() -> None:
    """Beside "as declared", and in the document; a deployment that has changed something claims nothing."""
    nothing = Deployed(environment="dev", seconds=0.1, unseen_documents=7)
    unseen = [NOT_COMPARED, "7 documents of the policies, behind the first 200"]
    assert deployed_document(nothing, status_of("dev"))["not_looked_at"] == unseen
    assert [f"  not seen    {each}" for each in unseen] == list(deployed_lines(nothing, status_of("dev")))[
        1:3
    ]
    assert deployed_document(done("dev"), status_of("dev"))["not_looked_at"] == []


def test_what_is_wrong_is_never_as_declared() -> None:
    """Troubles of the deployment and problems of services are told, and the first line does not deny them."""
    nothing = Deployed(environment="dev", seconds=0.1)
    fine = list(deployed_lines(nothing, status_of("dev")))
    assert fine[0] == "no changes: dev is as declared (0.1 s)"
    ill = replace(status_of("dev"), services=(SICK,))
    for deployed, status, problem in (
        (replace(nothing, troubles=("no answer",)), status_of("dev"), "no answer"),
        (nothing, ill, "`axon` has 0 of 2 tasks healthy: no licence"),
    ):
        lines = list(deployed_lines(deployed, status))
        assert lines[0] == "no changes: dev is not as declared (0.1 s)"
        assert f"  problem     {problem}" in lines
        assert deployed_document(deployed, status)["problems"] == [problem]

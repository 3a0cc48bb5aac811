"""How differences are written."""

from __future__ import annotations

import pytest

from cli.deployment.drift.finding import EnvironmentDrift
from cli.deployment.drift.report import drift_document, drift_lines
from sandbox.engine.planning.diff import PropertyChange
from sandbox.engine.planning.drift import DriftKind, ResourceDrift, StackDrift

GROUP = "urn:pulumi:dev-platform::myelin::aws:ec2/securityGroup:SecurityGroup::orbit"
CHANGE = PropertyChange(path="tags.team", property="tags", old="a", new="b")
SECRET = "urn:pulumi:dev-platform::myelin::aws:secretsmanager/secretVersion:SecretVersion::key"
ROTATED = PropertyChange(path="secretString", property="secretString", old="[secret]", new="[secret]")


def of(*drifts: ResourceDrift, untold: int = 0) -> EnvironmentDrift:
    """An environment that differs so."""
    paths = {GROUP: tuple(f"input{number}" for number in range(untold))} if untold else {}
    return EnvironmentDrift(
        layers=(StackDrift(stack="dev-platform", drifts=drifts, untold=paths, looked_at=7),)
    )


LINES = {
    "a changed one with its values": (
        ResourceDrift(urn=GROUP, kind=DriftKind.CHANGED, changes=(CHANGE,)),
        ["aws:ec2/securityGroup:SecurityGroup orbit: changed", '      tags.team: "a" → "b"'],
    ),
    "a deleted one": (
        ResourceDrift(urn=GROUP, kind=DriftKind.DELETED),
        ["aws:ec2/securityGroup:SecurityGroup orbit: deleted"],
    ),
    "one that was added": (
        ResourceDrift(urn=f"{GROUP[:-5]}sg-1", kind=DriftKind.ADDED, inside=GROUP),
        [
            "aws:ec2/securityGroup:SecurityGroup sg-1: added to aws:ec2/securityGroup:SecurityGroup orbit",
        ],
    ),
    "one that was not looked up": (
        ResourceDrift(urn=GROUP, kind=DriftKind.NOT_LOOKED_UP, trouble="throttled"),
        ["aws:ec2/securityGroup:SecurityGroup orbit: not looked up: throttled"],
    ),
    "a delegated value": (
        ResourceDrift(urn=SECRET, kind=DriftKind.CHANGED, delegated=(ROTATED,)),
        [
            "delegated  aws:secretsmanager/secretVersion:SecretVersion key: secretString belongs to rotation",
            "all 7 resources are as declared",
        ],
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_each_kind_is_told(name: str) -> None:
    """What it is, and how it differs."""
    drift, lines = LINES[name]
    assert list(drift_lines(of(drift)))[:-1] == lines


def test_what_is_not_seen_is_said() -> None:
    """Inputs that nothing tells are counted, and the document names them."""
    found = of(untold=2)
    assert "not told   2 inputs, which no answer of AWS tells (--json names them)" in drift_lines(found)
    assert drift_document(found, "dev")["not_told"] == {GROUP: ["input0", "input1"]}
    assert list(drift_lines(found))[-1].startswith("not seen   additions")

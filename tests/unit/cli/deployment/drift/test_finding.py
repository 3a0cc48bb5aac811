"""What differs of an environment, by layer, and who owns what is left to others."""

from __future__ import annotations

from pathlib import Path

from cli.deployment.drift.finding import OTHERS, OWNERS, EnvironmentDrift, find_environment_drift, owner_of
from cli.deployment.inputs import read_inputs
from cli.environment import read_environment
from cli.project import LAYERS, find_project
from sandbox.engine.planning.diff import PropertyChange
from sandbox.engine.planning.drift import DriftKind, ResourceDrift, StackDrift
from stacks.names import Layer
from tests.support.paths import ROOT
from tests.support.worlds.fake_world import OUTPUTS, fake_world

CHANGE = PropertyChange(path="a", property="a", old=1, new=2)
BOTH = ResourceDrift(urn="u::1", kind=DriftKind.CHANGED, changes=(CHANGE,), delegated=(CHANGE,))
LEFT = ResourceDrift(urn="u::2", kind=DriftKind.CHANGED, delegated=(CHANGE,))
GONE = ResourceDrift(urn="u::3", kind=DriftKind.DELETED)


def test_layers_are_looked_at_from_the_lowest_up(tmp_path: Path) -> None:
    """Each on the outputs that the ones below would have; nothing is recorded."""
    project = find_project(directory=ROOT)
    world = fake_world(tmp_path, recorded=dict(OUTPUTS), live={Layer.PLATFORM: (GONE,)})
    world.environment = read_environment(project, "dev")
    found = find_environment_drift(project, world, read_inputs(project, world.environment))
    assert [layer.stack for layer in found.layers] == [f"dev-{layer}" for layer in LAYERS]
    assert world.events == [f"find drift of {layer} on {at}" for at, layer in enumerate(LAYERS)]
    assert (found.drifts, found.looked_at) == ((GONE,), 1)


def test_what_is_delegated_alone_is_no_difference() -> None:
    """It is listed by itself; a resource may have of both."""
    stack = StackDrift(stack="s", drifts=(BOTH, LEFT, GONE), untold={}, looked_at=3)
    found = EnvironmentDrift(layers=(stack,))
    assert (found.drifts, found.delegated) == ((BOTH, GONE), (BOTH, LEFT))


def test_every_owner_is_named() -> None:
    """Those of the table, and a general word for any other."""
    assert {owner_of(*each) for each in OWNERS} == set(OWNERS.values())
    assert owner_of("aws:s3/bucket:Bucket", "acl") == OTHERS

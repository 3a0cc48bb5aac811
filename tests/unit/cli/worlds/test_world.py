"""What every world has in common."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.errors import NotDeployedError, UsageError
from cli.worlds.world import Ability, World, deployed_platform, deployed_workloads, require_ability
from stacks.names import Layer
from tests.support.worlds.fake_world import OUTPUTS, fake_world


def test_what_a_world_cannot_do_is_refused_with_the_reason(tmp_path: Path) -> None:
    """The reason is the world's own; what it can do passes."""
    able = fake_world(tmp_path)
    unable = replace(
        able, limits={Ability.CHOOSE_PORTS: "on AWS the load balancer has the port of its listener"}
    )
    require_ability(able, Ability.CHOOSE_PORTS)
    require_ability(unable, Ability.SKIP_UNCHANGED)
    with pytest.raises(UsageError) as caught:
        require_ability(unable, Ability.CHOOSE_PORTS)
    assert (
        caught.value.message
        == "choosing ports of this machine and the pace of time is not possible for `dev`"
    )
    assert caught.value.hint == "on AWS the load balancer has the port of its listener"


def test_outputs_of_what_is_deployed(tmp_path: Path) -> None:
    """They are those that were recorded."""
    world: World = fake_world(tmp_path, recorded=dict(OUTPUTS))
    assert deployed_platform(world).policy_table_name == "policies"
    assert deployed_workloads(world).services["axon"].log_group == "/axon"


@pytest.mark.parametrize("recorded", [{}, {Layer.PLATFORM: OUTPUTS[Layer.PLATFORM]}])
def test_an_environment_that_is_not_deployed(tmp_path: Path, recorded: dict[Layer, dict[str, str]]) -> None:
    """Without a layer the environment is not deployed, and how to deploy it is said."""
    world = fake_world(tmp_path, recorded=dict(recorded))
    with pytest.raises(NotDeployedError) as caught:
        deployed_workloads(world)
    assert caught.value.hint == "deploy it with `myelin up dev`"

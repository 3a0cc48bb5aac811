"""Reading how an environment is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.deployment.status import CLOCK_SECONDS, find_address, read_status
from cli.errors import NotDeployedError
from cli.worlds.world import Running, RunningService
from lambdas.rotation import handler as rotation
from services.runtime.grants import grant
from stacks.names import Layer
from tests.support.worlds.fake_world import OUTPUTS, fake_world

AXON = RunningService(
    name="axon", desired=2, running=2, healthy=2, rollout="COMPLETED", reason="", task_definition="axon:1"
)
RUNNING = Running(services=(AXON,), functions=(), address="http://127.0.0.1:2", started_at="now")


def test_puts_together_what_is_recorded_runs_and_is_in_force(tmp_path: Path, dynamodb: Any) -> None:
    """Counts of every layer, what runs, where it is reached, and no policy version before the first."""
    recorded = dict(OUTPUTS)
    world = fake_world(tmp_path, recorded=recorded, clients={"dynamodb": dynamodb}, state=RUNNING)
    found = read_status(world)
    assert found.environment == "dev"
    assert found.resources == {layer: len(recorded[layer]) for layer in Layer}
    assert (found.services, found.address, found.endpoint) == ((AXON,), RUNNING.address, world.endpoint)
    assert (found.policy_version, found.policy_published_at) == ("", "")
    assert find_address(world) == RUNNING.address


def test_how_long_a_forbid_takes_is_the_life_of_grants_and_what_clocks_may_differ(
    tmp_path: Path, dynamodb: Any
) -> None:
    """The deployed bound of grants, and the difference of clocks that is allowed everywhere. GOV-4"""
    world = fake_world(tmp_path, recorded=dict(OUTPUTS), clients={"dynamodb": dynamodb}, state=RUNNING)
    assert read_status(world).forbid_seconds == 60 + 5
    assert CLOCK_SECONDS == grant.CLOCK_SECONDS == rotation.CLOCK_SECONDS


@pytest.mark.parametrize(("healthy", "expected"), [(2, True), (1, False)])
def test_healthy_is_when_every_service_is(
    tmp_path: Path, dynamodb: Any, healthy: int, expected: bool
) -> None:
    """One task short of what a service wants is not healthy."""
    state = replace(RUNNING, services=(AXON, replace(AXON, healthy=healthy)))
    world = fake_world(tmp_path, recorded=dict(OUTPUTS), clients={"dynamodb": dynamodb}, state=state)
    assert read_status(world).healthy is expected


def test_an_environment_that_is_not_deployed(tmp_path: Path) -> None:
    """Without its services an environment has no status and no address."""
    world = fake_world(tmp_path, recorded={Layer.PLATFORM: OUTPUTS[Layer.PLATFORM]})
    for read in (read_status, find_address):
        with pytest.raises(NotDeployedError):
            read(world)

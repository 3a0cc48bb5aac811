"""Reading how an environment is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.deployment.status import CLOCK_SECONDS, await_healthy, find_address, read_status
from cli.errors import NotDeployedError
from cli.terminal.progress import PlainScreen
from cli.worlds.world import FAILED, MISSING, Running, RunningService
from lambdas.rotation import handler as rotation
from services.runtime.grants import grant
from stacks.names import Layer
from tests.support.worlds.fake_world import OUTPUTS, FakeWorld, fake_world

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


# waiting for services that may become healthy, and not for those that will not


class Clock:
    """Time that passes only while somebody waits; `then` happens after a pause."""

    def __init__(self, then: Any = lambda _: None) -> None:
        self.now, self.pauses, self.then = 0.0, 0, then

    def sleep(self, seconds: float) -> None:
        self.now, self.pauses = self.now + seconds, self.pauses + 1
        self.then(self.pauses)


@pytest.fixture
def world(tmp_path: Path, dynamodb: Any) -> FakeWorld:
    return fake_world(tmp_path, recorded=dict(OUTPUTS), clients={"dynamodb": dynamodb})


def running(**more: Any) -> Running:
    return Running(services=(replace(AXON, **more),), functions=(), address="", started_at="")


def wait(world: FakeWorld, clock: Clock) -> Any:
    return await_healthy(world, PlainScreen(), longest=10, clock=lambda: clock.now, sleep=clock.sleep)


def test_healthy_services_are_not_waited_for(world: FakeWorld) -> None:
    """The status is given as it is."""
    world.state, clock = running(), Clock()
    assert wait(world, clock).problems == ()
    assert clock.pauses == 0


def test_tasks_that_come_back_are_waited_for(world: FakeWorld, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said once what is waited for, and it ends as soon as they are there."""

    def then(pauses: int) -> None:
        world.state = running(healthy=pauses)

    world.state, clock = running(healthy=0), Clock(then)
    assert wait(world, clock).healthy
    assert clock.pauses == 2
    assert capsys.readouterr().err == "waiting at most 10 s for healthy tasks of axon\n"


def test_waiting_ends(world: FakeWorld) -> None:
    """After the longest time the status is given as it is then, with what is wrong."""
    world.state, clock = running(healthy=1, reason="a task is late"), Clock()
    assert wait(world, clock).problems == ("`axon` has 1 of 2 tasks healthy: a task is late",)
    assert clock.now >= 10


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ({"rollout": FAILED, "healthy": 0}, "`axon` has 0 of 2 tasks healthy"),
        ({"rollout": MISSING, "desired": 0, "healthy": 0}, "`axon` is not in ECS"),
        ({"rolled_back": True, "reason": "why"}, "`axon` was rolled back to axon:1: why"),
    ],
)
def test_what_stays_is_not_waited_for(world: FakeWorld, state: dict[str, Any], problem: str) -> None:
    """A deployment that failed, a service that is gone, one that was rolled back and is healthy: at once."""
    world.state, clock = running(**state), Clock()
    (told,) = wait(world, clock).problems
    assert told.startswith(problem)
    assert clock.pauses == 0

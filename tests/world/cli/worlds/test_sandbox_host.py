"""Starting, finding and ending the background process of a project's sandbox."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.environment import Environment
from cli.errors import LockedError, NotRunningError, UsageError
from cli.project import Project
from cli.worlds.sandbox import SandboxWorld
from cli.worlds.sandbox_host import STATES, end_host, find_or_start_host
from cli.worlds.world import LocalChoices
from sandbox.cloud import host as hosts
from tests.support.worlds.fake_world import environment_named

pytestmark = pytest.mark.sandbox

REGION = "us-east-1"
IMAGES = '[[image]]\nrepository = "x"\ntag = "*"\ncommand = ["{python}", "-m", "http.server", "{port}"]\n'


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project with a table of images, and whatever sandbox a test has started, ended."""
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "images.toml").write_text(IMAGES)
    found = Project(root=tmp_path, sandbox=tmp_path / "sandbox")
    yield found
    end_host(found)
    assert hosts.find_marked(found.sandbox) == []


@pytest.fixture
def environment() -> Environment:
    return environment_named("dev")


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that something else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def test_one_that_runs_is_found_and_a_new_one_knows_nothing(project: Project) -> None:
    """The records of what was deployed stay with the process, and go with it."""
    first = find_or_start_host(project, REGION, LocalChoices())
    assert find_or_start_host(project, REGION, LocalChoices()).incarnation == first.incarnation
    record = project.sandbox / STATES / first.incarnation / "dev-platform.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")

    stopped = end_host(project)
    assert (stopped.host, stopped.graceful) == (first, True)
    assert not record.exists()
    assert end_host(project).host is None


def test_ports_that_cannot_be_had_are_refused(project: Project, taken: int) -> None:
    """One that is in use, and for a sandbox that runs another one than it has."""
    with pytest.raises(UsageError, match=f"`--emulator-port {taken}`: the port is in use"):
        find_or_start_host(project, REGION, LocalChoices(emulator=taken))
    assert hosts.find(project.sandbox) is None

    host = find_or_start_host(project, REGION, LocalChoices())
    with pytest.raises(UsageError, match=f"so `--emulator-port {taken}` cannot be had") as caught:
        find_or_start_host(project, REGION, LocalChoices(emulator=taken))
    assert host.endpoint in caught.value.message


def test_the_pace_of_time_is_chosen_when_the_sandbox_starts(project: Project) -> None:
    """A running one says its pace, keeps it, and is not asked for another."""
    host = find_or_start_host(project, REGION, LocalChoices(time_scale=600))
    assert hosts.status(host)["time_scale"] == 600
    assert find_or_start_host(project, REGION, LocalChoices(time_scale=600)) == host
    with pytest.raises(UsageError, match="runs already, with `--time-scale 600`"):
        find_or_start_host(project, REGION, LocalChoices(time_scale=60))


def test_a_deployment_starts_the_sandbox_and_keeps_others_out(
    project: Project, environment: Environment
) -> None:
    """While it holds the lock, neither another deployment nor the end of the sandbox gets through."""
    world, other = SandboxWorld(project, environment), SandboxWorld(project, environment)
    with pytest.raises(NotRunningError):
        _ = world.endpoint
    with world.deploying(LocalChoices()):
        assert other.endpoint == world.endpoint
        assert world.actor().startswith("arn:aws:")
        for change in (lambda: end_host(project), other.deploying(LocalChoices()).__enter__):
            with pytest.raises(LockedError):
                change()
    with other.deploying(LocalChoices()):
        assert other.endpoint == world.endpoint


def test_a_preview_leaves_nothing_behind(project: Project, environment: Environment) -> None:
    """Without a sandbox it has one of its own, which ends with it; where one runs, it is that one."""
    world = SandboxWorld(project, environment)
    with world.previewing() as found:
        assert found.platform() is None
        assert found.host.directory != project.sandbox
    assert hosts.find_marked(found.host.directory) == []
    assert hosts.find(project.sandbox) is None

    host = find_or_start_host(project, REGION, LocalChoices())
    with world.previewing() as found:
        assert found.host.incarnation == host.incarnation

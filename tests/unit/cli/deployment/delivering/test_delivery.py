"""A delivery from the release that serves to the next, in a world in memory. DEL-3, DEL-4."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from cli.deployment.delivering.delivery import Delivered, WantedImages, deliver, look_ahead
from cli.deployment.delivering.ending import RolledBackError
from cli.deployment.delivering.preflight import NotReadyError
from cli.errors import UsageError
from cli.images.copies import open_store
from cli.releases.release import ReleaseKind, ReleaseState
from cli.terminal.progress import PlainScreen
from sandbox.cloud.images.manifest import ImageConfig
from stacks.names import Layer
from tests.support.governance.fixtures import _aws_settings, dynamodb, policy_table
from tests.support.worlds.deploying import Line, releases_in, two_releases
from tests.support.worlds.fake_deployments import Described, FakeEcs, FakeWatch, described

__all__ = ["_aws_settings", "dynamodb", "policy_table"]
OLD = described("SUCCESSFUL", arn="arn:old")
GOOD = [OLD, OLD, described("PENDING"), described("SUCCESSFUL", share=100.0)]


@pytest.fixture
def line(tmp_path_factory: pytest.TempPathFactory, dynamodb: Any) -> Iterator[Line]:
    with two_releases(tmp_path_factory.mktemp("line"), dynamodb) as made:
        yield made


def another_image(line: Line) -> str:
    """Make an image of axon that is registered, and give its digest."""
    project, world = line
    copy = open_store(project).add(ImageConfig(service="axon", command=("x",), environment={}), [])
    world.clients["ecr"].put_image(repositoryName="dev/axon", imageDigest=copy.digest, imageTag="2")
    return copy.digest


def run(
    line: Line, wanted: WantedImages, looks: Sequence[Described], *, alarm: str = "OK"
) -> tuple[Delivered, FakeEcs]:
    project, world = line
    ecs = FakeEcs(looks, [{"desiredCount": 2, "deployments": []}])
    found = replace(world, clients={**world.clients, "ecs": ecs, "cloudwatch": FakeWatch(alarm)})
    delivered = deliver(
        project,
        found,
        wanted,
        screen=PlainScreen(quiet=True),
        confirm=lambda _: None,
        cancelled=threading.Event(),
    )
    return delivered, ecs


def test_another_image_is_a_release_of_the_same_inputs(line: Line, dynamodb: Any) -> None:
    """Only the workloads are applied; the ledger has the image, and the stack file names it."""
    project, world = line
    digest = another_image(line)
    (project.policies / "night.cedar").unlink()
    world.events.clear()
    delivered, _ = run(line, WantedImages(services=("axon",), images={"axon": digest}), GOOD)
    assert [event for event in world.events if event.startswith("up")] == ["up workloads"]
    _, second, third = releases_in(dynamodb)
    assert (third.start.kind, third.state) == (ReleaseKind.DEPLOY, ReleaseState.SUCCEEDED)
    assert third.policy_version == second.policy_version
    assert delivered.release == 3
    assert delivered.written == project.stack_file("dev", Layer.WORKLOADS)
    assert f"    axon: {digest}\n" in delivered.written.read_text()


def test_without_an_image_it_is_deployed_anew(line: Line, dynamodb: Any) -> None:
    """By ECS alone; the stack file stays as it is."""
    project, world = line
    before = project.stack_file("dev", Layer.WORKLOADS).read_text()
    world.events.clear()
    delivered, ecs = run(line, WantedImages(services=("axon",), images={}), GOOD)
    assert (
        ecs.asked == [("update", {"cluster": "dev", "service": "axon", "forceNewDeployment": True})]
        or ecs.asked[0][1]["forceNewDeployment"]
    )
    assert not [event for event in world.events if event.startswith("up")]
    assert (delivered.written, project.stack_file("dev", Layer.WORKLOADS).read_text()) == (None, before)
    assert releases_in(dynamodb)[2].start.inputs == releases_in(dynamodb)[1].start.inputs


def test_one_that_ecs_rolls_back_fails_and_the_ledger_says_so(line: Line, dynamodb: Any) -> None:
    """With ECS's reason; the stack file names no image that does not serve."""
    project, _ = line
    back = described("ROLLBACK_SUCCESSFUL", statusReason="the alarm is red")
    digest = another_image(line)
    with pytest.raises(RolledBackError, match="the alarm is red"):
        run(line, WantedImages(services=("axon",), images={"axon": digest}), [OLD, OLD, back])
    third = releases_in(dynamodb)[2]
    assert (third.state, "the alarm is red" in third.reason) == (ReleaseState.ROLLED_BACK, True)
    assert digest not in project.stack_file("dev", Layer.WORKLOADS).read_text()


@pytest.mark.parametrize(
    ("wanted", "alarm", "error", "said"),
    [
        (WantedImages(services=("nobody",), images={}), "OK", UsageError, "there is no service `nobody`"),
        (
            WantedImages(services=("axon",), images={"axon": "sha256:0"}),
            "OK",
            NotReadyError,
            "not in the registry",
        ),
        (WantedImages(services=("axon",), images={}), "ALARM", NotReadyError, "the alarm dev/axon is red"),
    ],
)
def test_what_cannot_be_changes_nothing(
    line: Line, dynamodb: Any, wanted: WantedImages, alarm: str, error: type[Exception], said: str
) -> None:
    """No release, no resource."""
    line[1].events.clear()
    with pytest.raises(error, match=said):
        run(line, wanted, GOOD, alarm=alarm)
    assert len(releases_in(dynamodb)) == 2
    assert not [event for event in line[1].events if event.startswith("up")]


def test_a_registered_image_without_its_copy_cannot_run(line: Line, dynamodb: Any) -> None:
    """Its tasks would have nothing to run."""
    digest = another_image(line)
    open_store(line[0]).remove([digest])
    with pytest.raises(NotReadyError, match="of `axon` is not here"):
        run(line, WantedImages(services=("axon",), images={"axon": digest}), GOOD)
    assert len(releases_in(dynamodb)) == 2


def test_more_than_images_is_for_up(line: Line) -> None:
    """A program that would make something else of the same inputs is refused, with the way."""
    project, world = line
    del world.recorded[Layer.FOUNDATION]
    clients = {
        **world.clients,
        "ecs": FakeEcs([OLD], [{"desiredCount": 2}]),
        "cloudwatch": FakeWatch(),
    }
    with pytest.raises(UsageError, match="would change more than images, aws:ec2/vpc:Vpc main") as raised:
        look_ahead(
            project,
            replace(world, clients=clients),
            WantedImages(services=("axon",), images={}),
            screen=PlainScreen(quiet=True),
        )
    assert "`myelin up dev`" in raised.value.hint

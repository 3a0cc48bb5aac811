"""Which deployments make a release, and what is written of them. DEL-3, DEL-4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.deployment.releasing import release_writer
from cli.deployment.releasing.release_writer import KILLED
from cli.errors import NotConfirmedError
from cli.policies.admin_client import AdminUnreachableError
from cli.project import Project
from cli.releases.ledger import ReleaseLedger
from cli.releases.release import ReleaseKind, ReleaseState
from cli.worlds.world import FAILED, Running, RunningService
from sandbox.engine.errors import InterruptedRunError
from stacks.names import Layer
from tests.support.releases import start
from tests.support.worlds.deploying import deployable_world, releases_in, up
from tests.support.worlds.fake_world import ACTOR, FakeWorld

NIGHT = '@id("night") @reason("r") forbid (principal, action, resource)\nwhen { 1 > 2 };'
ILL = RunningService(
    name="axon", desired=2, running=2, healthy=0, rollout=FAILED, reason="exit 1", task_definition="axon:2"
)


@pytest.fixture
def world(project: Project, tmp_path: Path, dynamodb: Any) -> Iterator[FakeWorld]:
    with deployable_world(project, tmp_path, dynamodb) as made:
        yield made


def test_the_first_deployment_is_release_1(project: Project, world: FakeWorld, dynamodb: Any) -> None:
    """Although its table is made on the way: how it began is written once that is there."""
    world.durable = {"urn:table": "id 2026"}
    deployed = up(project, world)
    (found,) = releases_in(dynamodb)
    assert (deployed.release, found.number) == (1, 1)
    assert [event.state for event in found.events] == [ReleaseState.APPLIED, ReleaseState.SUCCEEDED]
    assert (found.start.kind, found.start.actor, found.start.held) == (ReleaseKind.UP, ACTOR, False)
    assert found.start.at < found.events[0].at <= found.events[1].at
    assert found.policy_version == found.start.policy_folder
    assert set(found.start.strategies) == {"axon", "orbit"}
    assert ReleaseLedger(dynamodb, "releases").load(found.durable) == '{"urn:table":"id 2026"}'
    assert deployed.status is not None
    assert deployed.status.release.serving == found


def test_what_changes_nothing_is_no_release(project: Project, world: FakeWorld, dynamodb: Any) -> None:
    """Neither where nothing had to be planned, nor where the plan is empty."""
    up(project, world)
    assert up(project, world).release is None
    world.fingerprint_file.unlink()
    assert up(project, world).release is None
    assert len(releases_in(dynamodb)) == 1


def test_changed_policies_are_a_release(project: Project, world: FakeWorld, dynamodb: Any) -> None:
    """Also where no resource changes."""
    up(project, world)
    (project.policies / "night.cedar").write_text(NIGHT)
    assert up(project, world).release == 2
    first, second = releases_in(dynamodb)
    assert first.policy_version != second.policy_version
    assert first.start.inputs != second.start.inputs


def test_who_says_no_makes_no_release(project: Project, world: FakeWorld, dynamodb: Any) -> None:
    """Nothing began."""

    def refuse(_: Any) -> None:
        raise NotConfirmedError

    with pytest.raises(NotConfirmedError):
        up(project, world, confirm=refuse)
    assert releases_in(dynamodb) == ()


def test_a_failure_is_written_with_its_reason(project: Project, world: FakeWorld, dynamodb: Any) -> None:
    """The command fails with the same."""
    up(project, world)
    (project.policies / "night.cedar").write_text(NIGHT)
    world.recorded[Layer.PLATFORM] = {**world.recorded[Layer.PLATFORM], "admin_url": "http://127.0.0.1:1"}
    with pytest.raises(AdminUnreachableError) as raised:
        up(project, world)
    found = releases_in(dynamodb)[1]
    assert (found.state, found.reason) == (ReleaseState.FAILED, raised.value.message)


def test_an_interrupt_is_written(
    project: Project, world: FakeWorld, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is no failure of the release, and yet its end."""

    def stop(*_: Any, **__: Any) -> None:
        raise InterruptedRunError

    monkeypatch.setattr("cli.deployment.pipeline.await_healthy", stop)
    with pytest.raises(InterruptedRunError):
        up(project, world)
    assert releases_in(dynamodb)[0].state is ReleaseState.INTERRUPTED


@pytest.mark.parametrize(
    ("service", "state"),
    [(ILL, ReleaseState.FAILED), (replace(ILL, rolled_back=True), ReleaseState.ROLLED_BACK)],
)
def test_a_release_is_not_a_success_before_it_serves(
    project: Project, world: FakeWorld, dynamodb: Any, service: RunningService, state: ReleaseState
) -> None:
    """Services that are not healthy fail it, and one that ECS rolled back is told apart."""
    world.state = Running(services=(service,), functions=(), address="", started_at="")
    up(project, world)
    (found,) = releases_in(dynamodb)
    assert (found.state, found.reason) == (state, service.problem)


def test_what_a_kill_left_open_is_told_and_ended(
    project: Project, world: FakeWorld, dynamodb: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the next deployment, whatever it finds to do; the numbers go on."""
    up(project, world)
    ReleaseLedger(dynamodb, "releases").begin(2, start(actor="bob"))
    up(project, world)
    assert f"by bob, was left started: {KILLED}" in capsys.readouterr().err
    found = releases_in(dynamodb)[1]
    assert (found.state, found.reason) == (ReleaseState.INTERRUPTED, KILLED)
    (project.policies / "night.cedar").write_text(NIGHT)
    assert up(project, world).release == 3


def test_a_ledger_that_is_gone_counts_anew(project: Project, world: FakeWorld, dynamodb: Any) -> None:
    """A deployment without its table goes on, as the first one does."""
    up(project, world)
    dynamodb.delete_table(TableName="releases")
    (project.policies / "night.cedar").write_text(NIGHT)
    deployed = up(project, world)
    assert deployed.policies_changed
    assert deployed.release is None


def test_a_failure_is_not_hidden_by_the_ledger(
    project: Project,
    world: FakeWorld,
    dynamodb: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """If it cannot be written, that is told beside, and the command still fails with its own reason."""

    def fail(*_: Any, **__: Any) -> None:
        dynamodb.delete_table(TableName="releases")
        raise NotConfirmedError

    monkeypatch.setattr("cli.deployment.pipeline.await_healthy", fail)
    with pytest.raises(NotConfirmedError):
        up(project, world)
    assert "the failure is not in the ledger of releases" in capsys.readouterr().err


def test_times_are_in_utc() -> None:
    """With milliseconds, so that they can be ordered."""
    assert release_writer.utc_now().endswith("+00:00")

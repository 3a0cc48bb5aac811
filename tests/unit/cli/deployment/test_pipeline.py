"""The stages of a deployment, in a world that keeps what is done to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.deployment.approval import ApprovalNeededError
from cli.deployment.pipeline import preview
from cli.environment import read_environment
from cli.errors import NotConfirmedError, UsageError
from cli.policies.admin_client import AdminUnreachableError
from cli.project import Project
from cli.worlds.world import Ability, LocalChoices
from policies.calls.language.errors import PolicyError
from policies.calls.store.policy_store import POINTER_KEY
from policies.calls.versions.slices import cut
from sandbox.engine.running.refresh import Drift
from stacks.names import Layer
from tests.support.calls import counted_calls
from tests.support.worlds.deploying import deployable_world, up
from tests.support.worlds.fake_world import FakeWorld

PLANNED = ["preview foundation on 0", "preview platform on 1", "preview workloads on 2"]
APPROVAL = """  myelin:policyApproval: true
  myelin:policyPeople: {ada: [user/ada], bob: [user/bob]}
"""
NIGHT = '@id("night") @reason("r") forbid (principal, action, resource)\nwhen { 1 > 2 };'
GONE = Drift(urn="urn:pulumi:dev-platform::myelin::aws:ecs/cluster:Cluster::dev", gone=True)
APPLIED = ["up foundation", "up platform", "up workloads"]


@pytest.fixture
def world(project: Project, tmp_path: Path, dynamodb: Any) -> Iterator[FakeWorld]:
    with deployable_world(project, tmp_path, dynamodb) as made:
        yield made


def test_stages_come_in_order(project: Project, world: FakeWorld) -> None:
    """Locked, what is deployed is read once, then planned and applied; the policies are published."""
    deployed = up(project, world)
    assert world.events == ["begin to deploy", "read platform", *PLANNED, *APPLIED, "read platform", "end"]
    assert deployed.changed
    assert deployed.policies_changed
    assert [layer.seconds for layer in deployed.layers] == [0.5, 0.5, 0.5]


def test_policies_are_cut_once(project: Project, world: FakeWorld) -> None:
    """By the command, for cases and comparison; the function trusts no cut of others, and cuts again."""
    for run, times in ((lambda: up(project, world), 2), (lambda: preview(project, world), 1)):
        with counted_calls(cut) as cuts:
            run()
        assert cuts.count == times


def test_policies_that_wait_for_a_second_person_are_cut_once(project: Project, world: FakeWorld) -> None:
    """Once by the command, whose cases were run, and once by the function that drafts."""
    up(project, world)
    settings = project.stack_file("dev", Layer.PLATFORM)
    settings.write_text(settings.read_text() + APPROVAL)
    (project.policies / "night.cedar").write_text(NIGHT)
    world.environment = read_environment(project, "dev")
    with counted_calls(cut) as cuts, pytest.raises(ApprovalNeededError):
        up(project, world)
    assert cuts.count == 2


def test_nothing_is_planned_when_nothing_has_changed(project: Project, world: FakeWorld) -> None:
    """A second deployment of the same ends once it has looked; a changed file makes it go on."""
    up(project, world)
    world.events.clear()
    assert not up(project, world).changed
    assert world.events == ["begin to deploy", "read platform", "end"]
    world.events.clear()
    (project.policies / "night.cedar").write_text(
        '@id("n") @reason("r") forbid (principal, action, resource)\nwhen { 1 > 2 };'
    )
    assert up(project, world).policies_changed
    assert world.events == ["begin to deploy", "read platform", *PLANNED, "read platform", "end"]


def test_what_is_not_as_it_was_left_is_recorded_and_planned(project: Project, world: FakeWorld) -> None:
    """Nothing was changed here, and yet it goes on: what was found is recorded before anything is planned."""
    up(project, world)
    world.events.clear()
    world.drifts = {Layer.PLATFORM: [GONE]}
    assert up(project, world).found.drifts == (GONE,)
    assert world.events == ["begin to deploy", "read platform", "record dev-platform", *PLANNED, "end"]


def test_what_cannot_be_looked_up_is_a_trouble(project: Project, world: FakeWorld) -> None:
    """It is never taken for as declared."""
    up(project, world)
    world.drifts = {Layer.PLATFORM: [replace(GONE, gone=False, trouble="no answer")]}
    assert up(project, world).troubles == ("no answer",)


def test_policies_that_are_gone_are_published_anew(project: Project, world: FakeWorld, dynamodb: Any) -> None:
    """Nothing was changed here, and yet there is no current version: the folder is published."""
    up(project, world)
    dynamodb.delete_item(TableName="policies", Key=POINTER_KEY)
    assert up(project, world).policies_changed


def test_a_document_that_is_gone_is_a_trouble(project: Project, world: FakeWorld, dynamodb: Any) -> None:
    """What a deployment would not write anew is named."""
    up(project, world)
    keys = [item["pk"]["S"] for item in dynamodb.scan(TableName="policies")["Items"]]
    lost = next(key for key in keys if key.startswith("slice#"))
    dynamodb.delete_item(TableName="policies", Key={"pk": {"S": lost}, "sk": {"S": "body"}})
    assert up(project, world).troubles == (f"the slice `{lost.partition('#')[2]}` is not in the store",)


def test_warnings_about_policies_are_shown(
    project: Project, world: FakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """On stderr, with their place; the deployment goes on."""
    (project.policies / "dead.cedar").write_text(
        '@id("dead") @reason("r") permit (principal == Service::"orbti", action, resource);'
    )
    assert up(project, world).changed
    shown = capsys.readouterr().err
    assert "dead.cedar:1: `dead` never applies: no service `orbti` is declared [never-applies]" in shown


def test_a_deployment_that_is_watched_too_briefly_is_told(
    project: Project, world: FakeWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    """On stderr, with the numbers; the deployment goes on, and a preview says it, too."""
    declared = project.services / "orbit" / "service.toml"
    with declared.open("a") as file:
        file.write('\n[deployment]\nstrategy = "blue_green"\nbake_minutes = 1\n')
    for run in (lambda: up(project, world), lambda: preview(project, world)):
        run()
        assert (
            "warning: the deployment of `orbit` (blue_green) is watched for 1 min" in capsys.readouterr().err
        )


def test_a_world_that_others_may_change_is_always_planned(project: Project, world: FakeWorld) -> None:
    """What this machine remembers of it proves nothing there."""
    world.limits = {Ability.SKIP_UNCHANGED: "others may have changed it"}
    up(project, world)
    world.events.clear()
    assert not up(project, world).changed
    assert world.events == ["begin to deploy", "read platform", *PLANNED, "end"]


def test_ports_that_a_world_cannot_choose_are_refused(project: Project, world: FakeWorld) -> None:
    """It is refused before anything is read or locked."""
    world.limits = {Ability.CHOOSE_PORTS: "its listener has the port"}
    with pytest.raises(
        UsageError, match="choosing ports of this machine and the pace of time is not possible for `dev`"
    ):
        up(project, world, choices=LocalChoices(load_balancer=8080))
    assert world.events == []
    assert up(project, world).changed


def test_mistakes_are_found_before_the_world_is_asked(project: Project, world: FakeWorld) -> None:
    """A policy that a case contradicts ends it while nothing is locked or changed."""
    (project.policies / "no-erase.cedar").write_text("")
    with pytest.raises(PolicyError):
        up(project, world)
    assert world.events == []


def test_a_no_changes_nothing(project: Project, world: FakeWorld) -> None:
    """Who does not confirm the plan finds everything as it was, and the next one plans anew."""

    def refuse(_: Any) -> None:
        raise NotConfirmedError

    with pytest.raises(NotConfirmedError):
        up(project, world, confirm=refuse)
    assert world.events == ["begin to deploy", "read platform", *PLANNED, "end"]
    assert world.recorded == {}
    assert up(project, world).changed


def test_a_deployment_that_fails_is_not_taken_for_done(project: Project, world: FakeWorld) -> None:
    """After a failure in the middle the next deployment plans again, also when no file has changed."""
    up(project, world)
    (project.policies / "night.cedar").write_text(
        '@id("n") @reason("r") forbid (principal, action, resource)\nwhen { 1 > 2 };'
    )
    reached = world.recorded[Layer.PLATFORM]
    world.recorded[Layer.PLATFORM] = {**reached, "admin_url": "http://127.0.0.1:1"}
    with pytest.raises(AdminUnreachableError):
        up(project, world)
    (project.policies / "night.cedar").unlink()
    world.recorded[Layer.PLATFORM] = reached
    world.events.clear()
    up(project, world)
    assert world.events == ["begin to deploy", "read platform", *PLANNED, "end"]


def test_a_preview_changes_nothing(project: Project, world: FakeWorld) -> None:
    """It plans in the world's own way of previewing, and says what the policies would become."""
    found = preview(project, world)
    assert world.events == ["begin to preview", *PLANNED, "read platform", "end"]
    assert (found.changed, found.policies.current) == (True, "")
    assert world.recorded == {}

    world.recorded.update(world.outputs)
    up(project, world)
    assert not preview(project, world).changed

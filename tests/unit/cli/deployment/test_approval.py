"""Holding a deployment back until a second person has agreed to its policies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.deployment.approval import ApprovalNeededError, ApprovalUnknownError, require_approval
from cli.deployment.inputs import Inputs, read_inputs
from cli.deployment.policies import publish_policies
from cli.environment import read_environment
from cli.exit_codes import ExitCode
from cli.project import Project
from policies.calls.store.ledger import PolicyLedger
from tests.support.governance.admin_api import administered
from tests.support.governance.recording_admin import recording_admin
from tests.support.worlds.fake_world import FakeWorld, fake_world, outputs_with

APPROVAL = """  myelin:policyApproval: true
  myelin:policyPeople: {ada: [user/ada], bob: [user/bob]}
"""
NIGHT = (
    '@id("night") @reason("at night nobody reasons") forbid (principal, action, resource)\nwhen { 1 > 2 };'
)
SETTINGS = "stacks/config/Pulumi.dev-platform.yaml"


class Functions:
    """The deployed admin function, as Lambda describes it."""

    def __init__(self, approval: str) -> None:
        self.approval = approval

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        assert FunctionName == "admin"
        return {"Environment": {"Variables": {"POLICY_APPROVAL": self.approval}}}


class NoFunctions:
    """Lambda, after somebody has deleted the admin function."""

    class exceptions:  # noqa: N801 - botocore's name
        """The errors of the client."""

        class ResourceNotFoundException(Exception):  # noqa: N818 - botocore's name
            """There is no such function."""

    def get_function_configuration(self, **_: str) -> dict[str, Any]:
        raise self.exceptions.ResourceNotFoundException


@contextmanager
def deployed(folder: Path, dynamodb: Any, *, approval: bool) -> Iterator[FakeWorld]:
    in_force = "true" if approval else "false"
    with recording_admin(administered(POLICY_APPROVAL=in_force)) as admin:
        clients = {"dynamodb": dynamodb, "lambda": Functions(in_force)}
        yield fake_world(folder, recorded=outputs_with(admin.url), clients=clients)


def read(project: Project, *, approval: bool = False, night: bool = False) -> Inputs:
    path = project.root / SETTINGS
    if approval:
        path.write_text(path.read_text() + APPROVAL)
    if night:
        (project.policies / "night.cedar").write_text(NIGHT)
    return read_inputs(project, read_environment(project, "dev"))


@pytest.mark.parametrize("configured", [True, False])
def test_the_first_deployment_needs_no_second_person(
    project: Project, tmp_path: Path, configured: bool
) -> None:
    """There is nothing yet that it could change; what is configured holds from then on."""
    assert require_approval(fake_world(tmp_path), None, read(project, approval=configured)) is configured


def test_where_one_person_is_enough_nothing_is_held_back(
    project: Project, tmp_path: Path, dynamodb: Any
) -> None:
    """Changed policies go on, and no draft is made."""
    with deployed(tmp_path, dynamodb, approval=False) as world:
        assert require_approval(world, world.platform(), read(project, night=True)) is False
    assert PolicyLedger(dynamodb, "policies").drafts() == ()


@pytest.mark.parametrize(("configured", "in_force"), [(True, False), (False, True)])
def test_changed_policies_are_held_back_as_a_draft(
    project: Project, tmp_path: Path, dynamodb: Any, configured: bool, in_force: bool
) -> None:
    """As configured, or as deployed: taking the setting out is no way around it. One draft, however often."""
    with deployed(tmp_path, dynamodb, approval=in_force) as world:
        platform = world.platform()
        assert platform is not None
        publish_policies(world, read(project), platform)
        inputs = read(project, approval=configured, night=True)
        for _ in range(2):
            with pytest.raises(ApprovalNeededError) as caught:
                require_approval(world, platform, inputs)
    assert len(PolicyLedger(dynamodb, "policies").drafts()) == 1
    assert caught.value.exit_code is ExitCode.DENIED
    assert f"`myelin policy activate {caught.value.draft} --env dev`" in caught.value.hint


def test_unchanged_policies_go_on(project: Project, tmp_path: Path, dynamodb: Any) -> None:
    """Where two have to agree, what they agreed to is deployed again without asking."""
    inputs = read(project)
    with deployed(tmp_path, dynamodb, approval=True) as world:
        platform = world.platform()
        assert platform is not None
        publish_policies(world, inputs, platform)
        assert require_approval(world, platform, inputs) is True


def test_without_the_admin_function_only_the_same_policies_go_on(
    project: Project, tmp_path: Path, dynamodb: Any
) -> None:
    """Deleting it is no way around a second person: others than those in force are refused, with exit 5."""
    inputs = read(project)
    with deployed(tmp_path, dynamodb, approval=True) as world:
        platform = world.platform()
        assert platform is not None
        publish_policies(world, inputs, platform)
        world.clients = {**world.clients, "lambda": NoFunctions()}
        assert require_approval(world, platform, inputs) is False
        with pytest.raises(ApprovalUnknownError) as caught:
            require_approval(world, platform, read(project, night=True))
    assert caught.value.exit_code is ExitCode.DENIED

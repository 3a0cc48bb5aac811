"""The policy that `myelin permissions` prints is enough to deploy with, and no statement of it is spare."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any

import pytest

from cli.commands.permissions import permissions_document
from cli.deployment.pipeline import deploy
from cli.environment import read_environment
from cli.permissions.rehearsal import rehearse
from cli.project import Project, find_project
from cli.terminal.progress import PlainScreen
from cli.worlds.sandbox import RehearsalWorld, SandboxWorld
from cli.worlds.world import LocalChoices
from sandbox.engine.errors import EngineError
from tests.support.effort import LONG
from tests.support.end_to_end.project import ENVIRONMENT, ProjectCopy

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.costly("rehearses deployments in sandboxes of its own"),
    pytest.mark.timeout(3600),
]

DEPLOYER = "deployer"
QUIET = PlainScreen(quiet=True)


def deploy_with(project: Project, policies: list[dict[str, Any]]) -> str:
    """Deploy and remove as somebody who has these policies and no others; what ended it, empty if nothing."""
    world = SandboxWorld(project, read_environment(project, ENVIRONMENT))
    with world.rehearsing() as (own, place):
        assert isinstance(place, RehearsalWorld)
        deployer = RehearsalWorld(own, place.environment, host=place.host, identity=DEPLOYER)
        assert deployer.actor().endswith(f"/{DEPLOYER}")
        iam = place.client("iam")
        for number, policy in enumerate(policies):
            made = iam.create_policy(PolicyName=f"deployer-{number}", PolicyDocument=json.dumps(policy))
            iam.attach_user_policy(UserName=DEPLOYER, PolicyArn=made["Policy"]["Arn"])
        for name in iam.list_user_policies(UserName=DEPLOYER)["PolicyNames"]:
            iam.delete_user_policy(UserName=DEPLOYER, PolicyName=name)
        try:
            deploy(
                own,
                deployer,
                screen=QUIET,
                choices=LocalChoices(),
                confirm=lambda _plans: None,
                cancelled=threading.Event(),
            )
            deployer.remove(QUIET, threading.Event())
        except EngineError as error:
            return error.message
    return ""


def without(policies: list[dict[str, Any]], sid: str) -> list[dict[str, Any]]:
    """The policies without one statement."""
    kept = [
        {**policy, "Statement": [each for each in policy["Statement"] if each["Sid"] != sid]}
        for policy in policies
    ]
    return [policy for policy in kept if policy["Statement"]]


def test_the_policy_is_enough_and_no_statement_is_spare(project: ProjectCopy) -> None:
    """With exactly it a deployment succeeds; without one statement, a call that needs it is refused."""
    found = find_project(directory=project.root)
    world = SandboxWorld(found, read_environment(found, ENVIRONMENT))
    rehearsed = rehearse(world, screen=QUIET, cancelled=threading.Event())
    document: Mapping[str, Any] = permissions_document(rehearsed, ENVIRONMENT)
    policies = document["policies"]
    assert deploy_with(found, policies) == ""
    sids = [each["sid"] for each in document["statements"] if each["rehearsed"]]
    actions = {each["Sid"]: each["Action"] for policy in policies for each in policy["Statement"]}
    for sid in sids[: len(sids) if LONG else 1]:
        ended = deploy_with(found, without(policies, sid))
        assert any(action in ended for action in actions[sid]), f"{sid}: {ended}"

"""`myelin up` where a second person has to agree to every change of the policies."""

from __future__ import annotations

import contextlib
import json

import pytest
from botocore.credentials import Credentials

from cli.policies.admin_client import AdminRefusedError, open_admin
from sandbox.cloud.iam.administrator import ADMINISTRATOR
from tests.support.end_to_end.census import census
from tests.support.end_to_end.project import ProjectCopy

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("change")]

SETTINGS = "stacks/config/Pulumi.sandbox-platform.yaml"
PEOPLE = """  myelin:policyApproval: true
  myelin:policyPeople:
    operator: [user/operator, role/on-call]
    eve: [user/eve]
"""
NIGHT = """@id("night")
@reason("at night nobody reasons")
forbid (principal, action == Action::"reason", resource)
when { context.time.toTime() < duration("0s") };
"""


@pytest.mark.costly("deploys again")
def test_up_waits_for_a_second_person(running: ProjectCopy) -> None:
    """Changed policies become a draft, and nothing else changes. Who made it can not activate it, nor can any
    session of a role that stands for the same person, nor somebody whom the setting does not name; once
    another person has, `up` goes on. Taking the setting out is no way around it while it is in force. GOV-2
    """
    policy = running.path("policies/calls/rules/night.cedar")
    settings = running.path(SETTINGS).read_text(encoding="utf-8")

    running.path(SETTINGS).write_text(f"{settings}{PEOPLE}", encoding="utf-8")
    running.up()
    policy.write_text(NIGHT, encoding="utf-8")
    made = refused(running)
    for session in ("first", "second"):
        admin = open_admin(running.world, credentials=on_call(running, session))
        with pytest.raises(AdminRefusedError, match="has to be activated by another person"):
            admin.activate(made)
        admin.close()
    assert "by another person" in activated(running, made, code=5)
    assert "user/mallory` stands for no person" in activated(running, made, "--as", "mallory", code=5)
    activated(running, made, "--as", "eve")
    deployed = running.up("--as", "eve")
    current = running.myelin("policy", "history", "--as", "mallory").document[0]
    assert deployed.document["policy"]["version"] == current["version"]
    assert current["actor"].endswith(":user/eve")

    running.path(SETTINGS).write_text(settings, encoding="utf-8")
    policy.unlink()
    activated(running, refused(running), "--as", "eve")
    running.up()
    assert running.myelin("policy", "drafts").document == []


def activated(project: ProjectCopy, draft: str, *arguments: str, code: int = 0) -> str:
    """What activating a draft says, which ends so."""
    ran = project.myelin("policy", "activate", draft, *arguments, check=False)
    assert ran.code == code, ran.stdout + ran.stderr
    return ran.stdout


def on_call(project: ProjectCopy, session: str) -> Credentials:
    """A session of a role that stands for the operator."""
    iam, role = project.client("iam"), "arn:aws:iam::123456789012:role/on-call"
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "123456789012"}}
    with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(
            RoleName="on-call",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )
        iam.put_role_policy(RoleName="on-call", PolicyName="all", PolicyDocument=ADMINISTRATOR)
    given = project.client("sts").assume_role(RoleArn=role, RoleSessionName=session)["Credentials"]
    return Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])


def refused(project: ProjectCopy) -> str:
    """The draft that an `up` ends with, which changes nothing besides."""
    before = census(project)
    ran = project.up(check=False)
    assert ran.code == 5, ran.stdout + ran.stderr
    assert "a second person has to agree: draft" in ran.document["error"]["message"]
    assert census(project) == before
    (draft,) = open_admin(project.world).drafts()
    assert f"myelin policy activate {draft.id}" in ran.document["error"]["hint"]
    return draft.id

"""`myelin up` where a second person has to agree to every change of the policies."""

from __future__ import annotations

import pytest
from botocore.credentials import Credentials

from cli.policies.admin_client import AdminRefusedError, open_admin
from tests.support.end_to_end.census import census
from tests.support.end_to_end.project import ProjectCopy

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("change")]

SETTINGS = "stacks/config/Pulumi.sandbox-platform.yaml"
PEOPLE = """  myelin:policyApproval: true
  myelin:policyPeople:
    operator: [user/operator]
    eve: [user/eve]
"""
NIGHT = """@id("night")
@reason("at night nobody reasons")
forbid (principal, action == Action::"reason", resource)
when { context.time.toTime() < duration("0s") };
"""


@pytest.mark.costly("deploys again")
def test_up_waits_for_a_second_person(running: ProjectCopy) -> None:
    """Changed policies become a draft, and nothing else changes. Who made it can not activate it; once
    somebody else has, `up` goes on. Taking the setting out is no way around it while it is in force. GOV-2
    """
    iam = running.client("iam")
    iam.create_user(UserName="eve")
    key = iam.create_access_key(UserName="eve")["AccessKey"]
    own = open_admin(running.world)
    other = open_admin(running.world, credentials=Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
    policy = running.path("policies/calls/rules/night.cedar")
    settings = running.path(SETTINGS).read_text(encoding="utf-8")

    running.path(SETTINGS).write_text(f"{settings}{PEOPLE}", encoding="utf-8")
    running.up()
    policy.write_text(NIGHT, encoding="utf-8")
    made = refused(running)
    with pytest.raises(AdminRefusedError, match="has to be activated by another person"):
        own.activate(made)
    other.activate(made)
    deployed = running.up()
    assert deployed.document["policy"]["version"] == own.version().version

    running.path(SETTINGS).write_text(settings, encoding="utf-8")
    policy.unlink()
    other.activate(refused(running))
    running.up()
    assert not list(own.drafts())
    for admin in (own, other):
        admin.close()


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

"""What roles and functions may do is what is expected of the documents that the program makes. IAM-1, GOV-2.

The plans alone are asked here; tests/unit/stacks/test_policy_documents.py asks what comes of them.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from components.account import Account, Place
from components.declarations import load_services
from components.identity.admin_statements import admin_statements
from components.identity.boundary import service_boundary
from components.identity.deployment_statements import balancer_statements, hook_statements
from components.identity.governance_statements import governance_statements
from components.identity.rollout_statements import rollout_statements
from components.identity.rotation_statements import rotation_statements
from components.identity.service_statements import (
    KeyArns,
    execution_role_statements,
    task_role_statements,
)
from components.identity.statement import document
from components.identity.trust import ecs_tasks_trust, ecs_trust, lambda_trust
from components.naming import PhysicalNames
from tests.support.paths import ROOT
from tests.support.recording.iam import statements
from tests.support.recording.policy_documents import actions_named, disagreements
from tests.support.recording.policy_expectations import EXPECTED
from tests.support.recording.policy_world import key, world
from tests.support.recording.recorder import ACCOUNT, REGION

PLACE = Place(account=Account(id=ACCOUNT, region=REGION), names=PhysicalNames("dev"))
SERVICES = load_services(ROOT / "services")
KEYS = {name: key(name) for name in ("audit", "grants", "platform")}


def keys(service: str) -> KeyArns:
    return KeyArns(own=key(service), calls=key("calls"), grants=key("grants"))


def _of_service(name: str) -> dict[str, Callable[[], str]]:
    service = SERVICES.get(name)
    return {
        f"RolePolicy {name}-task": lambda: document(
            task_role_statements(PLACE, SERVICES, service, keys(name))
        ),
        f"RolePolicy {name}-execution": lambda: document(
            execution_role_statements(PLACE, service, keys(name))
        ),
        f"Policy {name}": lambda: document(service_boundary(PLACE, SERVICES, service, keys(name))),
        f"Role {name}-task": lambda: document(ecs_tasks_trust(PLACE.account)),
    }


DOCUMENTS: dict[str, Callable[[], str]] = {
    **_of_service("axon"),
    **_of_service("orbit"),
    "RolePolicy governance": lambda: document(governance_statements(PLACE, KEYS)),
    "RolePolicy governance-admin": lambda: document(admin_statements(PLACE, KEYS)),
    "RolePolicy rotation": lambda: document(rotation_statements(PLACE, KEYS)),
    "RolePolicy rollout": lambda: document(rollout_statements(PLACE, KEYS)),
    "RolePolicy ecs-load-balancer": lambda: document(balancer_statements(PLACE)),
    "RolePolicy ecs-hooks": lambda: document(hook_statements(PLACE)),
    "Role governance": lambda: document(lambda_trust()),
    "Role ecs-hooks": lambda: document(ecs_trust()),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_plan_says_what_it_must_and_nothing_else(name: str) -> None:
    """Each action on each resource under each condition of the small world."""
    text = DOCUMENTS[name]()
    asked = actions_named([text]) | {action for one in EXPECTED[name] for action in one.actions}
    assert list(disagreements(text, EXPECTED[name], world(asked))) == []


@pytest.mark.parametrize(
    ("name", "sids"),
    [
        (
            "RolePolicy axon-task",
            "OwnSecrets OwnSecretsKey SigningKeys SigningKeysKey Metrics Trace GrantKeys GrantKeysKey",
        ),
        (
            "RolePolicy axon-execution",
            "RegistryToken PullImage WriteLog InjectSecrets InjectSecretsKey",
        ),
        ("RolePolicy orbit-task", "SigningKeys SigningKeysKey Metrics Trace AskGovernance"),
        ("RolePolicy governance", "ReadPolicies WriteLog SignGrants GrantsKey Trace PlatformKey"),
        (
            "RolePolicy governance-admin",
            "ChangePolicies SignTrail FindExports ReadExports ExportTrail WriteLog Trace PlatformKey",
        ),
        (
            "RolePolicy rotation",
            "GrantKeys TaggedSecrets KeysOfSecrets ReplaceTasks WriteLog Trace PlatformKey",
        ),
        ("Role axon-task", "EcsTasks"),
        (
            "RolePolicy rollout",
            "FindRevision ListTasks FindTasks LookAtNetwork MakeInterfaces UseInterfaces WriteLog Trace "
            "PlatformKey",
        ),
        ("Role governance", "Lambda"),
        ("Role ecs-hooks", "Ecs"),
    ],
)
def test_statements_have_names(name: str, sids: str) -> None:
    """By which CloudTrail and `myelin permissions` tell them apart."""
    assert [one["Sid"] for one in statements(DOCUMENTS[name]())] == sids.split()

"""What each key's policy says is what is expected of the keys that the program makes. KEY-1, GOV-2, GOV-4."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from components.account import Account, Place
from components.declarations import load_services
from components.identity.statement import document
from components.keys.key_policy import (
    audit_key_policy,
    calls_key_policy,
    grants_key_policy,
    platform_key_policy,
    service_key_policy,
)
from components.naming import PhysicalNames
from tests.support.paths import ROOT
from tests.support.recording.iam import statements
from tests.support.recording.policy_documents import actions_named, disagreements
from tests.support.recording.policy_expectations import EXPECTED
from tests.support.recording.policy_world import world
from tests.support.recording.recorder import ACCOUNT, REGION

PLACE = Place(account=Account(id=ACCOUNT, region=REGION), names=PhysicalNames("dev"))
SERVICES = load_services(ROOT / "services")
DOCUMENTS: dict[str, Callable[[], str]] = {
    "Key axon": lambda: document(service_key_policy(PLACE, "axon")),
    "Key orbit": lambda: document(service_key_policy(PLACE, "orbit")),
    "Key calls": lambda: document(calls_key_policy(PLACE)),
    "Key grants": lambda: document(grants_key_policy(PLACE)),
    "Key platform": lambda: document(platform_key_policy(PLACE)),
    "Key audit": lambda: document(audit_key_policy(PLACE)),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_key_policy_says_what_it_must_and_nothing_else(name: str) -> None:
    """Whoever asks, through whatever service, in whatever context of encryption."""
    text = DOCUMENTS[name]()
    asked = actions_named([text]) | {action for one in EXPECTED[name] for action in one.actions}
    assert list(disagreements(text, EXPECTED[name], world(asked))) == []


@pytest.mark.parametrize(
    ("name", "sids"),
    [
        ("Key axon", "Administration DeploySecrets ServiceReads RotationWrites"),
        ("Key calls", "Administration DeploySecrets RotationWrites ServicesSign"),
        (
            "Key grants",
            "Administration DeployTables DeploySecrets SeePublicKeys GovernanceSigns RotationWrites"
            " ServicesVerify ServicesRecord",
        ),
        (
            "Key platform",
            "Administration DeployTables DeployRepositories DeployFunctions Logs FlowLogs Alarms"
            " GovernanceReads RotationReadsItsSettings",
        ),
        ("Key audit", "Administration AdminSigns Verify"),
    ],
)
def test_statements_have_names(name: str, sids: str) -> None:
    """By which CloudTrail tells them apart."""
    assert [one["Sid"] for one in statements(DOCUMENTS[name]())] == sids.split()

"""Who may read and write the keys of grants, whatever IAM says. GOV-4."""

from __future__ import annotations

import pytest

from components.identity.statement import document
from components.secrets.grant_policy import public_keys_policy, signing_key_policy
from tests.support.recording.declarations import ACCOUNT, PLACE
from tests.support.recording.iam import DENY, SILENT, verdict

PRIVATE, PUBLIC = (
    ACCOUNT.secret(f"dev/grants/{name}").replace("??????", "AbCdEf")
    for name in ("signing-key", "public-keys")
)
POLICIES = {
    PRIVATE: document(signing_key_policy(PLACE, PRIVATE)),
    PUBLIC: document(public_keys_policy(PLACE, PUBLIC)),
}
GOVERNANCE, ROTATION, ADMIN, TASK, DEPLOYER = (
    ACCOUNT.role(name)
    for name in ("dev-governance-decide", "dev-rotation", "dev-governance-admin", "dev-axon-task", "deployer")
)
OUTSIDER = "arn:aws:iam::999999999999:role/dev-rotation"
"""A role of another account, with the right name."""
EVERYONE = (GOVERNANCE, ROTATION, ADMIN, TASK, DEPLOYER, OUTSIDER)


def denied(secret: str, action: str) -> set[str]:
    """The principals to which a secret's policy denies an action; it allows nothing by itself."""
    said = {
        principal: verdict(
            POLICIES[secret],
            action=f"secretsmanager:{action}",
            resource=secret,
            context={"aws:PrincipalArn": principal},
        )
        for principal in EVERYONE
    }
    assert set(said.values()) <= {DENY, SILENT}
    return {principal for principal, answer in said.items() if answer == DENY}


def test_governance_and_rotation_alone_read_the_private_key() -> None:
    """Neither what deploys nor what runs beside them gets it, even if a policy of theirs allows it."""
    assert denied(PRIVATE, "GetSecretValue") == {ADMIN, TASK, DEPLOYER, OUTSIDER}


def test_public_keys_are_no_secret() -> None:
    """Their policy leaves reading to IAM: services verify with them, and an operator looks at their age."""
    assert denied(PUBLIC, "GetSecretValue") == set()


@pytest.mark.parametrize("secret", [PRIVATE, PUBLIC])
@pytest.mark.parametrize("action", ["PutSecretValue", "UpdateSecret", "UpdateSecretVersionStage"])
def test_rotation_alone_writes(secret: str, action: str) -> None:
    """Another key in either secret would be one that grants are forged with."""
    assert denied(secret, action) == {GOVERNANCE, ADMIN, TASK, DEPLOYER, OUTSIDER}


@pytest.mark.parametrize("secret", [PRIVATE, PUBLIC])
@pytest.mark.parametrize("action", ["DeleteSecret", "DeleteResourcePolicy", "PutResourcePolicy"])
def test_what_runs_does_not_administer(secret: str, action: str) -> None:
    """The secrets are made and deleted by what deploys; rotation cannot open them to others."""
    assert denied(secret, action) == {GOVERNANCE, ROTATION, ADMIN, TASK}


@pytest.mark.parametrize("secret", [PRIVATE, PUBLIC])
def test_a_stuck_rotation_is_taken_back_by_who_deploys(secret: str) -> None:
    """SEC-2: others than rotation may move AWSPENDING alone, and nothing that runs may: it names no value
    that anybody uses.
    """
    for stage, said in (("AWSPENDING", SILENT), ("AWSCURRENT", DENY), ("AWSPREVIOUS", DENY)):
        for principal, answer in ((DEPLOYER, said), (TASK, DENY), (GOVERNANCE, DENY), (ROTATION, SILENT)):
            found = verdict(
                POLICIES[secret],
                action="secretsmanager:UpdateSecretVersionStage",
                resource=secret,
                context={"aws:PrincipalArn": principal, "secretsmanager:VersionStage": stage},
            )
            assert found == answer, (stage, principal)

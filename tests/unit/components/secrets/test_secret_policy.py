"""Who may read a secret, whatever IAM says. SEC-1."""

from __future__ import annotations

from components.identity.statement import document
from components.secrets.secret_policy import secret_policy
from tests.support.recording.declarations import ACCOUNT, PLACE
from tests.support.recording.iam import DENY, SILENT, verdict

ARN = ACCOUNT.secret("dev/axon/heartbeat-key").replace("??????", "AbCdEf")
READERS = (PLACE.task_role("axon"), PLACE.execution_role("axon"))
POLICY = document(secret_policy(PLACE, ARN, READERS, rotated=True))


UNROTATED = document(secret_policy(PLACE, ARN, READERS, rotated=False))


def asked(action: str, role: str, policy: str = POLICY) -> str:
    """What the secret's policy says to a role."""
    return verdict(
        policy,
        action=f"secretsmanager:{action}",
        resource=ARN,
        context={"aws:PrincipalArn": ACCOUNT.role(role)},
    )


def test_another_service_is_denied_outright() -> None:
    """SEC-1: Orbit's roles and governance are denied Axon's secret even if a policy of theirs allowed it."""
    for role in ("dev-orbit-task", "dev-orbit-execution", "dev-governance-decide"):
        assert asked("GetSecretValue", role) == DENY


def test_its_readers_and_deployers_are_left_to_iam() -> None:
    """The policy adds no permission; those that it does not deny need one of their own."""
    for role in ("dev-axon-task", "dev-axon-execution", "deployer"):
        assert asked("GetSecretValue", role) == SILENT


def test_what_runs_can_not_change_a_secret() -> None:
    """Not even a secret's own readers can write or delete it, or open it to others."""
    for action in ("PutSecretValue", "UpdateSecret", "DeleteSecret", "PutResourcePolicy", "RotateSecret"):
        assert asked(action, "dev-axon-task") == DENY
        assert asked(action, "deployer") == SILENT


def test_rotation_writes_what_is_rotated_and_no_more() -> None:
    """SEC-2: the rotation function reads and writes the values of a secret with a schedule; it can neither
    change the secret nor open it to others, and of a secret without a schedule it sees nothing.
    """
    for action in ("GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"):
        assert asked(action, "dev-rotation") == SILENT
        assert asked(action, "dev-rotation", UNROTATED) == DENY
    for action in ("UpdateSecret", "DeleteSecret", "PutResourcePolicy", "TagResource"):
        assert asked(action, "dev-rotation") == DENY

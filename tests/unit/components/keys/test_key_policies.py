"""Who may use which key. KEY-1."""

from __future__ import annotations

import pytest

from components.identity.statement import document
from components.keys.key_policy import (
    ADMINISTRATION,
    calls_key_policy,
    grants_key_policy,
    platform_key_policy,
    service_key_policy,
)
from tests.support.recording.declarations import ACCOUNT, PLACE
from tests.support.recording.iam import ALLOW, SILENT, verdict

DEPLOYER = ACCOUNT.role("deployer")
POLICIES = {
    "axon": lambda: document(service_key_policy(PLACE, "axon")),
    "orbit": lambda: document(service_key_policy(PLACE, "orbit")),
    "calls": lambda: document(calls_key_policy(PLACE)),
    "grants": lambda: document(grants_key_policy(PLACE)),
    "platform": lambda: document(platform_key_policy(PLACE)),
}
SIGNING = ACCOUNT.secret("dev/calls/orbit/axon/signing-key").replace("??????", "AbCdEf")


def asked(key: str, action: str, role: str, *, via: str = "secretsmanager", **context: str) -> str:
    """What a key's policy says to a role that comes through an AWS service."""
    return verdict(
        POLICIES[key](),
        action=action,
        context={
            "aws:PrincipalArn": role,
            "kms:ViaService": f"{via}.{ACCOUNT.region}.amazonaws.com",
            **{name.replace("_", ":"): value for name, value in context.items()},
        },
    )


@pytest.mark.parametrize("owner", ["axon", "orbit"])
@pytest.mark.parametrize("user", ["axon", "orbit"])
@pytest.mark.parametrize("kind", ["task", "execution"])
def test_a_service_key_opens_to_its_service_alone(owner: str, user: str, kind: str) -> None:
    """KEY-1: Axon cannot use Orbit's key nor Orbit Axon's; neither role of either, for any use."""
    role = ACCOUNT.role(f"dev-{user}-{kind}")
    assert asked(owner, "kms:Decrypt", role) == (ALLOW if owner == user else SILENT)
    for action in ("kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:ReEncryptFrom"):
        assert asked(owner, action, role) == SILENT


@pytest.mark.parametrize("key", POLICIES)
def test_keys_are_used_only_through_aws_services(key: str) -> None:
    """KEY-1: a direct kms:Decrypt fails for the owner, for another service and for an administrator."""
    for role in (ACCOUNT.role("dev-axon-task"), ACCOUNT.role("dev-orbit-task"), DEPLOYER):
        said = verdict(POLICIES[key](), action="kms:Decrypt", context={"aws:PrincipalArn": role})
        assert said == SILENT


@pytest.mark.parametrize("key", POLICIES)
def test_administrators_administer(key: str) -> None:
    """Administration is delegated to IAM, use is not: nothing in it encrypts, decrypts or grants."""
    for action in ADMINISTRATION:
        assert verdict(POLICIES[key](), action=action, context={"aws:PrincipalArn": DEPLOYER}) == ALLOW
    for use in (
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "ReEncryptFrom",
        "ReEncryptTo",
        "CreateGrant",
        "Sign",
    ):
        assert f"kms:{use}" not in ADMINISTRATION


def test_deployers_write_secrets_and_running_services_do_not() -> None:
    """What deploys may have Secrets Manager encrypt a value; what runs may not."""
    for key in ("axon", "orbit", "calls"):
        assert asked(key, "kms:GenerateDataKey", DEPLOYER) == ALLOW
        assert asked(key, "kms:GenerateDataKey", DEPLOYER, via="s3") == SILENT
        for role in ("dev-axon-task", "dev-orbit-execution", "dev-governance-decide"):
            assert asked(key, "kms:GenerateDataKey", ACCOUNT.role(role)) == SILENT


def test_signing_keys_open_to_services_alone() -> None:
    """Through Secrets Manager, for the secrets of calls; which of them, a role's own policy says."""
    of = {"kms:EncryptionContext:SecretARN": SIGNING}
    other = {"kms:EncryptionContext:SecretARN": ACCOUNT.secret("dev/axon/heartbeat-key")}
    for service in ("axon", "orbit"):
        role = ACCOUNT.role(f"dev-{service}-task")
        assert asked("calls", "kms:Decrypt", role, **of) == ALLOW
        assert asked("calls", "kms:Decrypt", role, **other) == SILENT
        assert asked("calls", "kms:Decrypt", role) == SILENT
    for stranger in ("dev-axon-execution", "dev-governance-decide"):
        assert asked("calls", "kms:Decrypt", ACCOUNT.role(stranger), **of) == SILENT


def test_platform_key() -> None:
    """Logs, alarms and governance use it, each in its own way; Axon and Orbit do not."""
    groups = {
        "/myelin/dev/axon": ALLOW,
        "/aws/lambda/dev-governance-decide": ALLOW,
        "/myelin/other/axon": SILENT,
    }
    for group, expected in groups.items():
        context = {"kms:EncryptionContext:aws:logs:arn": ACCOUNT.log_group(group)}
        logs, others = ACCOUNT.service_endpoint("logs"), ACCOUNT.service_endpoint("lambda")
        for service, said in ((logs, expected), (others, SILENT)):
            found = verdict(POLICIES["platform"](), action="kms:Encrypt", principal=service, context=context)
            assert found == said
    use = "kms:GenerateDataKey"
    for account, said in ((ACCOUNT.id, ALLOW), ("999999999999", SILENT)):
        alarm = {"aws:SourceAccount": account}
        cloudwatch = "cloudwatch.amazonaws.com"
        assert verdict(POLICIES["platform"](), action=use, principal=cloudwatch, context=alarm) == said
    governance = ACCOUNT.role("dev-governance-decide")
    assert asked("platform", "kms:Decrypt", governance, via="dynamodb") == ALLOW
    assert asked("platform", "kms:Decrypt", governance) == SILENT
    for via in ("dynamodb", "lambda", "ecr", "secretsmanager"):
        assert asked("platform", "kms:Decrypt", ACCOUNT.role("dev-axon-task"), via=via) == SILENT
    assert asked("platform", "kms:CreateGrant", DEPLOYER, via="ecr") == ALLOW


GRANT_SECRETS = {
    name: ACCOUNT.secret(f"dev/grants/{name}").replace("??????", "AbCdEf")
    for name in ("signing-key", "public-keys")
}
TRIAL = {"kms:EncryptionContext:SecretVersionId": "RequestToValidateKeyAccess"}
"""How Secrets Manager tries a key before it makes a secret under it."""


@pytest.mark.parametrize("secret", GRANT_SECRETS)
@pytest.mark.parametrize(
    ("role", "decrypted", "encrypted"),
    [
        ("dev-governance-decide", {"signing-key"}, set()),
        ("dev-rotation", {"signing-key", "public-keys"}, {"signing-key", "public-keys"}),
        ("dev-axon-task", {"public-keys"}, set()),
        ("dev-axon-execution", set(), set()),
        ("dev-governance-admin", set(), set()),
        ("deployer", {"public-keys"}, set()),
    ],
)
def test_keys_of_grants_open_by_role(
    role: str, decrypted: set[str], encrypted: set[str], secret: str
) -> None:
    """GOV-4: what deploys and what is called decrypt the public keys, and rotation alone writes either."""
    context = {"kms:EncryptionContext:SecretARN": GRANT_SECRETS[secret]}
    for action, secrets in (("kms:Decrypt", decrypted), ("kms:GenerateDataKey", encrypted)):
        said = asked("grants", action, ACCOUNT.role(role), **context)
        assert said == (ALLOW if secret in secrets else SILENT)


def test_deployers_make_the_secrets_of_grants_without_a_value() -> None:
    """Secrets Manager tries the key for them; what runs may not even that."""
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert asked("grants", action, DEPLOYER, **TRIAL) == ALLOW
        assert asked("grants", action, ACCOUNT.role("dev-axon-task"), **TRIAL) == SILENT
        written = {"kms:EncryptionContext:SecretVersionId": "7d6c", "kms:EncryptionContext:SecretARN": "arn"}
        assert asked("grants", action, DEPLOYER, **written) == SILENT


def test_services_record_in_one_table() -> None:
    """ORB-1: a task decrypts the table of records through DynamoDB, and no other table's items."""
    task = ACCOUNT.role("dev-axon-task")
    for table, said in (("dev-idempotency", ALLOW), ("dev-governance-policies", SILENT)):
        context = {"kms:EncryptionContext:aws:dynamodb:tableName": table}
        assert asked("grants", "kms:Decrypt", task, via="dynamodb", **context) == said
        assert asked("grants", "kms:Decrypt", task, via="s3", **context) == SILENT
        execution = ACCOUNT.role("dev-axon-execution")
        assert asked("grants", "kms:Decrypt", execution, via="dynamodb", **context) == SILENT

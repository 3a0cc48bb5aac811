"""What the functions may do, derived from names and keys. GOV-1, GOV-2."""

from __future__ import annotations

from components.identity.admin_statements import admin_statements
from components.identity.governance_statements import governance_statements
from components.identity.rotation_statements import rotation_statements
from components.identity.statement import document
from components.naming import AUDIT_KEY, GRANTS_KEY, PLATFORM_KEY
from tests.support.recording.declarations import ACCOUNT, PLACE
from tests.support.recording.iam import ALLOW, SILENT, verdict

KEYS = {key: ACCOUNT.arn("kms", f"key/{key}") for key in (AUDIT_KEY, GRANTS_KEY, PLATFORM_KEY)}
PRIVATE, PUBLIC = (
    ACCOUNT.secret(f"dev/grants/{name}").replace("??????", "AbCdEf")
    for name in ("signing-key", "public-keys")
)
TRAIL = f"{ACCOUNT.bucket(PLACE.audit_bucket)}/audit/00000001.json"


def test_governance_only_reads() -> None:
    """GOV-1: it reads its table and its key, writes its log, traces, decrypts; it changes nothing."""
    statements = governance_statements(PLACE, KEYS)
    actions = sorted(action for statement in statements for action in statement.actions)
    assert actions == [
        "dynamodb:BatchGetItem",
        "dynamodb:GetItem",
        "dynamodb:Query",
        "kms:Decrypt",
        "kms:Decrypt",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "secretsmanager:GetSecretValue",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "xray:PutTelemetryRecords",
        "xray:PutTraceSegments",
    ]


def test_governance_signs_with_the_private_key() -> None:
    """GOV-4: it reads the private key of grants, and that secret alone, through Secrets Manager."""
    policy = document(governance_statements(PLACE, KEYS))
    read = "secretsmanager:GetSecretValue"
    assert verdict(policy, action=read, resource=PRIVATE, context={}) == ALLOW
    assert verdict(policy, action=read, resource=PUBLIC, context={}) == SILENT
    for service, said in (("secretsmanager", ALLOW), ("dynamodb", SILENT)):
        context = {"kms:ViaService": ACCOUNT.service_endpoint(service)}
        assert verdict(policy, action="kms:Decrypt", resource=KEYS[GRANTS_KEY], context=context) == said


def test_rotation_writes_the_keys_of_grants_and_tagged_secrets() -> None:
    """SEC-2: it reads, writes and labels both secrets of grants, and those of its environment whose tag says
    that they are rotated; another secret it does not touch.
    """
    policy = document(rotation_statements(PLACE, KEYS))
    own, foreign = (
        ACCOUNT.secret(f"{environment}/axon/heartbeat-key").replace("??????", "AbCdEf")
        for environment in ("dev", "staging")
    )
    tagged = {"aws:ResourceTag/myelin:rotation": "generated"}
    for name in ("DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"):
        action = f"secretsmanager:{name}"
        for secret, said in ((PRIVATE, ALLOW), (PUBLIC, ALLOW), (own, SILENT)):
            assert verdict(policy, action=action, resource=secret, context={}) == said
        assert verdict(policy, action=action, resource=own, context=tagged) == ALLOW
        assert verdict(policy, action=action, resource=foreign, context=tagged) == SILENT
    for name in ("DeleteSecret", "PutResourcePolicy", "RotateSecret"):
        assert verdict(policy, action=f"secretsmanager:{name}", resource=PRIVATE, context={}) == SILENT
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        for service, said in (("secretsmanager", ALLOW), ("s3", SILENT)):
            context = {
                "kms:ViaService": ACCOUNT.service_endpoint(service),
                "kms:EncryptionContext:SecretARN": own,
            }
            found = verdict(policy, action=action, resource=KEYS[GRANTS_KEY], context=context)
            assert found == said


def test_rotation_replaces_tasks_and_does_nothing_else_to_services() -> None:
    """SEC-2: it has ECS open a deployment, of the services of its own cluster."""
    policy = document(rotation_statements(PLACE, KEYS))
    for cluster, said in (("dev", ALLOW), ("staging", SILENT)):
        service = ACCOUNT.arn("ecs", f"service/{cluster}/axon")
        assert verdict(policy, action="ecs:UpdateService", resource=service, context={}) == said
        assert verdict(policy, action="ecs:DeleteService", resource=service, context={}) == SILENT


def test_admin_signs_and_adds_to_the_trail_but_takes_nothing_from_it() -> None:
    """GOV-2: the function that changes policies exports checkpoints that it cannot delete or replace."""
    policy = document(admin_statements(PLACE, KEYS))
    assert verdict(policy, action="kms:Sign", resource=KEYS[AUDIT_KEY], context={}) == ALLOW
    assert verdict(policy, action="kms:Sign", resource=KEYS[PLATFORM_KEY], context={}) == SILENT
    assert verdict(policy, action="s3:PutObject", resource=TRAIL, context={}) == ALLOW
    for action in (
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:PutObjectRetention",
        "s3:BypassGovernanceRetention",
    ):
        assert verdict(policy, action=action, resource=TRAIL, context={}) == SILENT


def test_admin_reads_how_far_the_trail_goes() -> None:
    """GOV-2: it signs from where the bucket ends, and so reads versions there; of no other bucket."""
    policy = document(admin_statements(PLACE, KEYS))
    bucket = ACCOUNT.bucket(PLACE.audit_bucket)
    assert verdict(policy, action="s3:ListBucketVersions", resource=bucket, context={}) == ALLOW
    other = ACCOUNT.bucket("another")
    assert verdict(policy, action="s3:ListBucketVersions", resource=other, context={}) == SILENT
    for action in ("s3:GetObjectVersion", "s3:GetObjectRetention"):
        assert verdict(policy, action=action, resource=TRAIL, context={}) == ALLOW
        assert verdict(policy, action=action, resource=f"{other}/audit/1", context={}) == SILENT
    via = {"kms:ViaService": ACCOUNT.service_endpoint("s3")}
    found = verdict(policy, action="kms:GenerateDataKey", resource=KEYS[PLATFORM_KEY], context=via)
    assert found == SILENT

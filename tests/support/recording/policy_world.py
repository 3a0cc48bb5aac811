"""The small world that questions about policies are asked of: who, on what, and with which circumstances.

Beside each name that a policy speaks of stand some that only look like it: another account's, another
region's, another environment's, a longer one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from tests.support.recording.iam import DENY
from tests.support.recording.policy_documents import ABSENT, Says, World
from tests.support.recording.recorder import ACCOUNT, REGION

STRANGE = "999988887777"
"""Another account."""


def role(name: str, account: str = ACCOUNT) -> str:
    """A role, as who asks."""
    return f"arn:aws:iam::{account}:role/{name}"


def arn(service: str, resource: str, *, region: str = REGION, account: str = ACCOUNT) -> str:
    """A resource's ARN."""
    return f"arn:aws:{service}:{region}:{account}:{resource}"


def key(name: str) -> str:
    """A key, as the recorder makes its ARN up."""
    return arn("key", name)


def stored(name: str) -> str:
    """A secret, as the recorder makes its ARN up: what the secret's own policy speaks of."""
    return arn("secret", name)


def secret(name: str) -> str:
    """A secret with the six characters that AWS appends."""
    return arn("secretsmanager", f"secret:{name}-AbCdEf")


def streams(group: str) -> str:
    """A stream of a log group."""
    return arn("logs", f"log-group:{group}:log-stream:one/two/3")


def table(name: str) -> str:
    """A table."""
    return arn("dynamodb", f"table/{name}")


def image(name: str) -> str:
    """A repository."""
    return arn("ecr", f"repository/{name}")


def function(name: str) -> str:
    """A function, with or without a version."""
    return arn("lambda", f"function:{name}")


def via(service: str, region: str = REGION) -> str:
    """An AWS service through which a key is used."""
    return f"{service}.{region}.amazonaws.com"


TASKS, ECS, LAMBDA, CLOUDWATCH = (
    f"{name}.amazonaws.com" for name in ("ecs-tasks", "ecs", "lambda", "cloudwatch")
)
SECRETS_MANAGER, LOGS = "secretsmanager.amazonaws.com", via("logs")
DELIVERY, BALANCERS, S3_LOGS = (
    f"{name}.amazonaws.com" for name in ("delivery.logs", "logdelivery.elasticloadbalancing", "logging.s3")
)
SERVICES = (
    TASKS,
    ECS,
    LAMBDA,
    CLOUDWATCH,
    SECRETS_MANAGER,
    LOGS,
    via("logs", "us-west-2"),
    "ec2.amazonaws.com",
    *(DELIVERY, BALANCERS, S3_LOGS),
)

AXON_TASK, AXON_EXECUTION = role("dev-axon-task"), role("dev-axon-execution")
ORBIT_TASK, ORBIT_EXECUTION = role("dev-orbit-task"), role("dev-orbit-execution")
OTHER_TASK, OTHER_EXECUTION = role("dev-other-task"), role("dev-other-execution")
DECIDE, ADMIN, ROTATION, ROLLOUT = (
    role(f"dev-{name}") for name in ("governance-decide", "governance-admin", "rotation", "rollout")
)
TASK_ROLES = (AXON_TASK, ORBIT_TASK, OTHER_TASK)
RUNTIME = (*TASK_ROLES, AXON_EXECUTION, ORBIT_EXECUTION, OTHER_EXECUTION, DECIDE, ADMIN, ROTATION, ROLLOUT)
"""Every role that something runs as; `other` is a service that is not declared yet."""
DEPLOYERS = (
    role("deployer"),
    f"arn:aws:iam::{ACCOUNT}:user/operator",
    f"arn:aws:iam::{ACCOUNT}:root",
    role("dev-governance-admin-2"),
    role("staging-axon-task"),
)
"""Whoever else is in the account, some with names that only begin or end as ours do."""
STRANGERS = tuple(
    role(name, STRANGE) for name in ("deployer", "dev-governance-admin", "dev-rotation", "dev-axon-execution")
)
OURS = (*RUNTIME, *DEPLOYERS)
PEOPLE = (*OURS, *STRANGERS)
EVERYBODY = (*PEOPLE, *SERVICES)

HEARTBEAT, EDGE = "dev/axon/heartbeat-key", "dev/calls/orbit/axon/signing-key"
PRIVATE, PUBLIC = "dev/grants/signing-key", "dev/grants/public-keys"
POLICIES, RECORDS = table("dev-governance-policies"), table("dev-idempotency")
DEV_SECRETS = tuple(secret(name) for name in (HEARTBEAT, EDGE, PRIVATE, PUBLIC, f"{HEARTBEAT}-older"))
DEV_IMAGES = tuple(image(f"dev/{name}") for name in ("axon", "orbit", "gate"))
SERVICE_STREAMS = tuple(streams(f"/myelin/dev/{name}") for name in ("axon", "orbit"))
ALIASES = tuple(function(f"dev-governance-decide:caller-{name}") for name in ("axon", "orbit", "orbit2"))
AXON_SERVICE, ORBIT_SERVICE = (arn("ecs", f"service/dev/{name}") for name in ("axon", "orbit"))
KMS_KEY = arn("kms", "key/1234")
BUCKET = f"arn:aws:s3:::dev-governance-audit-{ACCOUNT}-{REGION}"
TRAIL, BESIDE_TRAIL = f"{BUCKET}/audit/00000001.json", f"{BUCKET}/other/1"
BALANCING = "elasticloadbalancing"
RULE = arn(BALANCING, "listener-rule/app/dev-internal/1/2/3")
GROUPS = tuple(arn(BALANCING, f"targetgroup/{name}/1") for name in ("dev-orbit", "dev-2orbit"))
ROLLOUT_FUNCTION = function("dev-rollout")
ARCHIVE, ACCESS = (f"arn:aws:s3:::dev-{name}-{ACCOUNT}-{REGION}" for name in ("archive", "access-logs"))
FLOWS = f"{ARCHIVE}/AWSLogs/{ACCOUNT}/vpcflowlogs/us-east-1/1.parquet"
ENTRIES = f"{ACCESS}/load-balancer/AWSLogs/{ACCOUNT}/elasticloadbalancing/1.gz"
REQUESTS = f"{ACCESS}/buckets/{ACCOUNT}/1"
ARCHIVED = (FLOWS, f"{ARCHIVE}/AWSLogs/{STRANGE}/1", f"{ARCHIVE}/other/1")
ACCESSES = (ENTRIES, f"{ACCESS}/load-balancer/AWSLogs/{STRANGE}/1", REQUESTS, f"{ACCESS}/other/1")
INSTANCE = arn("ecs", "container-instance/dev/1")
REVISION, TASK = arn("ecs", "service-revision/dev/axon/1"), arn("ecs", "task/dev/1")
INTERFACE, SUBNET, GROUP = (
    arn("ec2", f"{kind}/1") for kind in ("network-interface", "subnet", "security-group")
)
OF_CLUSTER = {"ecs:cluster": [arn("ecs", "cluster/dev")]}
LAYERS = f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/abc"

RESOURCES = (
    None,
    *(POLICIES, f"{POLICIES}/index/one", f"{POLICIES}2", RECORDS, f"{RECORDS}2"),
    *(table("staging-governance-policies"), table("staging-idempotency")),
    *(key(name) for name in ("axon", "orbit", "calls", "grants", "platform", "audit")),
    *(KMS_KEY, arn("kms", "key/1234", region="us-west-2"), arn("kms", "key/1234", account=STRANGE)),
    *(*DEV_SECRETS, secret("staging/axon/heartbeat-key"), secret("staging/grants/public-keys")),
    *(stored(name) for name in (HEARTBEAT, EDGE, PRIVATE, PUBLIC)),
    *(*SERVICE_STREAMS, streams("/myelin/staging/axon")),
    *(
        streams(f"/aws/lambda/dev-{name}")
        for name in ("governance-decide", "governance-admin", "rotation", "rollout")
    ),
    *(*DEV_IMAGES, image("staging/axon"), image("dev/axon2")),
    *(BUCKET, TRAIL, BESIDE_TRAIL, "arn:aws:s3:::another", "arn:aws:s3:::another/audit/1"),
    *(ARCHIVE, *ARCHIVED, ACCESS, *ACCESSES),
    *(INSTANCE, arn("ecs", "container-instance/staging/1")),
    *(LAYERS, "arn:aws:s3:::prod-us-west-2-starport-layer-bucket/abc"),
    *(function("dev-governance-decide"), function("dev-governance-decide:live"), *ALIASES),
    *(RULE, arn(BALANCING, "listener-rule/app/staging-internal/1/2/3")),
    *(*GROUPS, arn(BALANCING, "targetgroup/staging-orbit/1")),
    *(ROLLOUT_FUNCTION, function("staging-rollout")),
    *(AXON_SERVICE, ORBIT_SERVICE, arn("ecs", "service/staging/axon")),
    *(REVISION, TASK, arn("ecs", "service-revision/staging/axon/1"), arn("ecs", "task/staging/1")),
    *(INTERFACE, SUBNET, GROUP, arn("ec2", "vpc/1", account=STRANGE)),
    *(function("dev-governance-admin:live"), function("staging-governance-decide:caller-orbit")),
)

_TASK = arn("ecs", "task/dev/1")
BALANCER_SOURCE = arn("elasticloadbalancing", "loadbalancer/app/dev-internal/1")
VALUES = {
    "kms:ViaService": (
        ABSENT,
        *(via(name) for name in ("secretsmanager", "dynamodb", "lambda", "ecr", "s3")),
        via("secretsmanager", "us-west-2"),
    ),
    "kms:EncryptionContext:SecretARN": (
        ABSENT,
        *(secret(name) for name in (HEARTBEAT, EDGE, PRIVATE, PUBLIC, f"{PUBLIC}-older")),
        *(secret(name) for name in ("dev/orbit/other", "staging/axon/heartbeat-key")),
    ),
    "secretsmanager:VersionStage": (ABSENT, "AWSCURRENT", "AWSPENDING"),
    "aws:ResourceTag/myelin:rotation": (ABSENT, "generated", "manual"),
    "kms:EncryptionContext:SecretVersionId": (ABSENT, "RequestToValidateKeyAccess", "7d6c"),
    "kms:EncryptionContext:aws:dynamodb:tableName": (ABSENT, "dev-idempotency", "dev-governance-policies"),
    "kms:EncryptionContext:aws:logs:arn": (
        ABSENT,
        *(arn("logs", f"log-group:{name}") for name in ("/myelin/dev/axon", "/aws/lambda/dev-rotation")),
        *(arn("logs", f"log-group:{name}") for name in ("/myelin/staging/axon", "/aws/lambda/other")),
        arn("logs", "log-group:/myelin/dev/axon", account=STRANGE),
    ),
    "aws:SourceAccount": (ABSENT, ACCOUNT, STRANGE),
    "aws:SourceArn": (
        *(ABSENT, _TASK, arn("ecs", "task/dev/1", region="us-west-2")),
        *(
            arn("ecs", "task/dev/1", account=STRANGE),
            arn("ec2", "instance/1"),
            secret(HEARTBEAT),
            secret(PRIVATE),
            secret("staging/axon/heartbeat-key"),
        ),
        *(BALANCER_SOURCE, arn("elasticloadbalancing", "loadbalancer/app/staging-internal/1")),
    ),
    "s3:x-amz-acl": (ABSENT, "bucket-owner-full-control", "public-read"),
    "cloudwatch:namespace": (ABSENT, "Myelin", "Myelin2", "AWS/ECS"),
    "ecs:cluster": (ABSENT, arn("ecs", "cluster/dev"), arn("ecs", "cluster/staging")),
    "aws:SecureTransport": (ABSENT, "true", "false"),
    "s3:if-none-match": (ABSENT, "*"),
}
OF_A_TASK = {"aws:SourceAccount": [ACCOUNT], "aws:SourceArn": [_TASK]}

_NOTHING: Mapping[str, Iterable[str]] = MappingProxyType({})


def world(actions: set[str]) -> World:
    """The world, with the actions that any document names."""
    return World(principals=EVERYBODY, resources=RESOURCES, values=VALUES, actions=sorted(actions))


def named(service: str, names: str) -> tuple[str, ...]:
    return tuple(f"{service}:{name}" for name in names.split())


def through(*services: str) -> dict[str, list[str]]:
    return {"kms:ViaService": [via(service) for service in services]}


def encrypting(name: str, *values: str) -> dict[str, list[str]]:
    return {f"kms:EncryptionContext:{name}": list(values)}


def others(*who: str, of: tuple[str, ...] = EVERYBODY) -> tuple[str, ...]:
    return tuple(one for one in of if one not in who)


def denies(by: Iterable[str], actions: Iterable[str], *on: str | None, **when: Iterable[str]) -> Says:
    return Says(by=by, actions=tuple(actions), on=on or (None,), when=when, said=DENY)


def decrypts(
    *roles: str, service: str = "secretsmanager", of: Mapping[str, Iterable[str]] = _NOTHING
) -> Says:
    """Roles decrypt with a key."""
    return Says(by=roles, actions=["kms:Decrypt"], when={**through(service), **of})

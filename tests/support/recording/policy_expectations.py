"""What each policy document that the program makes has to say, in concrete names. IAM-1, KEY-1, GOV-2."""

from __future__ import annotations

from tests.support.recording.archive_expectations import ARCHIVES, OF_OURS, tls_alone
from tests.support.recording.deployment_expectations import CALLS_HOOKS, SHIFTS, TESTS
from tests.support.recording.policy_documents import Says
from tests.support.recording.policy_world import (
    ADMIN,
    ALIASES,
    AXON_EXECUTION,
    AXON_SERVICE,
    AXON_TASK,
    BESIDE_TRAIL,
    BUCKET,
    CLOUDWATCH,
    DECIDE,
    DELIVERY,
    DEPLOYERS,
    DEV_IMAGES,
    DEV_SECRETS,
    ECS,
    EDGE,
    EVERYBODY,
    HEARTBEAT,
    INSTANCE,
    KMS_KEY,
    LAMBDA,
    LAYERS,
    LOGS,
    OF_A_TASK,
    ORBIT_EXECUTION,
    ORBIT_SERVICE,
    ORBIT_TASK,
    OURS,
    POLICIES,
    PRIVATE,
    PUBLIC,
    RECORDS,
    RESOURCES,
    ROTATION,
    RUNTIME,
    SECRETS_MANAGER,
    SERVICE_STREAMS,
    TASK_ROLES,
    TASKS,
    TRAIL,
    arn,
    decrypts,
    denies,
    encrypting,
    function,
    image,
    key,
    named,
    others,
    secret,
    stored,
    streams,
    through,
)
from tests.support.recording.recorder import ACCOUNT
from tests.support.rotation.policy_expectations import (
    ADMINISTER_GRANTS,
    READ,
    USE,
    only_rotation_writes,
    own_secret,
    rotates,
)

TABLES = named("kms", "CreateGrant Decrypt DescribeKey Encrypt GenerateDataKey ReEncryptFrom ReEncryptTo")
ADMINISTRATION = Says(
    by=OURS,
    actions=named(
        "kms",
        "CancelKeyDeletion CreateAlias DeleteAlias DescribeKey DisableKey DisableKeyRotation EnableKey"
        " EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListGrants ListKeyPolicies ListKeyRotations"
        " ListResourceTags PutKeyPolicy RevokeGrant RotateKeyOnDemand ScheduleKeyDeletion TagResource"
        " UntagResource UpdateAlias UpdateKeyDescription",
    ),
)
SECRET_WRITERS = Says(by=DEPLOYERS, actions=USE, when=through("secretsmanager"))
TABLE_MAKERS = Says(by=DEPLOYERS, actions=TABLES, when=through("dynamodb"))


OF_PUBLIC, OF_PRIVATE = encrypting("SecretARN", secret(PUBLIC)), encrypting("SecretARN", secret(PRIVATE))
OF_EDGE = encrypting("SecretARN", secret(EDGE))
OF_RECORDS = encrypting("aws:dynamodb:tableName", "dev-idempotency")
KEYS = {
    "Key axon": (ADMINISTRATION, SECRET_WRITERS, decrypts(AXON_TASK, AXON_EXECUTION), rotates(HEARTBEAT)),
    "Key orbit": (
        ADMINISTRATION,
        SECRET_WRITERS,
        decrypts(ORBIT_TASK, ORBIT_EXECUTION),
        rotates("dev/orbit/other"),
    ),
    "Key calls": (
        ADMINISTRATION,
        SECRET_WRITERS,
        rotates(EDGE),
        decrypts(*TASK_ROLES, of=OF_EDGE),
    ),
    "Key grants": (
        ADMINISTRATION,
        TABLE_MAKERS,
        Says(
            by=DEPLOYERS,
            actions=USE,
            when={
                **through("secretsmanager"),
                **encrypting("SecretVersionId", "RequestToValidateKeyAccess"),
            },
        ),
        decrypts(*DEPLOYERS, of=OF_PUBLIC),
        decrypts(DECIDE, of=OF_PRIVATE),
        rotates(PRIVATE, PUBLIC),
        decrypts(*TASK_ROLES, of=OF_PUBLIC),
        decrypts(*TASK_ROLES, service="dynamodb", of=encrypting("aws:dynamodb:tableName", "dev-idempotency")),
    ),
    "Key platform": (
        ADMINISTRATION,
        TABLE_MAKERS,
        Says(by=DEPLOYERS, actions=named("kms", "CreateGrant DescribeKey RetireGrant"), when=through("ecr")),
        Says(by=DEPLOYERS, actions=named("kms", "CreateGrant Decrypt Encrypt"), when=through("lambda")),
        Says(
            by=[LOGS],
            actions=named("kms", "Decrypt DescribeKey Encrypt GenerateDataKey ReEncryptFrom ReEncryptTo"),
            when=encrypting(
                "aws:logs:arn",
                arn("logs", "log-group:/myelin/dev/axon"),
                arn("logs", "log-group:/aws/lambda/dev-rotation"),
            ),
        ),
        Says(
            by=[DELIVERY],
            actions=named("kms", "Decrypt DescribeKey Encrypt GenerateDataKey ReEncryptFrom ReEncryptTo"),
            when=OF_OURS,
        ),
        Says(by=[CLOUDWATCH], actions=USE, when={"aws:SourceAccount": [ACCOUNT]}),
        Says(by=[DECIDE, ADMIN], actions=["kms:Decrypt"], when=through("dynamodb", "lambda")),
        Says(by=[ROTATION], actions=["kms:Decrypt"], when=through("lambda")),
    ),
    "Key audit": (
        ADMINISTRATION,
        Says(by=[ADMIN], actions=["kms:Sign"]),
        Says(by=OURS, actions=named("kms", "GetPublicKey Verify")),
    ),
}

READ_SECRET = named("secretsmanager", "DescribeSecret GetSecretValue")
PULL = named("ecr", "BatchCheckLayerAvailability BatchGetImage GetDownloadUrlForLayer")
WRITE_LOG = named("logs", "CreateLogStream PutLogEvents")
TRACE = named("xray", "GetSamplingRules GetSamplingTargets PutTelemetryRecords PutTraceSegments")
RECORD = named("dynamodb", "PutItem UpdateItem")
ENDPOINTS = {
    "VpcEndpoint endpoints-s3": (Says(by=EVERYBODY, actions=["s3:GetObject"], on=[LAYERS]),),
    "VpcEndpoint endpoints-dynamodb": (Says(by=OURS, actions=RECORD, on=[RECORDS]),),
    "VpcEndpoint endpoints-ecr-api": (
        Says(by=OURS, actions=["ecr:GetAuthorizationToken"], on=RESOURCES),
        Says(by=OURS, actions=PULL, on=[*DEV_IMAGES, image("dev/axon2")]),
    ),
    "VpcEndpoint endpoints-ecr-dkr": (Says(by=OURS, actions=PULL, on=[*DEV_IMAGES, image("dev/axon2")]),),
    "VpcEndpoint endpoints-logs": (Says(by=OURS, actions=WRITE_LOG, on=SERVICE_STREAMS),),
    "VpcEndpoint endpoints-secretsmanager": (Says(by=OURS, actions=READ_SECRET, on=DEV_SECRETS),),
    "VpcEndpoint endpoints-kms": (Says(by=OURS, actions=["kms:Decrypt"], on=[KMS_KEY]),),
    "VpcEndpoint endpoints-lambda": (Says(by=OURS, actions=["lambda:InvokeFunction"], on=ALIASES),),
    "VpcEndpoint endpoints-ecs-agent": (Says(by=OURS, actions=["ecs:Poll"], on=[INSTANCE]),),
    "VpcEndpoint endpoints-ecs-telemetry": (
        Says(by=OURS, actions=["ecs:StartTelemetrySession"], on=[INSTANCE]),
    ),
    "VpcEndpoint endpoints-sts": (Says(by=OURS, actions=["sts:GetCallerIdentity"]),),
    "VpcEndpoint endpoints-monitoring": (Says(by=OURS, actions=["cloudwatch:PutMetricData"]),),
    "VpcEndpoint endpoints-xray": (Says(by=OURS, actions=TRACE),),
}


def _decrypt(name: str, *services: str) -> Says:
    return Says(actions=["kms:Decrypt"], on=[key(name)], when=through(*services))


def _reads(name: str, under: str) -> tuple[Says, ...]:
    return (Says(actions=READ_SECRET, on=[secret(name)]), _decrypt(under, "secretsmanager"))


def _signs() -> tuple[Says, ...]:
    """Its own calls' keys alone, also of those that are under the same KMS key."""
    decrypt = Says(actions=["kms:Decrypt"], on=[key("calls")], when={**through("secretsmanager"), **OF_EDGE})
    return (Says(actions=READ_SECRET, on=[secret(EDGE)]), decrypt)


TRACES = Says(actions=TRACE, on=RESOURCES)
MEASURES = Says(actions=["cloudwatch:PutMetricData"], on=RESOURCES, when={"cloudwatch:namespace": ["Myelin"]})


def _starts(service: str) -> tuple[Says, ...]:
    return (
        Says(actions=["ecr:GetAuthorizationToken"], on=RESOURCES),
        Says(actions=PULL, on=[image(f"dev/{service}")]),
        Says(actions=WRITE_LOG, on=[streams(f"/myelin/dev/{service}")]),
    )


def _logs(name: str) -> Says:
    return Says(actions=WRITE_LOG, on=[streams(f"/aws/lambda/dev-{name}")])


AXON = (*_reads(HEARTBEAT, "axon"), *_signs(), *_reads(PUBLIC, "grants"), MEASURES, TRACES)
ORBIT = (
    *_signs(),
    MEASURES,
    TRACES,
    Says(actions=["lambda:InvokeFunction"], on=[function("dev-governance-decide:caller-orbit")]),
)
AXON_STARTS, ORBIT_STARTS = (*_starts("axon"), *_reads(HEARTBEAT, "axon")), _starts("orbit")
DECIDES = (
    Says(actions=named("dynamodb", "BatchGetItem GetItem Query"), on=[POLICIES]),
    _logs("governance-decide"),
    Says(actions=["secretsmanager:GetSecretValue"], on=[secret(PRIVATE)]),
    _decrypt("grants", "secretsmanager"),
    _decrypt("platform", "dynamodb", "lambda"),
    TRACES,
)
ADMINISTERS = (
    Says(
        actions=named("dynamodb", "BatchWriteItem ConditionCheckItem DeleteItem GetItem PutItem Query Scan"),
        on=[POLICIES],
    ),
    Says(actions=named("kms", "GetPublicKey Sign"), on=[key("audit")]),
    Says(actions=["s3:ListBucketVersions"], on=[BUCKET]),
    Says(actions=named("s3", "GetObjectRetention GetObjectVersion PutObject"), on=[TRAIL]),
    _logs("governance-admin"),
    _decrypt("platform", "dynamodb", "lambda"),
    TRACES,
)
_ROTATE = named("secretsmanager", "DescribeSecret GetSecretValue PutSecretValue UpdateSecretVersionStage")
_ITS_SECRETS = (HEARTBEAT, EDGE, PRIVATE, PUBLIC, f"{PUBLIC}-older", "dev/orbit/other")
ROTATES = (
    Says(actions=_ROTATE, on=[secret(PRIVATE), secret(PUBLIC)]),
    Says(actions=_ROTATE, on=DEV_SECRETS, when={"aws:ResourceTag/myelin:rotation": ["generated"]}),
    Says(
        actions=USE,
        on=[KMS_KEY],
        when={**through("secretsmanager"), **encrypting("SecretARN", *map(secret, _ITS_SECRETS))},
    ),
    Says(actions=["ecs:UpdateService"], on=[AXON_SERVICE, ORBIT_SERVICE]),
    _logs("rotation"),
    _decrypt("platform", "lambda"),
    TRACES,
)
IDENTITIES = {
    "RolePolicy axon-task": AXON,
    "RolePolicy axon-execution": AXON_STARTS,
    "Policy axon": (*AXON, *AXON_STARTS),
    "RolePolicy orbit-task": ORBIT,
    "RolePolicy orbit-execution": ORBIT_STARTS,
    "Policy orbit": (*ORBIT, *ORBIT_STARTS),
    **{f"{kind} governance": DECIDES for kind in ("RolePolicy", "Policy")},
    **{f"{kind} governance-admin": ADMINISTERS for kind in ("RolePolicy", "Policy")},
    **{f"{kind} rotation": ROTATES for kind in ("RolePolicy", "Policy")},
    **{
        f"{kind} rollout": (*TESTS, _logs("rollout"), _decrypt("platform", "lambda"), TRACES)
        for kind in ("RolePolicy", "Policy")
    },
    **{f"{kind} ecs-load-balancer": SHIFTS for kind in ("RolePolicy", "Policy")},
    **{f"{kind} ecs-hooks": CALLS_HOOKS for kind in ("RolePolicy", "Policy")},
}

STARTED = Says(by=[TASKS], actions=["sts:AssumeRole"], when=OF_A_TASK)
TRUST = {
    **{
        f"Role {service}-{kind}": (STARTED,)
        for service in ("axon", "orbit")
        for kind in ("task", "execution")
    },
    **{
        f"Role {name}": (Says(by=[LAMBDA], actions=["sts:AssumeRole"]),)
        for name in ("governance", "governance-admin", "rotation", "rollout")
    },
    **{
        f"Role {name}": (Says(by=[ECS], actions=["sts:AssumeRole"]),)
        for name in ("ecs-load-balancer", "ecs-hooks")
    },
    "Permission rotation": (
        Says(
            by=[SECRETS_MANAGER],
            actions=["lambda:InvokeFunction"],
            when={"aws:SourceAccount": [ACCOUNT], "aws:SourceArn": [secret(HEARTBEAT), secret(PRIVATE)]},
        ),
    ),
}


def _image(puller: str) -> tuple[Says, ...]:
    push = named("ecr", "BatchDeleteImage CompleteLayerUpload InitiateLayerUpload PutImage UploadLayerPart")
    return (
        Says(by=[puller], actions=PULL),
        denies(others(puller, of=RUNTIME), PULL),
        denies(RUNTIME, push),
    )


OBJECTS = (TRAIL, BESIDE_TRAIL)
RESOURCE_POLICIES = {
    "RepositoryPolicy axon": _image(AXON_EXECUTION),
    "RepositoryPolicy orbit": _image(ORBIT_EXECUTION),
    "SecretPolicy axon.heartbeat-key": own_secret(HEARTBEAT, AXON_TASK, AXON_EXECUTION),
    "SecretPolicy orbit-axon.signing-key": own_secret(EDGE, ORBIT_TASK, AXON_TASK),
    "SecretPolicy grants.signing-key": (
        denies(others(DECIDE, ROTATION), READ, stored(PRIVATE)),
        *only_rotation_writes(PRIVATE),
        denies(RUNTIME, ADMINISTER_GRANTS, stored(PRIVATE)),
    ),
    "SecretPolicy grants.public-keys": (
        *only_rotation_writes(PUBLIC),
        denies(RUNTIME, ADMINISTER_GRANTS, stored(PUBLIC)),
    ),
    "ResourcePolicy policies": (
        denies(
            others(ADMIN),
            named(
                "dynamodb",
                "BatchWriteItem DeleteItem PartiQLDelete PartiQLInsert PartiQLUpdate PutItem UpdateItem",
            ),
            POLICIES,
        ),
        denies(
            RUNTIME,
            named(
                "dynamodb",
                "DeleteResourcePolicy DeleteTable PutResourcePolicy UpdateContinuousBackups UpdateTable"
                " UpdateTimeToLive",
            ),
            POLICIES,
        ),
    ),
    "BucketPolicy audit": (
        tls_alone(BUCKET, *OBJECTS),
        denies(EVERYBODY, ["s3:PutObject"], *OBJECTS, **{"s3:if-none-match": ["(absent)"]}),
        denies(others(ADMIN), ["s3:PutObject"], *OBJECTS),
    ),
}

EXPECTED = {**KEYS, **ENDPOINTS, **IDENTITIES, **TRUST, **RESOURCE_POLICIES, **ARCHIVES}

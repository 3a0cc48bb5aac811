"""What somebody may try in the small account: a call of boto3, what it needs on AWS, and who may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.iam.small_account import (
    ACCOUNT,
    BUCKET,
    KEY_IDS,
    REGION,
    ROLES,
    SECRET_TAGS,
    SECRETS,
    TABLES,
    key_arn,
    role_arn,
    secret_arn,
    table_arn,
)

EVERYBODY = frozenset((*ROLES, "operator"))
NOBODY: frozenset[str] = frozenset()
OPERATOR = frozenset({"operator"})
SERVICES = frozenset({"axon task", "orbit task"})
FUNCTIONS = frozenset({"decide", "admin", "rotation"})


@dataclass(frozen=True, slots=True)
class NeededPermission:
    """One permission that AWS looks for: action, resource, and the condition keys that it fills in."""

    action: str
    resource: str
    keys: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """A call (client, method, arguments), what it needs, and by whom it is allowed."""

    client: str
    method: str
    arguments: Mapping[str, Any]
    needs: tuple[NeededPermission, ...]
    by: frozenset[str]


def _via(service: str, **context: str) -> dict[str, str]:
    named = {f"kms:EncryptionContext:{key.replace('__', ':')}": value for key, value in context.items()}
    return {"kms:ViaService": f"{service}.{REGION}.amazonaws.com", **named}


def _secret(method: str, action: str, name: str, by: frozenset[str], **more: Any) -> Operation:
    arn = secret_arn(name)
    uses = {"GetSecretValue": ("Decrypt",), "PutSecretValue": ("GenerateDataKey", "Decrypt")}
    context = _via("secretsmanager", SecretARN=arn, SecretVersionId="v")
    tags = {f"aws:ResourceTag/{tag}": value for tag, value in SECRET_TAGS.get(name, {}).items()}
    needs = [NeededPermission(f"kms:{use}", key_arn(SECRETS[name]), context) for use in uses.get(action, ())]
    return Operation(
        "secretsmanager",
        method,
        {"SecretId": arn, **more},
        (NeededPermission(f"secretsmanager:{action}", arn, tags), *needs),
        by,
    )


def _item(method: str, action: str, table: str, by: frozenset[str], key: str = "", **more: Any) -> Operation:
    keys = {"dynamodb:LeadingKeys": (key,)} if key else {}
    context = _via("dynamodb", aws__dynamodb__tableName=table, aws__dynamodb__subscriberId=ACCOUNT)
    return Operation(
        "dynamodb",
        method,
        {"TableName": table, **more},
        (
            NeededPermission(f"dynamodb:{action}", table_arn(table), keys),
            NeededPermission("kms:Decrypt", key_arn(TABLES[table]), context),
        ),
        by,
    )


def _object(method: str, action: str, key: str, by: frozenset[str], **more: Any) -> Operation:
    arn = f"arn:aws:s3:::{BUCKET}" + (f"/{key}" if key else "")
    given = {"Bucket": BUCKET, **({"Key": key} if key else {}), **more}
    keys = {"s3:if-none-match": more["IfNoneMatch"]} if "IfNoneMatch" in more else {}
    return Operation("s3", method, given, (NeededPermission(f"s3:{action}", arn, keys),), by)


def _simple(
    client: str, method: str, action: str, resource: str, by: frozenset[str], **arguments: Any
) -> Operation:
    return Operation(client, method, arguments, (NeededPermission(action, resource),), by)


def _invoke(qualifier: str, by: frozenset[str], function: str = "dev-governance-decide") -> Operation:
    return _simple(
        "lambda",
        "invoke",
        "lambda:InvokeFunction",
        f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{function}:{qualifier}",
        by,
        FunctionName=function,
        Qualifier=qualifier,
    )


def _pull(name: str, by: frozenset[str]) -> Operation:
    return _simple(
        "ecr",
        "batch_get_image",
        "ecr:BatchGetImage",
        f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/{name}",
        by,
        repositoryName=name,
        imageIds=[{"imageTag": "v1"}],
    )


def _log(group: str, by: frozenset[str]) -> Operation:
    return _simple(
        "logs",
        "create_log_stream",
        "logs:CreateLogStream",
        f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}:log-stream:one",
        by,
        logGroupName=group,
        logStreamName="one",
    )


def _metric(namespace: str, by: frozenset[str]) -> Operation:
    data = [{"MetricName": "m", "Value": 1.0}]
    need = NeededPermission("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": namespace})
    arguments = {"Namespace": namespace, "MetricData": data}
    return Operation("cloudwatch", "put_metric_data", arguments, (need,), by)


HEARTBEAT, EDGE = "dev/axon/heartbeat-key", "dev/calls/orbit/axon/signing-key"
PRIVATE, PUBLIC = "dev/grants/signing-key", "dev/grants/public-keys"
POLICIES, DEEDS = "dev-governance-policies", "dev-idempotency"
_NO_POLICY = '{"Version": "2012-10-17", "Statement": []}'
_ROW = {"pk": {"S": "a"}, "sk": {"S": "b"}}
_AXON, _ORBIT = frozenset({"axon task", "axon execution"}), frozenset({"orbit task"})
_ADMIN, _ROTATION = frozenset({"admin"}), frozenset({"rotation"})
_STORE = frozenset({"decide", "admin", "operator"})

OPERATIONS: dict[str, Operation] = {
    "read the heartbeat key": _secret(
        "get_secret_value", "GetSecretValue", HEARTBEAT, _AXON | _ROTATION | OPERATOR
    ),
    "read the signing key of an edge": _secret(
        "get_secret_value", "GetSecretValue", EDGE, SERVICES | _ROTATION | OPERATOR
    ),
    "read the private key of grants": _secret(
        "get_secret_value", "GetSecretValue", PRIVATE, frozenset({"decide", "rotation"})
    ),
    "read the public keys of grants": _secret(
        "get_secret_value", "GetSecretValue", PUBLIC, frozenset({"axon task", "rotation", "operator"})
    ),
    "write the heartbeat key": _secret(
        "put_secret_value", "PutSecretValue", HEARTBEAT, _ROTATION | OPERATOR, SecretString="x"
    ),
    "write the private key of grants": _secret(
        "put_secret_value", "PutSecretValue", PRIVATE, _ROTATION, SecretString="x"
    ),
    "write the public keys of grants": _secret(
        "put_secret_value", "PutSecretValue", PUBLIC, _ROTATION, SecretString="x"
    ),
    "delete the private key of grants": _secret("delete_secret", "DeleteSecret", PRIVATE, NOBODY | OPERATOR),
    "describe the heartbeat key": _secret(
        "describe_secret", "DescribeSecret", HEARTBEAT, _AXON | _ROTATION | OPERATOR
    ),
    "open the policy of a secret": _secret(
        "put_resource_policy", "PutResourcePolicy", HEARTBEAT, OPERATOR, ResourcePolicy=_NO_POLICY
    ),
    "stop the rotation of a secret": _secret(
        "cancel_rotate_secret", "CancelRotateSecret", HEARTBEAT, OPERATOR
    ),
    "replace the tasks of axon": _simple(
        *("ecs", "update_service", "ecs:UpdateService"),
        f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/dev/axon",
        _ROTATION | OPERATOR,
        cluster="dev",
        service="axon",
    ),
    "list all secrets": _simple(
        "secretsmanager", "list_secrets", "secretsmanager:ListSecrets", "*", OPERATOR
    ),
    **{
        f"encrypt with the key of {name}": _simple(
            "kms", "encrypt", "kms:Encrypt", key_arn(name), NOBODY, KeyId=KEY_IDS[name], Plaintext=b"x"
        )
        for name in ("axon", "calls", "grants")
    },
    "sign the trail": _simple(
        *("kms", "sign", "kms:Sign", key_arn("audit"), _ADMIN),
        KeyId=KEY_IDS["audit"],
        Message=b"x",
        SigningAlgorithm="ECDSA_SHA_256",
    ),
    "see the public half of the trail's key": _simple(
        *("kms", "get_public_key", "kms:GetPublicKey", key_arn("audit"), _ADMIN | OPERATOR),
        KeyId=KEY_IDS["audit"],
    ),
    "schedule the deletion of a key": _simple(
        *("kms", "schedule_key_deletion", "kms:ScheduleKeyDeletion", key_arn("audit"), OPERATOR),
        KeyId=KEY_IDS["audit"],
    ),
    "read a policy": _item("get_item", "GetItem", POLICIES, _STORE, "a", Key=_ROW),
    "write a policy": _item("put_item", "PutItem", POLICIES, _ADMIN, "a", Item=_ROW),
    "delete a policy": _item("delete_item", "DeleteItem", POLICIES, _ADMIN, "a", Key=_ROW),
    "change a policy": _item("update_item", "UpdateItem", POLICIES, NOBODY, "a", Key=_ROW),
    "open the policy table": _simple(
        *("dynamodb", "put_resource_policy", "dynamodb:PutResourcePolicy", table_arn(POLICIES), OPERATOR),
        ResourceArn=table_arn(POLICIES),
        Policy=_NO_POLICY,
    ),
    "have policies expire": _simple(
        *("dynamodb", "update_time_to_live", "dynamodb:UpdateTimeToLive", table_arn(POLICIES), OPERATOR),
        TableName=POLICIES,
        TimeToLiveSpecification={"Enabled": False, "AttributeName": "pk"},
    ),
    "delete the policy table": _simple(
        *("dynamodb", "delete_table", "dynamodb:DeleteTable", table_arn(POLICIES), OPERATOR),
        TableName=POLICIES,
    ),
    "look through all policies": _item("scan", "Scan", POLICIES, _ADMIN | OPERATOR),
    "record a deed": _item("put_item", "PutItem", DEEDS, OPERATOR, "axon#1", Item={"id": {"S": "axon#1"}}),
    "read a deed": _item("get_item", "GetItem", DEEDS, OPERATOR, "axon#1", Key={"id": {"S": "axon#1"}}),
    "export to the trail": _object("put_object", "PutObject", "audit/1", _ADMIN, Body=b"x", IfNoneMatch="*"),
    "write over the trail": _object("put_object", "PutObject", "audit/1", NOBODY, Body=b"x"),
    "write beside the trail": _object(
        "put_object", "PutObject", "other/1", NOBODY, Body=b"x", IfNoneMatch="*"
    ),
    "delete from the trail": _object("delete_object", "DeleteObject", "audit/1", OPERATOR),
    "list the trail": _object("list_object_versions", "ListBucketVersions", "", _ADMIN | OPERATOR),
    "ask governance as orbit": _invoke("caller-orbit", _ORBIT | OPERATOR),
    "ask governance as axon": _invoke("caller-axon", OPERATOR),
    "ask governance as nobody": _invoke("live", OPERATOR),
    "change policies by invoking": _invoke("live", OPERATOR, "dev-governance-admin"),
    "pull the image of axon": _pull("dev/axon", frozenset({"axon execution", "operator"})),
    "pull the image of orbit": _pull("dev/orbit", frozenset({"orbit execution", "operator"})),
    "log in to the registry": _simple(
        *("ecr", "get_authorization_token", "ecr:GetAuthorizationToken", "*"),
        frozenset({"axon execution", "orbit execution", "operator"}),
    ),
    "write the log of axon": _log("/myelin/dev/axon", frozenset({"axon execution", "operator"})),
    "write the log of a function": _log("/aws/lambda/dev-rotation", _ROTATION | OPERATOR),
    "send metrics": _metric("Myelin", SERVICES | OPERATOR),
    "pretend to be a metric of ECS": _metric("AWS/ECS", OPERATOR),
    "send traces": _simple(
        *("xray", "put_trace_segments", "xray:PutTraceSegments", "*", SERVICES | FUNCTIONS | OPERATOR),
        TraceSegmentDocuments=["{}"],
    ),
    "become axon": _simple(
        *("sts", "assume_role", "sts:AssumeRole", role_arn("axon task"), NOBODY),
        RoleArn=role_arn("axon task"),
        RoleSessionName="someone",
    ),
    "make an administrator": _simple(
        *("iam", "create_user", "iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/x", OPERATOR), UserName="x"
    ),
    "widen its own role": _simple(
        *("iam", "put_role_policy", "iam:PutRolePolicy", role_arn("axon task"), OPERATOR),
        RoleName="dev-axon-task",
        PolicyName="more",
        PolicyDocument="{}",
    ),
}
"""By what it is to a reader. Everybody who is not named is denied."""

CASES = tuple((who, name) for name in OPERATIONS for who in sorted(EVERYBODY))

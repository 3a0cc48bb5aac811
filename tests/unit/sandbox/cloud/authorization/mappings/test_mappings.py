"""What requests need, by service: action, resource and the condition keys that are known."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.cloud.authorization.mappings.catalogue import SERVICES, needs_of
from sandbox.cloud.authorization.mappings.functions import function_arn
from sandbox.cloud.authorization.mappings.keys import key_needs
from sandbox.cloud.authorization.mappings.objects import object_needs
from sandbox.cloud.authorization.mappings.others import TRACING
from sandbox.cloud.authorization.mappings.secrets import secret_needs
from sandbox.cloud.authorization.mappings.services import service_needs
from sandbox.cloud.authorization.mappings.tables import table_needs
from sandbox.cloud.authorization.received_call import read_call
from tests.support.iam.requests import KEY, SECRET, SmallAws, request, told

SECRET_SHORT = SECRET.replace("us-east-1:123456789012:", "")
THROUGH_SECRETS = f"kms:EncryptionContext:SecretARN={SECRET}"
VIA = "kms:ViaService=secretsmanager.us-east-1.amazonaws.com"
TABLE = "arn:aws:dynamodb:table/plain"
OF_TABLE = (
    "kms:Decrypt arn:aws:kms:key/1 kms:EncryptionContext:aws:dynamodb:subscriberId=123456789012"
    " kms:EncryptionContext:aws:dynamodb:tableName=sealed kms:ViaService=dynamodb.us-east-1.amazonaws.com"
)
IN_DEV, IN_DEFAULT = (
    f"ecs:cluster=arn:aws:ecs:us-east-1:123456789012:cluster/{name}" for name in ("dev", "default")
)
ITEM = {"pk": {"S": "orbit#1"}}


def using(operation: str, version: str) -> str:
    return (
        f"kms:{operation} arn:aws:kms:key/1 {THROUGH_SECRETS}"
        f" kms:EncryptionContext:SecretVersionId={version} {VIA}"
    )


JSON: list[tuple[str, str, dict[str, Any], list[str]]] = [
    (
        *("secretsmanager", "GetSecretValue", {"SecretId": "dev/axon/key"}),
        [f"secretsmanager:GetSecretValue {SECRET_SHORT}", using("Decrypt", "v1")],
    ),
    (
        *("secretsmanager", "GetSecretValue", {"SecretId": SECRET, "VersionId": "v0"}),
        [f"secretsmanager:GetSecretValue {SECRET_SHORT}", using("Decrypt", "v0")],
    ),
    (
        *("secretsmanager", "DescribeSecret", {"SecretId": SECRET}),
        [f"secretsmanager:DescribeSecret {SECRET_SHORT}"],
    ),
    (
        *("secretsmanager", "PutSecretValue", {"SecretId": SECRET, "SecretString": "x"}),
        [
            f"secretsmanager:PutSecretValue {SECRET_SHORT}",
            using("GenerateDataKey", ""),
            using("Decrypt", ""),
        ],
    ),
    (
        *("secretsmanager", "UpdateSecret", {"SecretId": SECRET, "KmsKeyId": "1"}),
        [f"secretsmanager:UpdateSecret {SECRET_SHORT}"],
    ),
    ("secretsmanager", "ListSecrets", {}, ["secretsmanager:ListSecrets *"]),
    (
        *("secretsmanager", "GetSecretValue", {"SecretId": "other"}),
        ["secretsmanager:GetSecretValue arn:aws:secretsmanager:secret:other"],
    ),
    (
        *("secretsmanager", "BatchGetSecretValue", {"SecretIdList": ["dev/axon/key", "other"]}),
        [
            "secretsmanager:BatchGetSecretValue *",
            f"secretsmanager:GetSecretValue {SECRET_SHORT}",
            using("Decrypt", "v1"),
            "secretsmanager:GetSecretValue arn:aws:secretsmanager:secret:other",
        ],
    ),
    (
        *("secretsmanager", "BatchGetSecretValue", {"Filters": [{"Key": "name", "Values": ["dev"]}]}),
        ["secretsmanager:BatchGetSecretValue *", "secretsmanager:GetSecretValue ?"],
    ),
    (
        *("secretsmanager", "BatchGetSecretValue", {"SecretIdList": "dev/axon/key"}),
        ["secretsmanager:BatchGetSecretValue *", "secretsmanager:GetSecretValue ?"],
    ),
    (
        *("secretsmanager", "CreateSecret", {"Name": "n"}),
        ["secretsmanager:CreateSecret arn:aws:secretsmanager:secret:n-??????"],
    ),
    ("kms", "ListKeys", {}, ["kms:ListKeys *"]),
    (
        *("kms", "Decrypt", {"CiphertextBlob": "sealed", "EncryptionContext": {"a": "b"}}),
        ["kms:Decrypt arn:aws:kms:key/1 kms:EncryptionContext:a=b"],
    ),
    ("kms", "Decrypt", {"CiphertextBlob": "?"}, ["kms:Decrypt ?"]),
    ("kms", "Decrypt", {"KeyId": "1", "CiphertextBlob": "?"}, ["kms:Decrypt ?"]),
    ("kms", "Decrypt", {"KeyId": "2", "CiphertextBlob": "sealed"}, ["kms:Decrypt arn:aws:kms:key/1"]),
    ("kms", "DescribeKey", {"KeyId": "alias/none"}, ["kms:DescribeKey ? (nothing there)"]),
    ("kms", "Sign", {"KeyId": "alias/one"}, ["kms:Sign arn:aws:kms:key/1"]),
    (
        *("kms", "CreateAlias", {"AliasName": "alias/two", "TargetKeyId": "1"}),
        ["kms:CreateAlias arn:aws:kms:alias/two", "kms:CreateAlias arn:aws:kms:key/1"],
    ),
    (
        *("kms", "ReEncrypt", {"CiphertextBlob": "sealed", "DestinationKeyId": "2"}),
        ["kms:ReEncryptFrom arn:aws:kms:key/1", "kms:ReEncryptTo ?"],
    ),
    ("dynamodb", "ListTables", {}, ["dynamodb:ListTables *"]),
    ("dynamodb", "DescribeTable", {"TableName": "plain"}, [f"dynamodb:DescribeTable {TABLE}"]),
    (
        *("dynamodb", "PutItem", {"TableName": "plain", "Item": ITEM}),
        [f"dynamodb:PutItem {TABLE} dynamodb:LeadingKeys=('orbit#1',)"],
    ),
    (
        *("dynamodb", "GetItem", {"TableName": "sealed", "Key": ITEM}),
        ["dynamodb:GetItem arn:aws:dynamodb:table/sealed dynamodb:LeadingKeys=('orbit#1',)", OF_TABLE],
    ),
    (
        *("dynamodb", "Query", {"TableName": "arn:aws:dynamodb:r:1:table/plain", "IndexName": "i"}),
        [f"dynamodb:Query {TABLE}/index/i"],
    ),
    (
        *("dynamodb", "BatchGetItem", {"RequestItems": {"plain": {"Keys": [ITEM]}}}),
        [f"dynamodb:BatchGetItem {TABLE} dynamodb:LeadingKeys=('orbit#1',)"],
    ),
    (
        *("dynamodb", "BatchWriteItem", {"RequestItems": {"plain": [{"PutRequest": {"Item": ITEM}}]}}),
        [f"dynamodb:BatchWriteItem {TABLE} dynamodb:LeadingKeys=('orbit#1',)"],
    ),
    (
        *("dynamodb", "TransactWriteItems"),
        {
            "TransactItems": [
                {"Put": {"TableName": "plain", "Item": ITEM}},
                {"ConditionCheck": {"TableName": "plain", "Key": {"sk": {"S": "x"}}}},
            ]
        },
        [
            f"dynamodb:PutItem {TABLE} dynamodb:LeadingKeys=('orbit#1',)",
            f"dynamodb:ConditionCheckItem {TABLE}",
        ],
    ),
    (
        *("dynamodb", "TransactWriteItems", {"TransactItems": [{"Swap": {}}]}),
        ["dynamodb:TransactWriteItems ?"],
    ),
    ("dynamodb", "ExecuteStatement", {"Statement": "SELECT"}, ["dynamodb:ExecuteStatement ?"]),
    (
        *("logs", "PutLogEvents", {"logGroupName": "/g", "logStreamName": "s"}),
        ["logs:PutLogEvents arn:aws:logs:log-group:/g:log-stream:s"],
    ),
    ("logs", "DescribeLogGroups", {}, ["logs:DescribeLogGroups ?"]),
    ("ecr", "GetAuthorizationToken", {}, ["ecr:GetAuthorizationToken *"]),
    (
        *("ecr", "BatchGetImage", {"repositoryName": "dev/axon"}),
        ["ecr:BatchGetImage arn:aws:ecr:repository/dev/axon"],
    ),
    (
        *("monitoring", "PutMetricData", {"Namespace": "Myelin"}),
        ["cloudwatch:PutMetricData * cloudwatch:namespace=Myelin"],
    ),
    ("monitoring", "ListMetrics", {}, ["cloudwatch:ListMetrics ?"]),
    ("sqs", "SendMessage", {"QueueUrl": "http://h/1/q"}, ["sqs:SendMessage arn:aws:sqs:q"]),
    ("ecs", "ListClusters", {}, [f"ecs:ListClusters ? {IN_DEFAULT}"]),
    ("ecs", "ListTasks", {"cluster": "dev"}, [f"ecs:ListTasks * {IN_DEV}"]),
    (
        *("ecs", "UpdateService", {"cluster": "arn:aws:ecs:r:1:cluster/dev", "service": "axon"}),
        [f"ecs:UpdateService arn:aws:ecs:service/dev/axon {IN_DEV}"],
    ),
    (
        *("ecs", "CreateService", {"serviceName": "axon"}),
        [f"ecs:CreateService arn:aws:ecs:service/default/axon {IN_DEFAULT}"],
    ),
    (
        *("ecs", "DescribeServices", {"cluster": "dev", "services": ["a", "arn:aws:ecs:r:1:service/dev/b"]}),
        [
            f"ecs:DescribeServices arn:aws:ecs:service/dev/a {IN_DEV}",
            f"ecs:DescribeServices arn:aws:ecs:service/dev/b {IN_DEV}",
        ],
    ),
    (
        *("ecs", "DescribeTasks", {"cluster": "dev", "tasks": ["arn:aws:ecs:r:1:task/dev/t"]}),
        [f"ecs:DescribeTasks arn:aws:ecs:task/dev/t {IN_DEV}"],
    ),
    (
        *(
            "ecs",
            "DescribeServiceRevisions",
            {"serviceRevisionArns": ["arn:aws:ecs:r:1:service-revision/dev/a/1"]},
        ),
        [f"ecs:DescribeServiceRevisions arn:aws:ecs:r:1:service-revision/dev/a/1 {IN_DEFAULT}"],
    ),
    ("ecs", "DescribeServices", {"services": []}, [f"ecs:DescribeServices ? {IN_DEFAULT}"]),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "needs"), JSON)
def test_operations_of_json_protocols(
    service: str, operation: str, parameters: dict[str, Any], needs: list[str]
) -> None:
    """A question mark is a resource that is not known: it is not judged."""
    assert told(needs_of(read_call(request(service, operation, parameters)), SmallAws())) == needs


def test_a_secret_is_made_under_a_key_that_is_tried_first() -> None:
    """AWS asks KMS in the name of whoever makes it."""
    call = read_call(request("secretsmanager", "CreateSecret", {"Name": "n", "KmsKeyId": "1"}))
    needs = tuple(secret_needs(call, SmallAws()))
    assert [need.action for need in needs] == [
        "secretsmanager:CreateSecret",
        "kms:GenerateDataKey",
        "kms:Decrypt",
    ]
    assert needs[1].keys["kms:EncryptionContext:SecretVersionId"] == "RequestToValidateKeyAccess"
    assert needs[1].on_behalf == "secretsmanager"


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "needs"),
    [
        (
            *("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::1:role/r", "RoleSessionName": "s"}),
            ["sts:AssumeRole arn:aws:iam::1:role/r sts:RoleSessionName=s"],
        ),
        ("sns", "Publish", {"TopicArn": "arn:aws:sns:r:1:t"}, ["sns:Publish arn:aws:sns:r:1:t"]),
        ("iam", "CreateRole", {"RoleName": "r"}, ["iam:CreateRole ?"]),
        ("elasticloadbalancing", "DescribeRules", {}, ["elasticloadbalancing:DescribeRules ?"]),
    ],
)
def test_operations_of_query_protocols(
    service: str, operation: str, parameters: dict[str, str], needs: list[str]
) -> None:
    """The form has operation and parameters."""
    call = read_call(request(service, operation, parameters, form=True))
    assert told(needs_of(call, SmallAws())) == needs


REST: list[tuple[str, str, str, dict[str, str], list[str]]] = [
    (
        *("lambda", "POST", "/2015-03-31/functions/f/invocations?Qualifier=live", {}),
        ["lambda:InvokeFunction arn:aws:lambda:function:f:live"],
    ),
    ("lambda", "GET", "/2015-03-31/functions/", {}, ["lambda:ListFunctions *"]),
    ("lambda", "POST", "/2015-03-31/functions", {}, ["lambda:CreateFunction ?"]),
    (
        "lambda",
        "PUT",
        "/2015-03-31/functions/f/code",
        {},
        ["lambda:UpdateFunctionCode arn:aws:lambda:function:f"],
    ),
    ("lambda", "GET", "/2015-03-31/layers", {}, ["lambda:GET /2015-03-31/layers ?"]),
    (
        *("lambda", "POST", "/2015-03-31/functions/f/strange", {}),
        ["lambda:POST /2015-03-31/functions/f/strange ?"],
    ),
    ("xray", "POST", "/TraceSegments", {}, ["xray:PutTraceSegments *"]),
    ("xray", "GET", "/Groups", {}, ["xray:GET /Groups ?"]),
    ("appmesh", "PUT", "/v20190125/meshes", {}, ["appmesh:PUT /v20190125/meshes ?"]),
]


@pytest.mark.parametrize(("service", "method", "path", "headers", "needs"), REST)
def test_rest_protocols(
    service: str, method: str, path: str, headers: dict[str, str], needs: list[str]
) -> None:
    """Method, path, query and headers say what is meant; what may mean something else is not judged."""
    call = read_call(request(service, method=method, path=path, headers=headers))
    assert told(needs_of(call, SmallAws())) == needs


@pytest.mark.parametrize(
    "name", ["f", "123456789012:function:f", "arn:aws:lambda:us-east-1:123456789012:function:f"]
)
def test_a_function_has_several_names(name: str) -> None:
    """All mean the same one; a qualifier may stand in the name."""
    whole = "arn:aws:lambda:us-east-1:123456789012:function:f"
    assert function_arn(name, "", SmallAws()) == whole
    assert function_arn(f"{name}:live", "", SmallAws()) == f"{whole}:live"


def test_the_catalogue_has_each_service_once() -> None:
    """By IAM's prefix, which is not always the name of the signature."""
    assert [SERVICES[name] for name in ("dynamodb", "ecs", "kms", "s3")] == [
        table_needs,
        service_needs,
        key_needs,
        object_needs,
    ]
    assert {"cloudwatch", "xray"} <= SERVICES.keys()
    assert "monitoring" not in SERVICES
    assert set(TRACING.values()) >= {"PutTraceSegments", "GetSamplingRules"}
    assert KEY.endswith("key/1")

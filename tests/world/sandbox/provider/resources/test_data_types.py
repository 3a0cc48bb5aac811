from __future__ import annotations

import json
from typing import Any

import pytest

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                "Action": "secretsmanager:GetSecretValue",
                "Resource": "*",
            }
        ],
    }
)


def _tags(tags: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}


def _secret(world: Any, state: Any) -> Any:
    found = world.aws("secretsmanager").describe_secret(SecretId=state.id)
    return found["Name"] == state.outputs["name"], found["Description"], _tags(found.get("Tags", []))


def _version(world: Any, state: Any) -> Any:
    secret, _, version = state.id.partition("|")
    found = world.aws("secretsmanager").get_secret_value(SecretId=secret, VersionId=version)
    return found["SecretString"], sorted(found["VersionStages"])


def _secret_policy(world: Any, state: Any) -> Any:
    found = world.aws("secretsmanager").get_resource_policy(SecretId=state.id)
    return json.loads(found["ResourcePolicy"])["Statement"][0]["Effect"]


def _table(world: Any, state: Any) -> Any:
    dynamodb = world.aws("dynamodb")
    found = dynamodb.describe_table(TableName=state.id)["Table"]
    backups = dynamodb.describe_continuous_backups(TableName=state.id)["ContinuousBackupsDescription"]
    ttl = dynamodb.describe_time_to_live(TableName=state.id)["TimeToLiveDescription"]
    tags = dynamodb.list_tags_of_resource(ResourceArn=state.outputs["arn"])["Tags"]
    return (
        [(key["AttributeName"], key["KeyType"]) for key in found["KeySchema"]],
        found.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"),
        backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
        ttl["TimeToLiveStatus"],
        found["DeletionProtectionEnabled"],
        _tags(tags),
    )


def _log_group(world: Any, state: Any) -> Any:
    logs = world.aws("logs")
    found = logs.describe_log_groups(logGroupNamePrefix=state.id)["logGroups"][0]
    tags = logs.list_tags_for_resource(resourceArn=state.outputs["arn"])["tags"]
    return found.get("retentionInDays"), bool(found.get("kmsKeyId")), tags


def _topic(world: Any, state: Any) -> Any:
    sns = world.aws("sns")
    found = sns.get_topic_attributes(TopicArn=state.id)["Attributes"]
    tags = sns.list_tags_for_resource(ResourceArn=state.id)["Tags"]
    return found.get("DisplayName"), found.get("KmsMasterKeyId"), _tags(tags)


def _alarm(world: Any, state: Any) -> Any:
    cloudwatch = world.aws("cloudwatch")
    found = cloudwatch.describe_alarms(AlarmNames=[state.id])["MetricAlarms"][0]
    tags = cloudwatch.list_tags_for_resource(ResourceARN=state.outputs["arn"])["Tags"]
    return found["Threshold"], found["Dimensions"], len(found["AlarmActions"]), _tags(tags)


_ATTRIBUTES = [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}]
_KEYS = [("pk", "HASH"), ("sk", "RANGE")]
_TOPIC = "arn:aws:sns:us-east-1:123456789012:alerts"

CASES = {
    "secret": {
        "token": "aws:secretsmanager/secret:Secret",
        "inputs": lambda w: {
            "name": w.unique("env/secret"),
            "description": "d",
            "kmsKeyId": w.key(1).outputs["arn"],
            "recoveryWindowInDays": 0,
            "tags": {"a": "1"},
        },
        "look": _secret,
        "created": (True, "d", {"a": "1"}),
        "outputs": "arn",
        "change": {"description": "e", "tags": {"b": "2"}},
        "updated": (True, "e", {"b": "2"}),
    },
    "secret version": {
        "token": "aws:secretsmanager/secretVersion:SecretVersion",
        "inputs": lambda w: {
            "secretId": w.make("aws:secretsmanager/secret:Secret").id,
            "secretString": "s",
            "versionStages": ["AWSCURRENT", "one"],
        },
        "look": _version,
        "created": ("s", ["AWSCURRENT", "one"]),
        "outputs": "arn secretArn versionId",
        "change": {"versionStages": ["AWSCURRENT", "two"]},
        "updated": ("s", ["AWSCURRENT", "two"]),
        "stays": True,
    },
    "secret policy": {
        "token": "aws:secretsmanager/secretPolicy:SecretPolicy",
        "inputs": lambda w: {"secretArn": w.make("aws:secretsmanager/secret:Secret").id, "policy": POLICY},
        "look": _secret_policy,
        "created": "Allow",
        "change": {"policy": POLICY.replace("Allow", "Deny")},
        "updated": "Deny",
    },
    "table": {
        "token": "aws:dynamodb/table:Table",
        "inputs": lambda w: {
            "name": w.unique("table"),
            "billingMode": "PAY_PER_REQUEST",
            "hashKey": "pk",
            "rangeKey": "sk",
            "attributes": _ATTRIBUTES,
            "pointInTimeRecovery": {"enabled": True},
            "deletionProtectionEnabled": True,
            "ttl": {"attributeName": "until", "enabled": True},
            "serverSideEncryption": {"enabled": True, "kmsKeyArn": w.key(1).outputs["arn"]},
            "tags": {"a": "1"},
        },
        "look": _table,
        "created": (_KEYS, "PAY_PER_REQUEST", "ENABLED", "ENABLED", True, {"a": "1"}),
        "outputs": "arn",
        "change": {
            "pointInTimeRecovery": None,
            "deletionProtectionEnabled": False,
            "ttl": None,
            "tags": {"b": "2"},
        },
        "updated": (_KEYS, "PAY_PER_REQUEST", "DISABLED", "DISABLED", False, {"b": "2"}),
    },
    "log group": {
        "token": "aws:cloudwatch/logGroup:LogGroup",
        "inputs": lambda w: {
            "name": f"/myelin/{w.unique()}",
            "retentionInDays": 30,
            "kmsKeyId": w.key(1).outputs["arn"],
            "tags": {"a": "1"},
        },
        "look": _log_group,
        "created": (30, True, {"a": "1"}),
        "outputs": "arn",
        "change": {"retentionInDays": None, "tags": {"b": "2"}},
        "updated": (None, True, {"b": "2"}),
    },
    "topic": {
        "token": "aws:sns/topic:Topic",
        "inputs": lambda w: {
            "name": w.unique("topic"),
            "kmsMasterKeyId": "alias/aws/sns",
            "displayName": "d",
            "tags": {"a": "1"},
        },
        "look": _topic,
        "created": ("d", "alias/aws/sns", {"a": "1"}),
        "outputs": "arn owner",
        "change": {"displayName": "e", "tags": {"b": "2"}},
        "updated": ("e", "alias/aws/sns", {"b": "2"}),
    },
    "alarm": {
        "token": "aws:cloudwatch/metricAlarm:MetricAlarm",
        "inputs": lambda w: {
            "name": w.unique("alarm"),
            "alarmDescription": "d",
            "namespace": "AWS/Lambda",
            "metricName": "Errors",
            "statistic": "Sum",
            "dimensions": {"FunctionName": "f"},
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 1,
            "period": 60,
            "evaluationPeriods": 1,
            "treatMissingData": "notBreaching",
            "alarmActions": [_TOPIC],
            "tags": {"a": "1"},
        },
        "look": _alarm,
        "created": (1.0, [{"Name": "FunctionName", "Value": "f"}], 1, {"a": "1"}),
        "outputs": "arn",
        "change": {"threshold": 2.5, "alarmActions": None, "tags": {"a": "1", "b": "2"}},
        "updated": (2.5, [{"Name": "FunctionName", "Value": "f"}], 0, {"a": "1", "b": "2"}),
    },
    "alarm on an expression": {
        "token": "aws:cloudwatch/metricAlarm:MetricAlarm",
        "inputs": lambda w: {
            "name": w.unique("alarm"),
            "comparisonOperator": "GreaterThanThreshold",
            "threshold": 5,
            "evaluationPeriods": 2,
            "metricQueries": [
                {"id": "rate", "expression": "errors / 2", "label": "rate", "returnData": True},
                {
                    "id": "errors",
                    "metric": {
                        "namespace": "n",
                        "metricName": "m",
                        "period": 60,
                        "stat": "Sum",
                        "dimensions": {"a": "b"},
                    },
                },
            ],
        },
        "look": lambda w, s: [
            (each["Id"], each.get("MetricStat", {}).get("Stat"))
            for each in w.aws("cloudwatch").describe_alarms(AlarmNames=[s.id])["MetricAlarms"][0]["Metrics"]
        ],
        "created": [("rate", None), ("errors", "Sum")],
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_data_type_lives_and_dies(case: dict[str, Any], walk: Any) -> None:
    """Secrets, tables, logs, topics and alarms are made, changed and removed (SEC-1, GOV-2, OBS-3)."""
    walk(case)


def test_secret_is_free_for_the_same_name_at_once(world: Any) -> None:
    """Without days of grace a deleted secret's name can be used again immediately."""
    token, inputs = (
        "aws:secretsmanager/secret:Secret",
        {"name": world.unique("env/again"), "recoveryWindowInDays": 0},
    )
    for _ in range(2):
        state = world.make(token, **inputs)
        world.drop(token, state, inputs)


def test_secret_with_days_of_grace_can_be_restored(world: Any) -> None:
    """With days of grace a deleted secret is only marked, and deleting it again is no error."""
    token, inputs = "aws:secretsmanager/secret:Secret", {"recoveryWindowInDays": 7}
    state = world.make(token, **inputs)
    world.drop(token, state, inputs)
    world.drop(token, state, inputs)
    assert world.provider.read(token, state.id, inputs) is None
    assert world.aws("secretsmanager").restore_secret(SecretId=state.id)["ARN"] == state.id


def test_new_version_supersedes_the_old_one(world: Any) -> None:
    """A replaced value is current, and removing the old version leaves the current one alone (SEC-2)."""
    token = "aws:secretsmanager/secretVersion:SecretVersion"
    secret = world.make("aws:secretsmanager/secret:Secret").id
    old = world.make(token, secretId=secret, secretString="old")
    new = world.make(token, secretId=secret, secretString="new")
    world.drop(token, old, {"secretId": secret, "secretString": "old"})
    found = world.aws("secretsmanager").get_secret_value(SecretId=secret)
    assert (found["SecretString"], found["VersionId"]) == ("new", new.outputs["versionId"])
    assert world.provider.resource_type(token).secret_outputs == {"secretString", "secretBinary"}


def test_protected_table_is_not_deleted(world: Any) -> None:
    """Deletion protection holds, and the refusal names the resource."""
    inputs = {
        "hashKey": "pk",
        "attributes": _ATTRIBUTES[:1],
        "billingMode": "PAY_PER_REQUEST",
        "deletionProtectionEnabled": True,
    }
    state = world.make("aws:dynamodb/table:Table", **inputs)
    with pytest.raises(Exception, match="dynamodb:DeleteTable failed for `urn:pulumi:test"):
        world.drop("aws:dynamodb/table:Table", state, inputs)


def test_table_indexes_come_and_go(world: Any) -> None:
    """Secondary indexes are added and removed in place, streams switched on and off."""
    token = "aws:dynamodb/table:Table"
    index = {"name": "by-sk", "hashKey": "sk", "rangeKey": "pk", "projectionType": "ALL"}
    inputs = {
        "name": world.unique("table"),
        "billingMode": "PAY_PER_REQUEST",
        "hashKey": "pk",
        "attributes": _ATTRIBUTES[:1],
    }
    state = world.make(token, **inputs)
    more = {
        **inputs,
        "attributes": _ATTRIBUTES,
        "globalSecondaryIndexes": [index],
        "streamEnabled": True,
        "streamViewType": "KEYS_ONLY",
    }
    state = world.provider.update(world.operation(), token, state.id, more, state, inputs)
    found = world.aws("dynamodb").describe_table(TableName=state.id)["Table"]
    assert [each["IndexName"] for each in found["GlobalSecondaryIndexes"]] == ["by-sk"]
    assert state.outputs["streamArn"] == found["LatestStreamArn"]
    state = world.provider.update(world.operation(), token, state.id, inputs, state, more)
    found = world.aws("dynamodb").describe_table(TableName=state.id)["Table"]
    assert not found.get("GlobalSecondaryIndexes")
    assert not found.get("StreamSpecification", {}).get("StreamEnabled")
    world.drop(token, state, inputs)


def test_provisioned_table_with_local_index(world: Any) -> None:
    """A table without a billing mode is provisioned; its local index shares the hash key."""
    local = [{"name": "local", "rangeKey": "sk", "projectionType": "KEYS_ONLY"}]
    state = world.make(
        "aws:dynamodb/table:Table",
        hashKey="pk",
        rangeKey="rk",
        readCapacity=2,
        writeCapacity=3,
        localSecondaryIndexes=local,
        attributes=[*_ATTRIBUTES, {"name": "rk", "type": "N"}],
    )
    found = world.aws("dynamodb").describe_table(TableName=state.id)["Table"]
    throughput = found["ProvisionedThroughput"]
    assert (throughput["ReadCapacityUnits"], throughput["WriteCapacityUnits"]) == (2, 3)
    assert found["LocalSecondaryIndexes"][0]["KeySchema"][0] == {"AttributeName": "pk", "KeyType": "HASH"}

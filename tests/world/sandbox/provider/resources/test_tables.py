"""Tables."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.engine.provider import ProviderError
from sandbox.provider.resources import tables
from tests.support.provider.scripted import OPERATION, ScriptedProvider, refused
from tests.support.provider.world import Walk, World, tags_of


def _table(world: World, state: Any) -> Any:
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
        tags_of(tags),
    )


def _table_policy(world: World, state: Any) -> Any:
    found = world.aws("dynamodb").get_resource_policy(ResourceArn=state.id)
    return json.loads(found["Policy"])["Statement"][0]["Effect"]


_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "dynamodb:GetItem", "Resource": "*"}],
    }
)
_ATTRIBUTES = [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}]


_KEYS = [("pk", "HASH"), ("sk", "RANGE")]


CASES: dict[str, dict[str, Any]] = {
    "table": {
        "token": tables.TABLE.token,
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
    "table policy": {
        "token": tables.TABLE_POLICY.token,
        "inputs": lambda w: {
            "resourceArn": w.make(
                tables.TABLE.token,
                name=w.unique("table"),
                billingMode="PAY_PER_REQUEST",
                hashKey="pk",
                attributes=_ATTRIBUTES[:1],
            ).outputs["arn"],
            "policy": _POLICY,
        },
        "look": _table_policy,
        "created": "Allow",
        "outputs": "revisionId",
        "change": {"policy": _POLICY.replace("Allow", "Deny")},
        "updated": "Deny",
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_type_lives_and_dies(case: dict[str, Any], walk: Walk) -> None:
    """A table is made, seen, changed in place, and removed twice (GOV-2)."""
    walk(case)


def test_every_type_of_the_module_is_walked_through() -> None:
    """No mapping is without a case."""
    walked = {case["token"] for case in CASES.values()}
    assert {mapping.token for mapping in tables.MAPPINGS} - walked == set()


def test_protected_table_is_not_deleted(world: World) -> None:
    """Deletion protection holds, and the refusal names the resource."""
    inputs = {
        "hashKey": "pk",
        "attributes": _ATTRIBUTES[:1],
        "billingMode": "PAY_PER_REQUEST",
        "deletionProtectionEnabled": True,
    }
    state = world.make(tables.TABLE.token, **inputs)
    with pytest.raises(Exception, match="dynamodb:DeleteTable failed for `urn:pulumi:test"):
        world.drop(tables.TABLE.token, state, inputs)


def test_table_indexes_come_and_go(world: World) -> None:
    """Secondary indexes are added and removed in place, streams switched on and off."""
    token = tables.TABLE.token
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


def test_provisioned_table_with_local_index(world: World) -> None:
    """A table without a billing mode is provisioned; its local index shares the hash key."""
    local = [{"name": "local", "rangeKey": "sk", "projectionType": "KEYS_ONLY"}]
    state = world.make(
        tables.TABLE.token,
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


def _description(status: str) -> dict[str, Any]:
    return {"Table": {"TableStatus": status}, "TableDescription": {"TableStatus": status, "TableArn": "arn"}}


def test_a_table_is_waited_for_before_its_settings() -> None:
    """Recovery can be set only once a table is active, so it is asked for after that."""
    slow = ScriptedProvider(
        create_table=[_description("CREATING")],
        describe_table=[_description("CREATING"), _description("ACTIVE")],
    )
    slow.create(tables.TABLE.token, name="t", hashKey="pk", pointInTimeRecovery={"enabled": True})
    assert slow.clients.asked == [
        "create_table",
        "describe_table",
        "describe_table",
        "update_continuous_backups",
    ]
    assert slow.waited == 1


def test_a_table_that_never_comes_exists_all_the_same() -> None:
    """When time is up the error says so and carries the table."""
    slow = ScriptedProvider(
        create_table=[_description("CREATING")], describe_table=[_description("CREATING")]
    )
    with pytest.raises(ProviderError, match="TimedOut: table `t` is not active after 5 seconds") as caught:
        slow.create(tables.TABLE.token, name="t", hashKey="pk")
    assert caught.value.partial is not None
    assert caught.value.partial.id == "t"


def test_a_table_is_gone_when_it_is_not_found() -> None:
    """Deleting waits until the name is free."""
    slow = ScriptedProvider(
        delete_table=[_description("DELETING")],
        describe_table=[_description("DELETING"), refused("ResourceNotFoundException")],
    )
    slow.provider.delete(OPERATION, tables.TABLE.token, "t", {"name": "t"}, {})
    assert slow.clients.asked == ["delete_table", "describe_table", "describe_table"]

"""Tables (DynamoDB)."""

from __future__ import annotations

from typing import Any

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.errors import ApiError
from sandbox.provider.mapping import Naming, ResourceMapping, Setting, name_set
from sandbox.provider.resource_step import ResourceStep, ignore_codes
from sandbox.provider.tagging import TagForm

_TAGS = TagForm(subject="ResourceArn")
_NOT_FOUND = name_set("ResourceNotFoundException")
_DESCRIBE = "dynamodb:DescribeTable"


def _key_schema(hash_key: Any, range_key: Any) -> list[Properties]:
    keys = [(hash_key, "HASH"), (range_key, "RANGE")]
    return [{"attributeName": name, "keyType": kind} for name, kind in keys if name]


def _throughput(read: Any, write: Any) -> Properties:
    return {"readCapacityUnits": read or 1, "writeCapacityUnits": write or 1}


def _index(index: Properties, *, provisioned: bool, of_table: Any = None) -> Properties:
    """A secondary index for the API; `of_table` is the table's hash key, which local indexes share."""
    wanted: Properties = {
        "indexName": index["name"],
        "keySchema": _key_schema(of_table or index.get("hashKey"), index.get("rangeKey")),
        "projection": {
            "projectionType": index.get("projectionType") or "ALL",
            "nonKeyAttributes": index.get("nonKeyAttributes"),
        },
    }
    if provisioned and of_table is None:
        wanted["provisionedThroughput"] = _throughput(index.get("readCapacity"), index.get("writeCapacity"))
    return wanted


def _stream(step: ResourceStep) -> Properties | None:
    if step.get("streamEnabled") is None:
        return None
    enabled = bool(step.get("streamEnabled"))
    return {"streamEnabled": enabled, "streamViewType": step.get("streamViewType") if enabled else None}


def _encryption(step: ResourceStep) -> Properties | None:
    block = step.get("serverSideEncryption")
    if not block:
        return None
    key = block.get("kmsKeyArn")
    sse_type = "KMS" if block.get("enabled") else None
    return {"enabled": block.get("enabled"), "sseType": sse_type, "kmsMasterKeyId": key}


def _create_table(step: ResourceStep) -> Properties:
    provisioned = step.get("billingMode") == "PROVISIONED"
    local = step.get("localSecondaryIndexes") or ()
    wide = step.get("globalSecondaryIndexes") or ()
    wanted: Properties = {
        "tableName": step.get("name"),
        "billingMode": step.get("billingMode"),
        "keySchema": _key_schema(step.get("hashKey"), step.get("rangeKey")),
        "attributeDefinitions": [
            {"attributeName": each["name"], "attributeType": each["type"]}
            for each in step.get("attributes") or ()
        ],
        "globalSecondaryIndexes": [_index(each, provisioned=provisioned) for each in wide] or None,
        "localSecondaryIndexes": [
            _index(each, provisioned=False, of_table=step.get("hashKey")) for each in local
        ]
        or None,
        "streamSpecification": _stream(step),
        "sseSpecification": _encryption(step),
        "tableClass": step.get("tableClass"),
        "deletionProtectionEnabled": step.get("deletionProtectionEnabled"),
    }
    if provisioned:
        wanted["provisionedThroughput"] = _throughput(step.get("readCapacity"), step.get("writeCapacity"))
    answer = step.call(
        "create_table",
        **step.arguments("create_table", wanted, {}),
        **_TAGS.creation_arguments(step.inputs.get("tags") or {}),
    )
    described: Properties = answer["TableDescription"]
    return described


def _complete(step: ResourceStep) -> None:
    _wait_active(step, step.result or {})


def _wait_active(step: ResourceStep, described: Properties) -> None:
    """Wait until a table is active: until then further changes are refused."""
    state = {"status": described.get("TableStatus")}

    def active() -> bool:
        if state["status"] != "ACTIVE":
            state["status"] = _describe(step)["TableStatus"]
        return state["status"] == "ACTIVE"

    step.wait(active, call=_DESCRIBE, what=f"table `{step.get('name')}` is not active")


def _describe(step: ResourceStep) -> Properties:
    found: Properties = step.call("describe_table", TableName=step.get("name") or step.id)["Table"]
    return found


def _update(step: ResourceStep) -> Properties:
    """Update the table; UpdateTable allows one kind of change a call."""
    changed = step.changed
    kinds: list[Properties] = []
    if changed & {"billingMode", "readCapacity", "writeCapacity"}:
        kinds.append({"billingMode": step.get("billingMode")})
        if step.get("billingMode") == "PROVISIONED":
            capacity = _throughput(step.get("readCapacity"), step.get("writeCapacity"))
            kinds[-1]["provisionedThroughput"] = capacity
    if changed & {"streamEnabled", "streamViewType"}:
        kinds.append({"streamSpecification": _stream(step) or {"streamEnabled": False}})
    if "serverSideEncryption" in changed:
        kinds.append({"sseSpecification": _encryption(step) or {"enabled": False}})
    kinds += [
        {name: step.get(name)} for name in ("tableClass", "deletionProtectionEnabled") if name in changed
    ]
    described: Properties = {}
    for kind in kinds:
        arguments = step.arguments("update_table", kind, {})
        described = step.call("update_table", TableName=step.id, **arguments)["TableDescription"]
        _wait_active(step, described)
    return _stream_outputs(described)


def _stream_outputs(described: Properties) -> Properties:
    found = {"streamArn": described.get("LatestStreamArn"), "streamLabel": described.get("LatestStreamLabel")}
    return {name: value for name, value in found.items() if value}


def _update_indexes(step: ResourceStep) -> None:
    provisioned = step.get("billingMode") == "PROVISIONED"
    old = {each["name"]: each for each in step.before.get("globalSecondaryIndexes") or ()}
    new = {each["name"]: each for each in step.get("globalSecondaryIndexes") or ()}
    attributes = [
        {"AttributeName": each["name"], "AttributeType": each["type"]}
        for each in step.get("attributes") or ()
    ]
    changes = [
        *({"delete": {"indexName": name}} for name in old if new.get(name) != old[name]),
        *(
            {"create": _index(new[name], provisioned=provisioned)}
            for name in new
            if new[name] != old.get(name)
        ),
    ]
    for change in changes:
        wanted = step.arguments("update_table", {"globalSecondaryIndexUpdates": [change]}, {})
        answer = step.call("update_table", TableName=step.id, AttributeDefinitions=attributes, **wanted)
        _wait_active(step, answer["TableDescription"])


def _set_recovery(step: ResourceStep) -> None:
    block = step.get("pointInTimeRecovery") or {}
    days = block.get("recoveryPeriodInDays")
    wanted = {"PointInTimeRecoveryEnabled": bool(block.get("enabled"))}
    step.call(
        "update_continuous_backups",
        TableName=step.id,
        PointInTimeRecoverySpecification={**wanted, **({"RecoveryPeriodInDays": int(days)} if days else {})},
    )


def _set_ttl(step: ResourceStep) -> None:
    block = step.get("ttl") or {}
    name = block.get("attributeName") or (step.before.get("ttl") or {}).get("attributeName")
    enabled = bool(block.get("enabled", bool(block)))
    if name and (enabled or step.before):
        specification = {"Enabled": enabled, "AttributeName": name}
        step.call("update_time_to_live", TableName=step.id, TimeToLiveSpecification=specification)


def _delete_table(step: ResourceStep) -> None:
    """Delete the table and wait until it is gone, because only then is its name free."""
    described = step.call("delete_table", TableName=step.id)["TableDescription"]
    if described.get("TableStatus") == "DELETING":
        step.wait(lambda: _is_gone(step), call=_DESCRIBE, what=f"table `{step.id}` is not gone")


def _is_gone(step: ResourceStep) -> bool:
    try:
        step.call("describe_table", TableName=step.id)
    except ApiError as error:
        ignore_codes(error, _NOT_FOUND)
        return True
    return False


TABLE = ResourceMapping(
    "aws:dynamodb/table:Table",
    service="dynamodb",
    create=_create_table,
    id="{name}",
    outputs={"arn": "TableArn", "streamArn": "LatestStreamArn", "streamLabel": "LatestStreamLabel"},
    complete=_complete,
    volatile_outputs=name_set("streamArn streamLabel"),
    settings=(
        Setting(
            of=name_set(
                "billingMode readCapacity writeCapacity streamEnabled streamViewType serverSideEncryption "
                "tableClass deletionProtectionEnabled"
            ),
            do=_update,
        ),
        Setting(of=name_set("globalSecondaryIndexes attributes"), do=_update_indexes),
        Setting(of=name_set("pointInTimeRecovery"), do=_set_recovery, at_creation=True),
        Setting(of=name_set("ttl"), do=_set_ttl, at_creation=True),
    ),
    defaults={
        "billingMode": "PROVISIONED",
        "pointInTimeRecovery": {"enabled": False},
        "tableClass": "STANDARD",
    },
    delete=_delete_table,
    read=ApiCall("describe_table", given={"TableName": "{id}"}, result="Table"),
    not_found=_NOT_FOUND,
    replace_on=name_set("name hashKey rangeKey localSecondaryIndexes"),
    naming=Naming(prefix=None),
    unique_name=True,
    tags=_TAGS,
)

_PUT_POLICY = ApiCall(
    "put_resource_policy",
    ("confirmRemoveSelfResourceAccess",),
    rename={"resourceArn": "ResourceArn", "policy": "Policy"},
)

TABLE_POLICY = ResourceMapping(
    "aws:dynamodb/resourcePolicy:ResourcePolicy",
    service="dynamodb",
    create=_PUT_POLICY,
    id="{resourceArn}",
    outputs={"revisionId": "RevisionId"},
    settings=(Setting(of=name_set("policy confirmRemoveSelfResourceAccess"), do=_PUT_POLICY),),
    delete=ApiCall("delete_resource_policy", given={"ResourceArn": "{id}"}),
    read=ApiCall("get_resource_policy", given={"ResourceArn": "{id}"}),
    not_found=_NOT_FOUND | name_set("PolicyNotFoundException"),
    replace_on=name_set("resourceArn"),
    volatile_outputs=name_set("revisionId"),
)

MAPPINGS = (TABLE, TABLE_POLICY)

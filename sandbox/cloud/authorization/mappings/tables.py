"""DynamoDB, with what it asks of KMS in the asker's name.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sandbox.cloud.authorization.mappings.keys import through
from sandbox.cloud.authorization.need import Lookup, Need
from sandbox.cloud.authorization.received_call import ReceivedCall
from sandbox.cloud.iam.evaluation import NO_RESOURCE

WITHOUT_TABLE = frozenset(
    {"DescribeLimits", "DescribeEndpoints", "ListTables", "ListBackups", "ListGlobalTables"}
)
LEADING_KEYS = "dynamodb:LeadingKeys"
_ITEM_OPERATIONS = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem"})
_IN_A_TRANSACTION = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
_DATA = _ITEM_OPERATIONS | {"Query", "Scan", "BatchGetItem", "BatchWriteItem", "ConditionCheckItem"}


def table_needs(call: ReceivedCall, lookup: Lookup) -> Iterator[Need]:
    """The tables that are named, each with its key where items are read or written."""
    if call.operation in WITHOUT_TABLE:
        yield Need(action=f"dynamodb:{call.operation}", resource=NO_RESOURCE)
    elif call.operation in {"TransactWriteItems", "TransactGetItems"}:
        for part in _dictionaries(call.parameters.get("TransactItems")):
            for kind, one in part.items():
                operation = _IN_A_TRANSACTION.get(kind)
                if operation is None or not isinstance(one, Mapping):
                    yield Need(action=f"dynamodb:{call.operation}", resource=None)
                else:
                    yield from _need(operation, str(one.get("TableName", "")), (one,), lookup)
    elif call.operation in {"BatchGetItem", "BatchWriteItem"}:
        asked = call.parameters.get("RequestItems")
        for table, parts in (asked if isinstance(asked, Mapping) else {}).items():
            yield from _need(call.operation, table, tuple(_batched(parts)), lookup)
    elif call.text("TableName"):
        parts = (call.parameters,) if call.operation in _ITEM_OPERATIONS else ()
        index = call.text("IndexName")
        yield from _need(call.operation, call.text("TableName"), parts, lookup, index)
    else:
        yield Need(action=f"dynamodb:{call.operation}", resource=call.text("ResourceArn") or None)


def _need(
    operation: str, table: str, parts: tuple[Mapping[str, Any], ...], lookup: Lookup, index: str = ""
) -> Iterator[Need]:
    name = table.rpartition("/")[2]
    arn = f"arn:aws:dynamodb:{lookup.region}:{lookup.account}:table/{name}"
    leading = _leading(parts, lookup.partition_key(name)) if parts else None
    yield Need(
        action=f"dynamodb:{operation}",
        resource=f"{arn}/index/{index}" if index else arn,
        keys={LEADING_KEYS: leading} if leading else {},
        known=frozenset({LEADING_KEYS.lower()}) if leading else frozenset(),
    )
    key = lookup.table_key(name) if operation in _DATA else None
    if key:
        context = {"aws:dynamodb:tableName": name, "aws:dynamodb:subscriberId": lookup.account}
        yield through("dynamodb", "Decrypt", key, lookup, context)


def _leading(parts: Iterable[Mapping[str, Any]], name: str | None) -> tuple[str, ...] | None:
    """The partition keys of items; None if one cannot be read."""
    found: list[str] = []
    for part in parts:
        item = part.get("Key", part.get("Item"))
        value = item.get(name) if isinstance(item, Mapping) else None
        if not isinstance(value, Mapping) or len(value) != 1:
            return None
        found.append(str(*value.values()))
    return tuple(found)


def _batched(parts: Any) -> Iterator[Mapping[str, Any]]:
    """The items of one table in a batch: keys to get, or requests to put and delete."""
    if isinstance(parts, Mapping):
        yield from ({"Key": key} for key in _dictionaries(parts.get("Keys")))
        return
    for part in _dictionaries(parts):
        yield from _dictionaries(list(part.values()))


def _dictionaries(value: Any) -> Iterator[Mapping[str, Any]]:
    for one in value if isinstance(value, list) else ():
        yield one if isinstance(one, Mapping) else {}

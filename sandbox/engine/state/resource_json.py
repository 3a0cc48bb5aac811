"""The JSON of recorded resources (Pulumi's ResourceV3), and of the journal entries that are about them.

Secrets are written as `plaintext`, the form of `pulumi stack export --show-secrets`: a sandbox's secrets
guard nothing, and the files are readable by their owner alone.

Source: pulumi/pulumi, sdk/go/common/apitype (ResourceV3, OperationV2).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.engine.state.entries import (
    JournalEntry,
    OperationBegan,
    OperationEnded,
    PendingDelete,
    PendingOperation,
    ResourceRecorded,
    ResourceRemoved,
)
from sandbox.engine.values.resource import ResourceState
from sandbox.engine.values.wire import decode, encode

Json = dict[str, Any]


def dump_resources(resources: Iterable[ResourceState]) -> list[Json]:
    """Write resources; what is empty is left out."""
    written: list[Json] = encode([_fields(resource) for resource in resources], sealed=True)
    return written


def load_resources(entries: Iterable[Mapping[str, Any]]) -> list[ResourceState]:
    """Read resources; raises ValueError, KeyError, TypeError or AttributeError for what is none."""
    return [_resource(entry) for entry in decode(list(entries))]


def dump_entries(entries: Iterable[JournalEntry]) -> list[Json]:
    """Write journal entries."""
    written: list[Json] = encode([_entry_fields(entry) for entry in entries], sealed=True)
    return written


def load_entries(entries: Iterable[Mapping[str, Any]]) -> list[JournalEntry]:
    """Read journal entries; raises what `load_resources` raises."""
    return [_entry(entry) for entry in decode(list(entries))]


def _fields(resource: ResourceState) -> Json:
    fields: Json = {
        "urn": resource.urn,
        "custom": resource.custom,
        "id": resource.id,
        "type": resource.type,
        "inputs": resource.inputs,
        "outputs": resource.outputs,
        "parent": resource.parent,
        "protect": resource.protect,
        "external": resource.external,
        "dependencies": list(resource.dependencies),
        "propertyDependencies": {name: list(urns) for name, urns in resource.property_dependencies.items()},
        "additionalSecretOutputs": list(resource.additional_secret_outputs),
        "retainOnDelete": resource.retain_on_delete,
        "initErrors": list(resource.init_errors),
        "created": resource.created,
        "modified": resource.modified,
        "sourcePosition": resource.source_position,
    }
    return {name: value for name, value in fields.items() if value or name in ("urn", "custom", "type")}


def _resource(entry: Mapping[str, Any]) -> ResourceState:
    return ResourceState(
        urn=entry["urn"],
        type=entry["type"],
        custom=entry["custom"],
        id=entry.get("id", ""),
        inputs=entry.get("inputs") or {},
        outputs=entry.get("outputs") or {},
        parent=entry.get("parent", ""),
        dependencies=tuple(entry.get("dependencies") or ()),
        property_dependencies={
            name: tuple(urns or ()) for name, urns in (entry.get("propertyDependencies") or {}).items()
        },
        protect=entry.get("protect", False),
        retain_on_delete=entry.get("retainOnDelete", False),
        external=entry.get("external", False),
        additional_secret_outputs=tuple(entry.get("additionalSecretOutputs") or ()),
        init_errors=tuple(entry.get("initErrors") or ()),
        created=entry.get("created", ""),
        modified=entry.get("modified", ""),
        source_position=entry.get("sourcePosition", ""),
    )


def _entry_fields(entry: JournalEntry) -> Json:
    match entry:
        case OperationBegan(operation=operation):
            return {
                "entry": "operation_began",
                "id": operation.operation_id,
                "kind": operation.kind,
                "resource": _fields(operation.resource),
            }
        case OperationEnded(operation_id=operation_id):
            return {"entry": "operation_ended", "id": operation_id}
        case ResourceRecorded(resource=resource, formerly=formerly):
            return {"entry": "recorded", "resource": _fields(resource), "formerly": formerly}
        case PendingDelete(resource=resource):
            return {"entry": "pending_delete", "resource": _fields(resource)}
        case ResourceRemoved(urn=urn, id=identity):
            return {"entry": "removed", "urn": urn, "id": identity}


def _entry(fields: Mapping[str, Any]) -> JournalEntry:
    match fields["entry"]:
        case "operation_began":
            resource = _resource(fields["resource"])
            return OperationBegan(
                operation=PendingOperation(operation_id=fields["id"], kind=fields["kind"], resource=resource)
            )
        case "operation_ended":
            return OperationEnded(operation_id=fields["id"])
        case "recorded":
            return ResourceRecorded(resource=_resource(fields["resource"]), formerly=fields["formerly"])
        case "pending_delete":
            return PendingDelete(resource=_resource(fields["resource"]))
        case "removed":
            return ResourceRemoved(urn=fields["urn"], id=fields["id"])
        case other:
            raise ValueError(f"unknown entry `{other}`")

"""State in Pulumi's own checkpoint form (a version 3 deployment): `pulumi stack import` could read it.

Source: pulumi/pulumi, sdk/go/common/apitype (UntypedDeployment, DeploymentV3, ResourceV3, OperationV2).
Secrets are written as `plaintext`, the form of `pulumi stack export --show-secrets`: a sandbox's secrets
guard nothing, and the file is readable by its owner alone.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from sandbox.engine import wire
from sandbox.engine.resource import Resource
from sandbox.engine.state import Pending, StackState
from sandbox.engine.wire import Value

VERSION = 3
PROVIDER_TYPE = "pulumi:providers:aws"
Json = dict[str, Any]


def dump(state: StackState, *, time: str) -> Json:
    """Write a state as a checkpoint; `time` is the moment of writing in RFC 3339.

    The engine has one provider and keeps no record of it; Pulumi wants each resource to name one, so the default
    provider is written in, and left out again by `load`.
    """
    provider = _default_provider(state)
    reference = f"{provider['urn']}::{provider['id']}" if provider else ""
    return {
        "version": VERSION,
        "deployment": {
            "manifest": {"time": time, "magic": "", "version": "v3.272.0"},
            "metadata": {},
            "resources": [
                *([provider] if provider else []),
                *(_provided(dump_resource(resource), reference) for resource in state.ordered()),
                *(
                    _provided({**dump_resource(resource), "delete": True}, reference)
                    for resource in state.condemned
                ),
            ],
            "pending_operations": [
                {"resource": dump_resource(item.resource), "type": item.kind, "id": item.operation_id}
                for item in state.pending.values()
            ],
        },
    }


def load(document: Mapping[str, Any]) -> StackState:
    """Read a checkpoint; raises ValueError or KeyError for anything that is not one."""
    if document.get("version") != VERSION:
        raise ValueError(f"expected version {VERSION}, found {document.get('version')!r}")
    deployment = document["deployment"]
    state = StackState()
    for entry in deployment.get("resources") or []:
        if entry["type"] == PROVIDER_TYPE:
            continue
        resource = load_resource(entry)
        if entry.get("delete"):
            state.condemned.append(resource)
        else:
            state.resources[resource.urn] = resource
    for entry in deployment.get("pending_operations") or []:
        pending = Pending(
            operation_id=entry["id"], kind=entry["type"], resource=load_resource(entry["resource"])
        )
        state.pending[pending.operation_id] = pending
    return state


def _default_provider(state: StackState) -> Json | None:
    used = next((item for item in state.resources.values() if item.type.startswith("aws:")), None)
    if used is None:
        return None
    stack, project = used.urn.removeprefix("urn:pulumi:").split("::")[:2]
    release = version("pulumi-aws")
    urn = f"urn:pulumi:{stack}::{project}::{PROVIDER_TYPE}::default_{release.replace('.', '_')}"
    return {
        "urn": urn,
        "custom": True,
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, urn)),
        "type": PROVIDER_TYPE,
        "inputs": {"version": release},
        "outputs": {"version": release},
    }


def _provided(entry: Json, reference: str) -> Json:
    return {**entry, "provider": reference} if entry["type"].startswith("aws:") else entry


def dump_resource(resource: Resource) -> Json:
    """Write one resource as Pulumi's ResourceV3; what is empty is left out."""
    entry: Json = {
        "urn": resource.urn,
        "custom": resource.custom,
        "id": resource.id,
        "type": resource.type,
        "inputs": _seal(resource.inputs),
        "outputs": _seal(resource.outputs),
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
    return {name: value for name, value in entry.items() if value or name in ("urn", "custom", "type")}


def load_resource(entry: Mapping[str, Any]) -> Resource:
    """Read one ResourceV3."""
    return Resource(
        urn=entry["urn"],
        type=entry["type"],
        custom=entry["custom"],
        id=entry.get("id", ""),
        inputs=_open(entry.get("inputs") or {}),
        outputs=_open(entry.get("outputs") or {}),
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


def _seal(value: Value) -> Value:
    if wire.signature(value) == wire.SECRET:
        return {wire.SIGNATURE: wire.SECRET, "plaintext": json.dumps(_seal(value.get("value")))}
    if isinstance(value, dict):
        return {name: _seal(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_seal(item) for item in value]
    return value


def _open(value: Value) -> Value:
    if wire.signature(value) == wire.SECRET:
        return wire.conceal(_open(json.loads(value["plaintext"])))
    if isinstance(value, dict):
        return {name: _open(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_open(item) for item in value]
    return value

"""State in Pulumi's own checkpoint form (a version 3 deployment): `pulumi stack import` could read it.

Source: pulumi/pulumi, sdk/go/common/apitype (UntypedDeployment, DeploymentV3, ResourceV3, OperationV2), and
pkg/resource/deploy/snapshot.go (Snapshot.VerifyIntegrity) for what has to hold. Secrets are written as
`plaintext`, the form of `pulumi stack export --show-secrets`: a sandbox's secrets guard nothing, and the
file is readable by its owner alone.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from typing import Any

from sandbox.engine.state.stack_state import PendingOperation, StackState
from sandbox.engine.values import wire
from sandbox.engine.values.resource import ResourceState, in_dependency_order
from sandbox.engine.values.urn import make_urn, project_of, stack_of
from sandbox.engine.values.wire import Value

VERSION = 3
PROVIDER = "pulumi:providers:"
Json = dict[str, Any]

version = cache(metadata.version)
"""Of an installed package; looked up in its files once."""


def dump(state: StackState, *, time: str) -> Json:
    """Write a state as a checkpoint; `time` is the moment of writing in RFC 3339.

    The engine has one provider and keeps no record of it; Pulumi wants each resource to name one, so the
    default providers are written in, and left out again by `load`. Pulumi also wants everything that a
    resource refers to to come before it: a reference to what is gone, as a run cut off may leave it, is
    left out.
    """
    live, pending_deletes = state.ordered(), in_dependency_order(state.pending_deletes)
    pending = [item.resource for item in state.pending_operations.values()]
    providers = _default_providers([*live, *pending_deletes, *pending])
    references = {token: f"{entry['urn']}::{entry['id']}" for token, entry in providers.items()}
    entries = [
        *(dump_resource(resource) for resource in live),
        *({**dump_resource(resource), "delete": True} for resource in pending_deletes),
    ]
    release = f"v{version('pulumi')}"
    return {
        "version": VERSION,
        "deployment": {
            "manifest": {
                "time": time,
                "magic": hashlib.sha256(release.encode()).hexdigest(),
                "version": release,
            },
            "metadata": {},
            "resources": [
                *providers.values(),
                *(_provided(entry, references) for entry in _without_dangling(entries)),
            ],
            "pending_operations": [
                {
                    "resource": _provided(dump_resource(item.resource), references),
                    "type": item.kind,
                    "id": item.operation_id,
                }
                for item in state.pending_operations.values()
            ],
        },
    }


def load(document: Mapping[str, Any]) -> StackState:
    """Read a checkpoint.

    Raises ValueError, KeyError, TypeError or AttributeError for anything that is not one.
    """
    if document.get("version") != VERSION:
        raise ValueError(f"expected version {VERSION}, found {document.get('version')!r}")
    deployment = document["deployment"]
    state = StackState()
    for entry in deployment.get("resources") or []:
        if entry["type"].startswith(PROVIDER):
            continue
        resource = load_resource(entry)
        if entry.get("delete"):
            state.pending_deletes.append(resource)
        else:
            state.resources[resource.urn] = resource
    for entry in deployment.get("pending_operations") or []:
        pending = PendingOperation(
            operation_id=entry["id"], kind=entry["type"], resource=load_resource(entry["resource"])
        )
        state.pending_operations[pending.operation_id] = pending
    return state


def _without_dangling(entries: Iterable[Json]) -> Iterable[Json]:
    seen: set[str] = set()
    for entry in entries:
        kept = dict(entry)
        if entry.get("parent") not in seen:
            kept.pop("parent", None)
        if "dependencies" in entry:
            kept["dependencies"] = [urn for urn in entry["dependencies"] if urn in seen]
        if "propertyDependencies" in entry:
            kept["propertyDependencies"] = {
                name: [urn for urn in urns if urn in seen]
                for name, urns in entry["propertyDependencies"].items()
            }
        seen.add(entry["urn"])
        yield kept


def _default_providers(resources: Iterable[ResourceState]) -> dict[str, Json]:
    """Make the entries of the default providers in use, by package."""
    used = {_package(item.type): item.urn for item in resources if item.custom}
    return {package: _default_provider(package, urn) for package, urn in sorted(used.items())}


def _package(token: str) -> str:
    return token.split(":", 1)[0]


def _default_provider(package: str, used_by: str) -> Json:
    release = version("pulumi-aws") if package == "aws" else ""
    name = f"default_{release.replace('.', '_')}" if release else "default"
    token = PROVIDER + package
    urn = make_urn(stack=stack_of(used_by), project=project_of(used_by), parent="", token=token, name=name)
    properties = {"inputs": {"version": release}, "outputs": {"version": release}} if release else {}
    identity = str(uuid.uuid5(uuid.NAMESPACE_URL, urn))
    return {"urn": urn, "custom": True, "id": identity, "type": token, **properties}


def _provided(entry: Json, references: Mapping[str, str]) -> Json:
    return {**entry, "provider": references[_package(entry["type"])]} if entry["custom"] else entry


def dump_resource(resource: ResourceState) -> Json:
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


def load_resource(entry: Mapping[str, Any]) -> ResourceState:
    """Read one ResourceV3."""
    return ResourceState(
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
        return {wire.SIGNATURE: wire.SECRET, "value": _open(json.loads(value["plaintext"]))}
    if isinstance(value, dict):
        return {name: _open(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_open(item) for item in value]
    return value

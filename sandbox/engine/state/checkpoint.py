"""State in Pulumi's own checkpoint form (a version 3 deployment): `pulumi stack import` could read it.

Source: pulumi/pulumi, sdk/go/common/apitype (UntypedDeployment, DeploymentV3), and
pkg/resource/deploy/snapshot.go (Snapshot.VerifyIntegrity) for what has to hold.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from typing import Any

from sandbox.engine.errors import InvariantError
from sandbox.engine.state.entries import PendingOperation
from sandbox.engine.state.resource_json import Json, dump_resources, load_resources
from sandbox.engine.state.stack_state import INVARIANTS, StackState
from sandbox.engine.values.resource import ResourceState, in_dependency_order
from sandbox.engine.values.urn import make_urn, project_of, stack_of

VERSION = 3
PROVIDER = "pulumi:providers:"
SECRETS_PROVIDER = "b64"
"""Pulumi's provider of secrets that needs no key: the secrets of a checkpoint are plain here."""

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
    operations = state.pending_operations.values()
    pending = [item.resource for item in operations]
    providers = _default_providers([*live, *pending_deletes, *pending])
    references = {token: f"{entry['urn']}::{entry['id']}" for token, entry in providers.items()}
    entries = [
        *dump_resources(live),
        *({**entry, "delete": True} for entry in dump_resources(pending_deletes)),
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
            "secrets_providers": {"type": SECRETS_PROVIDER},
            "metadata": {},
            "resources": [
                *providers.values(),
                *(_provided(entry, references) for entry in _without_dangling(entries)),
            ],
            "pending_operations": [
                {
                    "resource": _provided(entry, references),
                    "type": operation.kind,
                    "id": operation.operation_id,
                }
                for operation, entry in zip(operations, dump_resources(pending), strict=True)
            ],
        },
    }


def load(document: Mapping[str, Any]) -> StackState:
    """Read a checkpoint.

    Raises InvariantError for one that breaks a rule of every state, and ValueError, KeyError, TypeError or
    AttributeError for anything that is no checkpoint.
    """
    if document.get("version") != VERSION:
        raise ValueError(f"expected version {VERSION}, found {document.get('version')!r}")
    deployment = document["deployment"]
    entries = [item for item in deployment.get("resources") or [] if not item["type"].startswith(PROVIDER)]
    operations = deployment.get("pending_operations") or []
    state = StackState()
    for entry, resource in zip(entries, load_resources(entries), strict=True):
        if entry.get("delete"):
            state.pending_deletes.append(resource)
        elif resource.urn in state.resources:
            raise InvariantError(1, INVARIANTS[1], resource.urn)
        else:
            state.resources[resource.urn] = resource
    pending = load_resources(item["resource"] for item in operations)
    for entry, resource in zip(operations, pending, strict=True):
        operation = PendingOperation(operation_id=entry["id"], kind=entry["type"], resource=resource)
        state.pending_operations[operation.operation_id] = operation
    state.verify(at_rest=True)
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

"""All resource types and provider functions that the sandbox knows, by Pulumi token."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sandbox.provider import lookups
from sandbox.provider.lookups import Lookup
from sandbox.provider.mapping import ResourceMapping
from sandbox.provider.resources import (
    alerts,
    balancers,
    bucket_settings,
    buckets,
    composite_alarms,
    containers,
    dashboards,
    discovery,
    ecs_services,
    endpoints,
    flow_logs,
    functions,
    identity,
    keys,
    listeners,
    logs,
    network,
    network_acls,
    registries,
    routes,
    scaling,
    secrets,
    security_groups,
    tables,
)

_AREAS = (
    network,
    network_acls,
    routes,
    endpoints,
    security_groups,
    keys,
    identity,
    logs,
    alerts,
    composite_alarms,
    dashboards,
    secrets,
    tables,
    buckets,
    bucket_settings,
    flow_logs,
    registries,
    discovery,
    containers,
    ecs_services,
    balancers,
    listeners,
    functions,
    scaling,
)


def _collect() -> dict[str, ResourceMapping]:
    found: dict[str, ResourceMapping] = {}
    for area in _AREAS:
        for mapping in area.MAPPINGS:
            if mapping.token in found:
                raise ValueError(f"{mapping.token} is mapped twice")
            found[mapping.token] = mapping
    return found


MAPPINGS: Mapping[str, ResourceMapping] = MappingProxyType(_collect())
LOOKUPS: Mapping[str, Lookup] = MappingProxyType(lookups.LOOKUPS)

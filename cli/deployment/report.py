"""Writes what a deployment did and how an environment stands, as lines and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cli.deployment.status import Standing
from cli.terminal.plan_view import plan_document, resource_counts
from cli.terminal.progress import counted

if TYPE_CHECKING:
    from cli.deployment.pipeline import Deployed


def deployed_document(deployed: Deployed, standing: Standing) -> dict[str, Any]:
    """Write a deployment as a JSON value."""
    return {
        "environment": deployed.environment,
        "changed": deployed.changed,
        "seconds": round(deployed.seconds, 3),
        "other_seconds": round(rest_seconds(deployed), 3),
        "layers": [
            {**plan_document(layer.plan), "seconds": round(layer.seconds, 3)} for layer in deployed.layers
        ],
        "policy": {"version": standing.policy_version, "changed": deployed.policies_changed},
        "standing": standing_document(standing),
    }


def deployed_lines(deployed: Deployed, standing: Standing) -> Iterator[str]:
    """Write a deployment's summary as lines."""
    if not deployed.changed:
        yield f"no changes: {deployed.environment} is as declared ({deployed.seconds:.1f} s)"
        yield ""
        yield from standing_lines(standing)
        return
    yield f"{deployed.environment} is deployed ({deployed.seconds:.1f} s)"
    for layer in deployed.layers:
        done = counted(resource_counts(layer.plan), done=True)
        yield f"  {layer.name:<11} {done} ({layer.seconds:.1f} s)"
    yield f"  {'the rest':<11} starting, planning, publishing policies ({rest_seconds(deployed):.1f} s)"
    yield ""
    yield from standing_lines(standing)


def rest_seconds(deployed: Deployed) -> float:
    """The seconds of a deployment that no layer had: starting the sandbox, planning, waiting for a yes,
    publishing policies.
    """
    return max(0.0, deployed.seconds - sum(layer.seconds for layer in deployed.layers))


def standing_lines(standing: Standing) -> Iterator[str]:
    """Write how an environment stands as lines."""
    total = sum(standing.resources.values())
    layers = ", ".join(f"{name} {count}" for name, count in standing.resources.items())
    yield f"layers    {total} resources: {layers}"
    for service in standing.services:
        state = f"{service.healthy}/{service.desired} healthy"
        trouble = (
            "" if service.rollout == "COMPLETED" else f", {service.rollout.lower()} {service.reason}".rstrip()
        )
        running = f"{service.running} running{trouble}"
        yield f"service   {service.name}: {state}, {running} ({service.task_definition})"
    for function in standing.functions:
        if function.replaced_packages:
            replaced = ", ".join(function.replaced_packages)
            yield f"function  {function.name}: {replaced} as built for this machine, the rest as on AWS"
    yield f"address   {standing.address or 'none'}"
    yield f"policies  version {standing.policy_version[:12] or 'none'}"
    yield f"emulator  {standing.endpoint}"


def standing_document(standing: Standing) -> dict[str, Any]:
    """Write how an environment stands as a JSON value."""
    return {
        "environment": standing.environment,
        "healthy": standing.healthy,
        "layers": standing.resources,
        "services": [
            {
                "name": service.name,
                "desired": service.desired,
                "running": service.running,
                "healthy": service.healthy,
                "rollout": service.rollout,
                "reason": service.reason,
                "task_definition": service.task_definition,
            }
            for service in standing.services
        ],
        "functions": [
            {"name": function.name, "replaced_packages": list(function.replaced_packages)}
            for function in standing.functions
        ],
        "address": standing.address,
        "endpoint": standing.endpoint,
        "policy_version": standing.policy_version,
        "policy_published_at": standing.policy_published_at,
        "started_at": standing.started_at,
    }

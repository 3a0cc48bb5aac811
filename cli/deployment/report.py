"""Writes what a deployment did, and how the environment is after it, as lines and as a JSON value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cli.deployment.pipeline import Deployed
from cli.deployment.status import EnvironmentStatus
from cli.deployment.status_report import status_document, status_lines
from cli.terminal.plan_view import plan_document, resource_counts
from cli.terminal.progress import format_counts


def deployed_document(deployed: Deployed, status: EnvironmentStatus) -> dict[str, Any]:
    """Write a deployment as a JSON value."""
    return {
        "environment": deployed.environment,
        "changed": deployed.changed,
        "seconds": round(deployed.seconds, 3),
        "other_seconds": round(rest_seconds(deployed), 3),
        "layers": [
            {**plan_document(layer.plan), "seconds": round(layer.seconds, 3)} for layer in deployed.layers
        ],
        "policy": {"version": status.policy_version, "changed": deployed.policies_changed},
        "standing": status_document(status),
    }


def deployed_lines(deployed: Deployed, status: EnvironmentStatus) -> Iterator[str]:
    """Write a deployment's summary as lines."""
    if not deployed.changed:
        yield f"no changes: {deployed.environment} is as declared ({deployed.seconds:.1f} s)"
        yield ""
        yield from status_lines(status)
        return
    yield f"{deployed.environment} is deployed ({deployed.seconds:.1f} s)"
    for layer in deployed.layers:
        done = format_counts(resource_counts(layer.plan), done=True)
        yield f"  {layer.layer:<11} {done} ({layer.seconds:.1f} s)"
    yield f"  {'the rest':<11} starting, planning, publishing policies ({rest_seconds(deployed):.1f} s)"
    yield ""
    yield from status_lines(status)


def rest_seconds(deployed: Deployed) -> float:
    """The seconds of a deployment that no layer had: starting the sandbox, planning, waiting for a yes,
    publishing policies.
    """
    return max(0.0, deployed.seconds - sum(layer.seconds for layer in deployed.layers))

"""How an environment may be."""

from __future__ import annotations

from cli.deployment.status import EnvironmentStatus
from cli.worlds.world import RunningFunction


def status_of(environment: str) -> EnvironmentStatus:
    """An environment with a function of which packages were replaced, and no service."""
    return EnvironmentStatus(
        environment=environment,
        resources={"foundation": 1},
        services=(),
        functions=(RunningFunction(name="f", replaced_packages=("native", "other")),),
        address="http://127.0.0.1:1",
        endpoint="http://127.0.0.1:2",
        policy_version="a" * 64,
        policy_published_at="",
        forbid_seconds=65,
        started_at="",
    )

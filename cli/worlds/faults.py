"""Faults of a sandbox in the words of the command: `orbit`, `governance`, `dynamodb`, `secrets`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cli.errors import UsageError
from cli.worlds.world import RunningFault
from stacks.outputs import RecordedPlatform, RecordedWorkloads

GOVERNANCE = "governance"
SHARED: Mapping[str, str] = {"dynamodb": "dynamodb", "secrets": "secretsmanager"}
"""Targets that all environments of a sandbox have in common, and what the sandbox calls them."""


def targets(platform: RecordedPlatform, workloads: RecordedWorkloads) -> dict[str, str]:
    """What the sandbox calls each target of an environment."""
    cluster = platform.cluster_name
    return {
        **{name: f"service:{cluster}/{name}" for name in workloads.services},
        GOVERNANCE: f"function:{platform.governance_function_name}",
        **SHARED,
    }


def find_target(target: str, platform: RecordedPlatform, workloads: RecordedWorkloads) -> str:
    """What the sandbox calls a target. Raises UsageError, which lists those that there are."""
    known = targets(platform, workloads)
    if target not in known:
        raise UsageError(f"`{target}` is nothing that can fail", hint=f"choose one of {', '.join(known)}")
    return known[target]


def read_faults(
    faults: Iterable[Mapping[str, Any]], platform: RecordedPlatform, workloads: RecordedWorkloads
) -> tuple[RunningFault, ...]:
    """The faults that strike an environment, of the status document."""
    names = {found: name for name, found in targets(platform, workloads).items()}
    return tuple(
        RunningFault(
            target=names[fault["target"]],
            trouble=trouble(fault),
            seconds_left=fault["seconds_left"],
            met=fault["met"],
        )
        for fault in faults
        if fault["target"] in names
    )


def trouble(fault: Mapping[str, Any]) -> str:
    """What is wrong, in words."""
    parts = [f"{fault['latency']:g} s slower"] if fault.get("latency") else []
    parts += [f"{fault[kind]:.0%} {words}" for kind, words in _SHARES.items() if fault.get(kind)]
    return ", ".join([*parts, "down"] if fault.get("down") else parts)


_SHARES = {"errors": "fail", "throttle": "throttled"}

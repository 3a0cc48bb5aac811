"""Reads the status document of a sandbox's process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cli.worlds.faults import read_faults
from cli.worlds.world import (
    MISSING,
    EnforcedPermissions,
    KeptTelemetry,
    Running,
    RunningFunction,
    RunningService,
)
from stacks.outputs import RecordedPlatform, RecordedWorkloads


def read_running(
    status: Mapping[str, Any], platform: RecordedPlatform, workloads: RecordedWorkloads
) -> Running:
    """The running parts of one environment, of a document that `sandbox.cloud.host.status` gave."""
    return Running(
        services=_services(status, platform.cluster_name, workloads),
        functions=_functions(status, platform.governance_function_name),
        address=_address(status, platform.load_balancer_dns_name),
        started_at=str(status["started_at"]),
        faults=read_faults(status.get("faults", ()), platform, workloads),
        telemetry=tuple(
            KeptTelemetry(kind=kind, held=kept["held"], bound=kept["bound"], dropped=kept["dropped"])
            for kind, kept in status.get("telemetry", {}).items()
        ),
        time_scale=float(status["time_scale"]),
        permissions=read_permissions(status.get("authorization")),
    )


def read_permissions(told: Mapping[str, Any] | None) -> EnforcedPermissions | None:
    """What a sandbox allowed and denied; None if it does not say."""
    if told is None:
        return None
    return EnforcedPermissions(
        allowed=told["allowed"],
        denied=told["denied"],
        denials=tuple(told["denials"]),
        used={asker: tuple(found) for asker, found in told["used"].items()},
    )


def unrecorded_services(status: Mapping[str, Any], recorded: frozenset[str]) -> tuple[str, ...]:
    """The services of a document, as `cluster/name`, that want tasks and are none of those recorded."""
    wanted = (item for item in status["services"] if item["desired"])
    named = {f"{str(item['cluster']).rsplit('/', 1)[-1]}/{item['name']}" for item in wanted}
    return tuple(sorted(named - recorded))


def _services(
    status: Mapping[str, Any], cluster: str, workloads: RecordedWorkloads
) -> tuple[RunningService, ...]:
    found = tuple(
        RunningService(
            name=item["name"],
            desired=item["desired"],
            running=item["running"],
            healthy=item["healthy"],
            rollout=item["rollout"],
            reason=item.get("reason") or "",
            task_definition=str(item["task_definition"]).rsplit("/", 1)[-1],
            rolled_back=bool(item.get("rolled_back")),
        )
        for item in status["services"]
        # one whose first deployment is under way is no output yet; one that was removed wants no tasks, and
        # is there until its last has drained
        if str(item["cluster"]).rsplit("/", 1)[-1] == cluster
        and (item["name"] in workloads.services or item["desired"])
    )
    absent = set(workloads.services) - {service.name for service in found}
    return tuple(sorted((*found, *map(_missing, absent)), key=lambda service: service.name))


def _missing(name: str) -> RunningService:
    return RunningService(
        name=name,
        desired=0,
        running=0,
        healthy=0,
        rollout=MISSING,
        reason="deployed, and gone from ECS; `myelin up` makes it anew",
        task_definition="none",
    )


def _functions(status: Mapping[str, Any], name: str) -> tuple[RunningFunction, ...]:
    return tuple(
        RunningFunction(name=item["name"], replaced_packages=tuple(item["replaced_packages"]))
        for item in status["functions"]
        if item["name"] == name
    )


def _address(status: Mapping[str, Any], dns_name: str) -> str:
    for balancer in status["load_balancers"]:
        if balancer["dns_name"] == dns_name and balancer["listeners"]:
            # the first is the entry; others may only redirect there
            return str(balancer["listeners"][0]["url"])
    return ""

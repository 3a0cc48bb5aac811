"""Writes how an environment is, as lines and as a JSON value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cli.deployment.status import EnvironmentStatus, ReleaseStatus
from cli.releases.release import Release
from cli.worlds.world import EnforcedPermissions, KeptTelemetry


def status_lines(status: EnvironmentStatus) -> Iterator[str]:
    """Write how an environment is as lines."""
    total = sum(status.resources.values())
    layers = ", ".join(f"{name} {count}" for name, count in status.resources.items())
    yield f"layers    {total} recorded resources: {layers}"
    yield from release_status_lines(status.release)
    for service in status.services:
        state = f"{service.healthy}/{service.desired} healthy"
        trouble = (
            ""
            if service.rollout == "COMPLETED" and not service.rolled_back
            else f", {service.rollout.lower()} {service.reason}".rstrip()
        )
        running = f"{service.running} running{trouble}"
        yield f"service   {service.name}: {state}, {running} ({service.task_definition})"
    for problem in status.problems:
        yield f"problem   {problem}; `myelin logs` says more, `myelin up` mends what it can"
    for function in status.functions:
        if function.replaced_packages:
            replaced = ", ".join(function.replaced_packages)
            yield f"function  {function.name}: {replaced} as built for this machine, the rest as on AWS"
    for fault in status.faults:
        left = f"{fault.seconds_left:.0f} s more, {fault.met} requests met it"
        yield f"fault     {fault.target}: {fault.trouble}; {left}"
    gone = [f"{kept.dropped} {_UNITS[kept.kind]}" for kept in status.telemetry if kept.dropped]
    if gone:
        bounds = ", ".join(_bound(kept) for kept in status.telemetry)
        yield f"kept      at most {bounds}; gone, the oldest first: {', '.join(gone)}"
    yield f"address   {status.address or 'none'}"
    version = status.policy_version[:12] or "none"
    yield f"policies  version {version}, a forbid is in force everywhere within {status.forbid_seconds} s"
    yield f"emulator  {status.endpoint}"
    if status.permissions is not None:
        told = status.permissions
        yield f"iam       enforced: {told.allowed} permissions allowed, {told.denied} denied"
        if told.denials:
            yield f"denied    last: {told.denials[-1]['message']}"
    if status.time_scale != 1:
        yield f"time      a minute of AWS lasts {60 / status.time_scale:.3g} s (bakes, steps, alarms)"


def status_document(status: EnvironmentStatus) -> dict[str, Any]:
    """Write how an environment is as a JSON value."""
    return {
        "environment": status.environment,
        "healthy": status.healthy,
        "problems": list(status.problems),
        "layers": dict(status.resources),
        "services": [
            {
                "name": service.name,
                "desired": service.desired,
                "running": service.running,
                "healthy": service.healthy,
                "rollout": service.rollout,
                "reason": service.reason,
                "rolled_back": service.rolled_back,
                "task_definition": service.task_definition,
            }
            for service in status.services
        ],
        "functions": [
            {"name": function.name, "replaced_packages": list(function.replaced_packages)}
            for function in status.functions
        ],
        "address": status.address,
        "endpoint": status.endpoint,
        "release": release_status_document(status.release),
        "policy_version": status.policy_version,
        "policy_published_at": status.policy_published_at,
        "forbid_seconds": status.forbid_seconds,
        "started_at": status.started_at,
        "time_scale": status.time_scale,
        "faults": [
            {
                "target": fault.target,
                "trouble": fault.trouble,
                "seconds_left": fault.seconds_left,
                "met": fault.met,
            }
            for fault in status.faults
        ],
        "permissions": _permissions_document(status.permissions),
        "telemetry": {
            kept.kind: {"held": kept.held, "bound": kept.bound, "dropped": kept.dropped}
            for kept in status.telemetry
        },
    }


def release_status_lines(release: ReleaseStatus) -> Iterator[str]:
    """Write which release serves as lines."""
    if release.trouble:
        yield f"release   not known: {release.trouble}"
        return
    if release.newest is None:
        yield "release   none"
        return
    if release.serving is not None:
        start = release.serving.start
        back = "" if start.back_to is None else f", a rollback to release {start.back_to}"
        held = ", and held there" if release.held == release.serving else ""
        yield f"release   {release.serving.number}{back}{held} ({start.at}, {start.actor})"
    if release.newest != release.serving:
        one = release.newest
        yield f"release   {one.number} is {one.state.replace('_', ' ')}: {one.reason or 'under way'}"


def release_status_document(release: ReleaseStatus) -> dict[str, Any]:
    """Write which release serves as a JSON value."""
    return {
        "serving": _number(release.serving),
        "newest": _number(release.newest),
        "newest_state": release.newest.state.value if release.newest else None,
        "held": _number(release.held),
        "trouble": release.trouble,
    }


def _number(release: Release | None) -> int | None:
    return None if release is None else release.number


_UNITS = {"logs": "log lines", "traces": "trace segments", "metrics": "metric data"}


def _permissions_document(told: EnforcedPermissions | None) -> dict[str, Any] | None:
    if told is None:
        return None
    return {
        "allowed": told.allowed,
        "denied": told.denied,
        "denials": [dict(one) for one in told.denials],
        "used": {asker: list(found) for asker, found in told.used.items()},
    }


def _bound(kept: KeptTelemetry) -> str:
    if kept.kind == "metrics":
        return f"{kept.bound} {_UNITS[kept.kind]}"
    return f"{kept.bound / 1024**2:.0f} MiB of {_UNITS[kept.kind]}"

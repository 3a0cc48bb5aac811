"""What stands now: services, addresses, policies; for the end of `up` and for `status`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cli.deployment.sandbox import Sandbox, attach
from cli.errors import NotDeployedError
from cli.project import LAYERS, Project
from stacks.names import Layer

if TYPE_CHECKING:
    from cli.deployment.pipeline import Deployed


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStanding:
    """One service: how many tasks are wanted, run and are healthy, and how its rollout went."""

    name: str
    desired: int
    running: int
    healthy: int
    rollout: str
    reason: str
    task_definition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An environment as it stands; `address` is where the load balancer listens on this machine."""

    environment: str
    resources: dict[str, int]
    services: tuple[ServiceStanding, ...]
    address: str
    endpoint: str
    policy_version: str
    policy_published_at: str
    log_groups: tuple[str, ...]
    started_at: str

    @property
    def healthy(self) -> bool:
        """Whether every service has as many healthy tasks as it wants."""
        return all(service.healthy >= service.desired for service in self.services)


def describe(project: Project, environment: str) -> Standing:
    """Read how an environment stands; raises NotRunningError or NotDeployedError."""
    return read_standing(attach(project), environment)


def read_standing(sandbox: Sandbox, environment: str) -> Standing:
    """Read how an environment stands in a running sandbox; raises NotDeployedError."""
    # only a run pays for what it imports
    from lambdas.governance.publish import current  # noqa: PLC0415
    from sandbox import host as hosts  # noqa: PLC0415

    outputs = {layer: sandbox.engine.outputs(f"{environment}-{layer}") for layer in LAYERS}
    platform, workloads = outputs[Layer.PLATFORM], outputs[Layer.WORKLOADS]
    if not platform or not workloads:
        raise NotDeployedError(environment)
    status = hosts.status(sandbox.host)
    version = current(str(platform["policy_table_name"]), sandbox.client("dynamodb"))
    return Standing(
        environment=environment,
        resources={layer: sandbox.engine.resource_count(f"{environment}-{layer}") for layer in LAYERS},
        services=_services(status, str(platform["cluster_name"])),
        address=_address(status, str(platform["load_balancer_dns_name"])),
        endpoint=sandbox.host.endpoint,
        policy_version=version.version if version else "",
        policy_published_at=version.published_at if version else "",
        log_groups=tuple(workloads["log_groups"]),
        started_at=str(status["started_at"]),
    )


def deployed_document(deployed: Deployed, standing: Standing) -> dict[str, Any]:
    """Write a deployment as a JSON value."""
    from cli.plan_view import plan_document  # noqa: PLC0415

    return {
        "environment": deployed.environment,
        "changed": deployed.changed,
        "seconds": round(deployed.seconds, 3),
        "layers": [
            {**plan_document(layer.plan), "seconds": round(layer.seconds, 3)} for layer in deployed.layers
        ],
        "policy": {"version": deployed.published.version, "changed": deployed.published.changed},
        "standing": standing_document(standing),
    }


def deployed_lines(deployed: Deployed, standing: Standing) -> Iterator[str]:
    """Write a deployment's summary as lines."""
    from cli.progress import counted  # noqa: PLC0415

    if not deployed.changed:
        yield f"no changes: {deployed.environment} is as declared ({deployed.seconds:.1f} s)"
        yield ""
        yield from standing_lines(standing)
        return
    yield f"{deployed.environment} is deployed ({deployed.seconds:.1f} s)"
    for layer in deployed.layers:
        done = (
            counted(layer.plan.counts()).replace(" to create", " created").replace(" to update", " updated")
        )
        done = done.replace(" to replace", " replaced").replace(" to delete", " deleted")
        yield f"  {layer.name:<11} {done} ({layer.seconds:.1f} s)"
    yield ""
    yield from standing_lines(standing)
    yield ""
    yield "next:  myelin dispatch reason    a call that governance allows"
    yield "       myelin dispatch erase     one that it denies"
    yield "       myelin status | logs | preview | down"


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
        "address": standing.address,
        "endpoint": standing.endpoint,
        "policy_version": standing.policy_version,
        "policy_published_at": standing.policy_published_at,
        "started_at": standing.started_at,
    }


def _services(status: dict[str, Any], cluster: str) -> tuple[ServiceStanding, ...]:
    return tuple(
        ServiceStanding(
            name=item["name"],
            desired=item["desired"],
            running=item["running"],
            healthy=item["healthy"],
            rollout=item["rollout"],
            reason=item.get("reason") or "",
            task_definition=str(item["task_definition"]).rsplit("/", 1)[-1],
        )
        for item in sorted(status["services"], key=lambda item: str(item["name"]))
        if str(item["cluster"]).rsplit("/", 1)[-1] == cluster
    )


def _address(status: dict[str, Any], dns_name: str) -> str:
    for balancer in status["load_balancers"]:
        if balancer["dns_name"] == dns_name and balancer["listeners"]:
            return str(balancer["listeners"][0]["url"])
    return ""

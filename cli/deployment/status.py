"""Reads what stands now: services, addresses, policies, log groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cli.errors import NotDeployedError
from cli.project import LAYERS
from cli.worlds.sandbox import Sandbox
from stacks.names import StackName
from stacks.outputs import RecordedPlatform, RecordedWorkloads

GOVERNANCE = "governance"
ADMIN = "governance-admin"
"""What the governance function calls itself in its log lines; no service may have this name."""


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
class FunctionStanding:
    """One function that has run, and the packages that its archive has for another machine than this one."""

    name: str
    replaced_packages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An environment as it stands; `address` is where the load balancer listens on this machine."""

    environment: str
    resources: dict[str, int]
    services: tuple[ServiceStanding, ...]
    functions: tuple[FunctionStanding, ...]
    address: str
    endpoint: str
    policy_version: str
    policy_published_at: str
    started_at: str

    @property
    def healthy(self) -> bool:
        """Whether every service has as many healthy tasks as it wants."""
        return all(service.healthy >= service.desired for service in self.services)


def read_standing(sandbox: Sandbox, environment: str) -> Standing:
    """Read how an environment stands in a running sandbox; raises NotDeployedError."""
    # only a run pays for what it imports
    from policies.calls.store.policy_store import PolicyStore  # noqa: PLC0415
    from sandbox.cloud import host as hosts  # noqa: PLC0415

    platform, workloads = _outputs(sandbox, environment)
    status = hosts.status(sandbox.host)
    version = PolicyStore(sandbox.client("dynamodb"), platform.policy_table_name).pointer()
    return Standing(
        environment=environment,
        resources={
            layer: sandbox.store.resource_count(str(StackName(environment=environment, layer=layer)))
            for layer in LAYERS
        },
        services=_services(status, platform.cluster_name, workloads.services),
        functions=_functions(status, platform.governance_function_name),
        address=_address(status, platform.load_balancer_dns_name),
        endpoint=sandbox.host.endpoint,
        policy_version=version.version if version else "",
        policy_published_at=version.published_at if version else "",
        started_at=str(status["started_at"]),
    )


def find_address(sandbox: Sandbox, environment: str) -> str:
    """Read where an environment's load balancer listens on this machine; raises NotDeployedError."""
    from sandbox.cloud import host as hosts  # noqa: PLC0415 - only a run pays for it

    platform, _ = _outputs(sandbox, environment)
    return _address(hosts.status(sandbox.host), platform.load_balancer_dns_name)


def find_log_groups(sandbox: Sandbox, environment: str) -> dict[str, str]:
    """Read which log group each service and the governance function write to; raises NotDeployedError."""
    platform, workloads = _outputs(sandbox, environment)
    services = {name: service.log_group for name, service in workloads.services.items()}
    return {**services, GOVERNANCE: platform.governance_log_group, ADMIN: platform.admin_log_group}


def find_decision_log(sandbox: Sandbox, environment: str) -> str:
    """Read which log group the governance function writes its decisions to; raises NotDeployedError."""
    platform, _ = _outputs(sandbox, environment)
    return platform.governance_log_group


def _outputs(sandbox: Sandbox, environment: str) -> tuple[RecordedPlatform, RecordedWorkloads]:
    """The outputs of platform and workloads."""
    platform, workloads = sandbox.platform(environment), sandbox.workloads(environment)
    if platform is None or workloads is None:
        raise NotDeployedError(environment, deployed=sandbox.environments())
    return platform, workloads


def _services(
    status: dict[str, Any], cluster: str, declared: Mapping[str, Any]
) -> tuple[ServiceStanding, ...]:
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
        # a service that was removed is there until its last task has drained
        if str(item["cluster"]).rsplit("/", 1)[-1] == cluster and item["name"] in declared
    )


def _functions(status: dict[str, Any], name: str) -> tuple[FunctionStanding, ...]:
    return tuple(
        FunctionStanding(name=item["name"], replaced_packages=tuple(item["replaced_packages"]))
        for item in status["functions"]
        if item["name"] == name
    )


def _address(status: dict[str, Any], dns_name: str) -> str:
    for balancer in status["load_balancers"]:
        if balancer["dns_name"] == dns_name and balancer["listeners"]:
            # the first is the entry; others may only redirect there
            return str(balancer["listeners"][0]["url"])
    return ""

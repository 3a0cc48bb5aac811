"""Resolves a name of the mesh for one calling service, as ECS Service Connect does."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.cloud.ecs.service import ClientAlias
from sandbox.cloud.router.table import RoutingTable


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshRoute:
    """The service that a name resolves to, and the alias that matched."""

    service_key: str
    alias: ClientAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class MeshRefusal:
    """The response for a name that does not resolve: an HTTP status and the reason."""

    status: int
    text: str


def resolve(table: RoutingTable, caller: str, host: str, port: int) -> MeshRoute | MeshRefusal:
    """Find the service that `host:port` names for the calling service (`cluster/name`).

    Everything but the names of the caller's namespace is refused with 403, so that nothing leaves the
    machine. Where security groups would let the connection run into a timeout, it is refused with 504 at
    once.
    """
    service = table.services.get(caller)
    if service is None or service.namespace is None:
        return MeshRefusal(status=403, text=f"service `{caller}` is in no Service Connect namespace")
    for callee in table.services.values():
        if callee.namespace != service.namespace:
            continue
        for alias in callee.aliases:
            if (alias.name, alias.port) == (host.lower(), port):
                why = table.security.refusal(service.peer, callee.peer, alias.container_port)
                if why is not None and callee.key != caller:
                    return MeshRefusal(
                        status=504, text=f"the connection from `{caller}` to `{callee.key}` timed out: {why}"
                    )
                return MeshRoute(service_key=callee.key, alias=alias)
    return MeshRefusal(
        status=403,
        text=f"`{host}:{port}` is not a name of the namespace `{service.namespace}`, "
        "and nothing else can be reached from the sandbox",
    )

"""The mesh on ECS Service Connect: a proxy beside each task, names from a Cloud Map namespace.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-connect-concepts.html
"""

from __future__ import annotations

from components.declarations import ServiceDeclaration, Services
from components.mesh.membership import Alias, Membership


class ServiceConnect:
    """Each called service is an alias of its own name and port; callers are clients of the namespace."""

    def membership(self, services: Services, service: ServiceDeclaration) -> Membership | None:
        """A service's part in the mesh; None when it neither calls nor is called."""
        if not services.edges_of(service.name):
            return None
        called = bool(services.callers_of(service.name))
        return Membership(
            exposes=Alias(name=service.name, port=service.port) if called else None,
            after=_callees_to_deploy_first(services, service.name),
        )

    def url(self, service: ServiceDeclaration) -> str:
        """The address by which callers reach a service; the proxies of the mesh add TLS between them."""
        return f"http://{service.name}:{service.port}"


def _callees_to_deploy_first(services: Services, name: str) -> tuple[str, ...]:
    """Callees to deploy first, without those that call back here, directly or through others."""
    return tuple(callee for callee in services.callees_of(name) if not _reaches(services, callee, name))


def _reaches(services: Services, start: str, goal: str) -> bool:
    seen: set[str] = set()
    open_ends = [start]
    while open_ends:
        name = open_ends.pop()
        if name == goal:
            return True
        if name not in seen:
            seen.add(name)
            open_ends.extend(services.callees_of(name))
    return False

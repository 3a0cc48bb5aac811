"""The interface of a mesh back end, and the choice of one. MSH-1."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from components.declarations import ServiceDeclaration, Services
from components.mesh.errors import MeshEndedError, MeshUnavailableError
from components.mesh.membership import Membership
from components.mesh.service_connect import ServiceConnect


class MeshKind(StrEnum):
    """The back ends."""

    SERVICE_CONNECT = "service-connect"
    APP_MESH = "app-mesh"


class Mesh(Protocol):
    """One back end: names, addresses and membership, all derived from the declarations."""

    def membership(self, services: Services, service: ServiceDeclaration) -> Membership | None:
        """A service's part in the mesh; None when it neither calls nor is called."""
        ...

    def url(self, service: ServiceDeclaration) -> str:
        """The address by which callers reach a service."""
        ...


def choose_mesh(kind: MeshKind, *, allow_ended: bool) -> Mesh:
    """The back end of this kind; raises MeshEndedError for one that AWS has ended, unless that is allowed."""
    if kind is MeshKind.SERVICE_CONNECT:
        return ServiceConnect()
    if not allow_ended:
        raise MeshEndedError
    raise MeshUnavailableError

"""A service's part in the mesh, in terms that every back end has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """The name and port by which callers reach a service."""

    name: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """The name that a service exposes, and the services that have to be in the mesh before it.

    `exposes` is None for a service without callers. Clients learn the names that exist when they are
    deployed, so callees come first.
    """

    exposes: Alias | None
    after: tuple[str, ...]

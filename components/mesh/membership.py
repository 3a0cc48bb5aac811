"""A service's part in the mesh, as values that every back end speaks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """The name and port by which callers reach a service."""

    name: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """What a service exposes (None when nobody calls it), and which services have to be in the mesh before
    it.

    A client learns the names that exist when it is deployed, so whoever it calls comes first.
    """

    exposes: Alias | None
    after: tuple[str, ...]

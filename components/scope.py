"""The account, environment and layer that a component is made in, with the names and tags that follow."""

from __future__ import annotations

from dataclasses import dataclass

from components.account import Account, Place
from components.naming import PhysicalNames, Tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One layer of one environment in an account."""

    account: Account
    environment: str
    layer: str

    @property
    def names(self) -> PhysicalNames:
        """Physical names."""
        return PhysicalNames(self.environment)

    @property
    def place(self) -> Place:
        """ARNs that follow from names."""
        return Place(account=self.account, names=self.names)

    def tags(self, name: str, *, service: str | None = None) -> dict[str, str]:
        """Tags of one resource."""
        return Tags(self.environment, self.layer).of(name, service=service)

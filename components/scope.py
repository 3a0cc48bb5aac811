"""What every component is given: where it is deployed, under which names, with which tags."""

from __future__ import annotations

from dataclasses import dataclass

from components.account import Account, Place
from components.naming import Names, Tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One layer of one environment in an account."""

    account: Account
    environment: str
    layer: str

    @property
    def names(self) -> Names:
        """Physical names."""
        return Names(self.environment)

    @property
    def place(self) -> Place:
        """ARNs that follow from names."""
        return Place(account=self.account, names=self.names)

    def tags(self, name: str, *, service: str | None = None) -> dict[str, str]:
        """Tags of one resource."""
        return Tags(self.environment, self.layer).of(name, service=service)

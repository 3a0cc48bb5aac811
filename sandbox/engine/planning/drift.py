"""What of a stack is not as its program declares it: values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sandbox.engine.planning.diff import PropertyChange


class DriftKind(StrEnum):
    """In what way a resource is not as the program declares it."""

    CHANGED = "changed"
    DELETED = "deleted"
    """Recorded, and there is none."""
    ADDED = "added"
    """There is one inside of a resource of ours, and no record names it."""
    NEVER_DEPLOYED = "never deployed"
    """Declared, and nothing is recorded."""
    NOT_DECLARED = "not declared"
    """Recorded, and the program asks for it no more."""
    NOT_LOOKED_UP = "not looked up"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceDrift:
    """A resource that is not as declared; of an added one the URN ends in its id, and `inside` is the URN of
    the resource that it was added to.

    `changes` lead from what is declared to what is there; `delegated` are those that the program leaves to
    others. `trouble` says why it was not looked up.
    """

    urn: str
    kind: DriftKind
    changes: tuple[PropertyChange, ...] = ()
    delegated: tuple[PropertyChange, ...] = ()
    trouble: str = ""
    inside: str = ""

    @property
    def is_delegated(self) -> bool:
        """Whether it differs only where the program leaves that to others."""
        return self.kind is DriftKind.CHANGED and not self.changes


@dataclass(frozen=True, slots=True, kw_only=True)
class StackDrift:
    """What differs in one stack; `untold` are, by URN, paths of inputs that nothing tells; `looked_at` counts
    the resources.
    """

    stack: str
    drifts: tuple[ResourceDrift, ...]
    untold: Mapping[str, tuple[str, ...]]
    looked_at: int

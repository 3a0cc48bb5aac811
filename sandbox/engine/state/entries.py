"""What changes a stack's state: the entries of its journal."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.engine.values.resource import ResourceState

OPERATION_KINDS = ("creating", "updating", "deleting")
"""As in Pulumi's pending operations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingOperation:
    """A step that has begun; still here when a run starts, it was cut off and has to be done again."""

    operation_id: str
    kind: str
    """One of OPERATION_KINDS."""
    resource: ResourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationBegan:
    """A step on a resource has begun."""

    operation: PendingOperation


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationEnded:
    """A step has ended, well or not."""

    operation_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRecorded:
    """How a resource is from now on; `formerly` is the URN that it had before an alias renamed it."""

    resource: ResourceState
    formerly: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingDelete:
    """A resource has been replaced; what is left of the old one waits for deletion."""

    resource: ResourceState


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRemoved:
    """A resource is gone: the pending delete with that id, otherwise the live one with that id."""

    urn: str
    id: str


JournalEntry = OperationBegan | OperationEnded | ResourceRecorded | PendingDelete | ResourceRemoved

"""Why a version cannot be made or read."""

from __future__ import annotations

from policies.calls.errors import GovernanceError


class RulesError(GovernanceError):
    """Policies of a version that cannot be evaluated: they do not parse, or two have one id."""


class TooLargeError(GovernanceError):
    """A part of a version, or an audit entry, that does not fit into one item of the store."""

    def __init__(self, *, what: str, size: int, limit: int) -> None:
        """`size` and `limit` are in bytes."""
        super().__init__(
            f"{what} has {size} bytes, more than the {limit} that one item may hold",
            hint="declare fewer services in one environment, or fewer policies about one service",
        )
        self.size = size
        self.limit = limit


class StoreError(GovernanceError):
    """The policy store did not give what was asked of it; `table` is its name."""

    def __init__(self, message: str, *, table: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.table = table


class StoreCorruptError(StoreError):
    """A stored document is absent, altered (its name is the hash of its content), or cannot be read."""

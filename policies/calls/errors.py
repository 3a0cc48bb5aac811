"""What can fail between a policy set and a decision; in `decide` each becomes a denial."""

from __future__ import annotations

from typing import ClassVar


class GovernanceError(Exception):
    """The root: `message` is lowercase and without a full stop, `hint` says what to do next."""

    bad_input: ClassVar[bool] = False

    def __init__(self, message: str, *, hint: str = "") -> None:
        """Keep message and hint apart, so that an interface can show them as it likes."""
        super().__init__(message)
        self.message = message
        self.hint = hint


class RequestError(GovernanceError):
    """A question that can not be put to the policies as it stands."""


class StoreError(GovernanceError):
    """The policy store did not give what was asked of it; `table` names it."""

    def __init__(self, message: str, *, table: str, hint: str = "") -> None:
        """Name the table."""
        super().__init__(message, hint=hint)
        self.table = table


class StoreUnreachableError(StoreError):
    """The store did not answer, or answered that it can not now: it may at the next attempt."""


class StoreMissingError(StoreError):
    """The store answered that there is no table, no published set or no access: that will not pass."""


class StoreCorruptError(StoreError):
    """An item of the store is absent or is not what its name, the hash of its content, promises."""


class StaleSnapshotError(StoreError):
    """The last confirmed version is older than the bound; `age` in seconds."""

    def __init__(self, *, table: str, age: float, bound: float) -> None:
        """Say how old and how old it may be."""
        super().__init__(
            f"the policies were last confirmed {age:.1f} s ago, more than the {bound:g} s allowed",
            table=table,
            hint="the policy store can not be reached; look at the function's log for why",
        )
        self.age = age
        self.bound = bound


class ClockError(GovernanceError):
    """The function's clock is not AWS's; `ahead` is by how many seconds it is, negative when it is behind."""

    def __init__(self, *, ahead: float, bound: float) -> None:
        """Say how far off it is and how far it may be."""
        side = "ahead of" if ahead > 0 else "behind"
        super().__init__(
            f"the function's clock is {abs(ahead):.0f} s {side} AWS's, more than the {bound:g} s allowed",
            hint="start the function anew; conditions on the time can not be judged by this clock",
        )
        self.ahead = ahead
        self.bound = bound


class RulesError(GovernanceError):
    """Published policies that can not be evaluated."""


class PublishConflictError(StoreError):
    """Another writer came first; `expected` is the version built upon, `found` the one there now."""

    def __init__(self, *, table: str, expected: str | None, found: str | None) -> None:
        """Name both versions."""
        super().__init__(
            f"the current version was `{expected or 'none'}` and is now `{found or 'none'}`: "
            "another publish came first",
            table=table,
            hint="look at what changed and publish again",
        )
        self.expected = expected
        self.found = found


class MergeConflictError(StoreError):
    """The policy folder and somebody else changed the same; `policies` by id, none if it is the schema."""

    def __init__(self, *, table: str, policies: tuple[str, ...], current: str) -> None:
        """Name what both changed."""
        what = ", ".join(f"`{name}`" for name in policies[:5]) if policies else "the schema and policies"
        more = f" and {len(policies) - 5} more" if len(policies) > 5 else ""
        super().__init__(
            f"the policy folder changed {what}{more}, and so did somebody since it was last deployed",
            table=table,
            hint="take their change into the folder, or publish the folder as it is",
        )
        self.policies = policies
        self.current = current


class DraftGoneError(GovernanceError):
    """There is no draft of this name, or no longer."""

    def __init__(self, draft: str) -> None:
        """Name it."""
        super().__init__(
            f"there is no draft `{draft}`",
            hint="somebody may have activated or discarded it; list the drafts",
        )
        self.draft = draft


class TooLargeError(GovernanceError):
    """A part of the policy set that does not fit into one item of the store."""

    def __init__(self, *, what: str, size: int, limit: int) -> None:
        """Name the part and both sizes, in bytes."""
        super().__init__(
            f"{what} has {size} bytes, more than the {limit} that one item may hold",
            hint="declare fewer services in one environment, or fewer policies about one service",
        )
        self.size = size
        self.limit = limit


class ApprovalRequiredError(GovernanceError):
    """A change that a second person has to agree to, and nobody has."""

    def __init__(self) -> None:
        """Say how."""
        super().__init__(
            "a second person has to agree to this change of the policies",
            hint="make a draft of it, and have somebody else activate that",
        )


class GrantError(GovernanceError):
    """A grant cannot be signed: no key, or a question that has no one spelling."""

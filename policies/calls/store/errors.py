"""Why the policy table was not read or written."""

from __future__ import annotations

from policies.calls.errors import GovernanceError
from policies.calls.versions.errors import StoreError


class StoreUnreachableError(StoreError):
    """The store did not answer, or is throttled: the next attempt may succeed."""


class StoreMissingError(StoreError):
    """There is no table, no published version or no access: trying again will not help."""


class PublishConflictError(StoreError):
    """Another writer came first: `expected` was current when the change was made, now it is `found`."""

    def __init__(self, *, table: str, expected: str | None, found: str | None) -> None:
        super().__init__(
            f"the current version was `{expected or 'none'}` and is now `{found or 'none'}`: "
            "another publish came first",
            table=table,
            hint="look at what changed and publish again",
        )
        self.expected = expected
        self.found = found


class ReplayedRequestError(GovernanceError):
    """A request whose proof of identity was used before."""

    def __init__(self) -> None:
        super().__init__(
            "this request was made before: its proof of identity is used up", hint="sign a new one"
        )


class DraftGoneError(GovernanceError):
    """There is no draft with this id, or no longer."""

    def __init__(self, draft: str) -> None:
        super().__init__(
            f"there is no draft `{draft}`",
            hint="it may have been activated or discarded; list the drafts",
        )
        self.draft = draft

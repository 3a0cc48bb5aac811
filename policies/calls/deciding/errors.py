"""Why the policies could not be asked. `decide` answers each with a denial and a reason code of its own."""

from __future__ import annotations

from policies.calls.errors import GovernanceError
from policies.calls.versions.errors import StoreError


class RequestError(GovernanceError):
    """A malformed question: a field is missing, unknown, or not of its type."""


class StaleSnapshotError(StoreError):
    """The current version was last confirmed longer ago than the bound; `age` and `bound` in seconds."""

    def __init__(self, *, table: str, age: float, bound: float) -> None:
        super().__init__(
            f"the policies were last confirmed {age:.1f} s ago, more than the {bound:g} s allowed",
            table=table,
            hint="the policy store cannot be reached; look at the function's log for why",
        )
        self.age = age
        self.bound = bound


class ClockError(GovernanceError):
    """The function's clock differs from AWS's; `ahead` in seconds, negative when it is behind."""

    def __init__(self, *, ahead: float, bound: float) -> None:
        side = "ahead of" if ahead > 0 else "behind"
        super().__init__(
            f"the function's clock is {abs(ahead):.0f} s {side} AWS's, more than the {bound:g} s allowed",
            hint="start the function anew; conditions on the time cannot be judged by this clock",
        )
        self.ahead = ahead
        self.bound = bound

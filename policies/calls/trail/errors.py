"""How an audit trail fails its verification."""

from __future__ import annotations

from policies.calls.errors import GovernanceError


class BrokenChainError(GovernanceError):
    """The audit trail was altered; `sequence` is the first entry that does not verify, counted from 1."""

    def __init__(self, sequence: int, why: str) -> None:
        super().__init__(
            f"the audit trail is broken at entry {sequence}: {why}",
            hint="compare it with the export in the locked bucket, which cannot be altered",
        )
        self.sequence = sequence
        self.why = why

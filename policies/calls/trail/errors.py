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


class UnprovenTrailError(GovernanceError):
    """No signed checkpoint reaches the end of the trail: what is there may be all, or may be made up."""

    def __init__(self, entries: int, signed: int) -> None:
        what = f"the {entries} entries prove" if signed == 0 else f"entries {signed + 1} to {entries} prove"
        super().__init__(
            f"{what} nothing: no signed checkpoint names them",
            hint="export the trail with `myelin audit list --export FILE`, or add the objects of its bucket",
        )
        self.entries = entries
        self.signed = signed


class AlteredBucketError(GovernanceError):
    """What stands in the locked bucket is not what the function alone would have put there."""

    def __init__(self, findings: tuple[str, ...]) -> None:
        more = f", and {len(findings) - 3} more findings" if len(findings) > 3 else ""
        super().__init__(
            f"the bucket of the audit trail was tampered with: {'; '.join(findings[:3])}{more}",
            hint="the oldest version of each object is the true one, and was the one verified",
        )
        self.findings = findings


class CheckpointError(GovernanceError):
    """The trail could not be signed, or not be exported."""

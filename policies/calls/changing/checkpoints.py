"""Signs how far the audit trail goes, and exports the new entries into the locked bucket.

    newest object of the bucket -> entries after it -> checkpoint, which names the one before -> KMS signs it
    -> one locked object

What the bucket has is the truth, and never the table, which others may write: signing begins where the bucket
ends, and is refused if the table has less, or something else, or an entry that the function has not signed.
Two exports at the same time want one name; the second one begins anew after the first.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice

from policies.calls.changing.records import CheckpointKey, CheckpointRecord
from policies.calls.store.ledger import PolicyLedger
from policies.calls.store.trail_bucket import TrailBucket, object_name
from policies.calls.store.trail_key import TrailKey
from policies.calls.trail.chain import (
    BEGIN,
    ChainEntry,
    ChainHead,
    ChainLink,
    Checkpoint,
    checkpoint_from,
    digest,
    entry_from,
    read_time,
    verified_entries,
)
from policies.calls.trail.errors import BrokenChainError, CheckpointError
from policies.calls.trail.export import SignedCheckpoint, export_lines, read_export

_MAX_ENTRIES = 5000
"""Entries in one object."""
_ATTEMPTS = 10


class Checkpoints:
    """Makes the checkpoints of one policy table."""

    def __init__(
        self,
        ledger: PolicyLedger,
        *,
        key: TrailKey,
        bucket: TrailBucket,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger = ledger
        self._key = key
        self._bucket = bucket
        self._now = now

    def newest(self) -> CheckpointRecord | None:
        """The last checkpoint in the bucket; None before the first. Raises BrokenChainError."""
        found = self._bucket.newest()
        if found is None:
            return None
        _, signed = read_export(found.text)
        if len(signed) != 1 or checkpoint_from(signed[0].body).number != found.number:
            raise BrokenChainError(0, f"`{object_name(found.number)}` has not the checkpoint of its name")
        if not self._key.holds(signed[0].body, signed[0].signature):
            raise BrokenChainError(0, f"the signature in `{object_name(found.number)}` does not hold")
        return CheckpointRecord(
            body=signed[0].body, signature=signed[0].signature, object=object_name(found.number)
        )

    def make(self) -> CheckpointRecord | None:
        """Sign and export the entries that are not exported yet; returns the newest checkpoint.

        None if the trail has no entries. Raises CheckpointError, BrokenChainError or StoreError.
        """
        for _ in range(_ATTEMPTS):
            newest = self.newest()
            links = self._new_links(newest)
            if not links:
                return newest
            made = self._sign(newest, entry_from(links[-1].body, 0))
            signed = SignedCheckpoint(body=made.body, signature=made.signature)
            if self._bucket.put(checkpoint_from(made.body).number, "".join(export_lines(links, [signed]))):
                return made
        raise CheckpointError(
            f"the audit trail could not be exported in {_ATTEMPTS} attempts: others export at the same time",
            hint="the changes stand, and are exported with the next one",
        )

    def key(self) -> CheckpointKey:
        """The public half of the signing key. Raises CheckpointError."""
        return CheckpointKey(key_id=self._key.arn, pem=self._key.pem)

    def _new_links(self, newest: CheckpointRecord | None) -> list[ChainLink]:
        """The entries after a checkpoint. Raises BrokenChainError if the table does not go on from it."""
        start, since = ChainHead(), None
        if newest is not None:
            point = checkpoint_from(newest.body)
            link = self._ledger.link_at(point.sequence)
            if link is None:
                raise BrokenChainError(point.sequence, "it is missing in the table, and the bucket has it")
            if link.digest != point.digest or digest(link.body) != point.digest:
                raise BrokenChainError(point.sequence, "the bucket has another one in its place")
            start = ChainHead(sequence=point.sequence, digest=point.digest)
            since = read_time(entry_from(link.body, point.sequence).at, point.sequence)
        links = list(islice(self._ledger.all_links(after=start.sequence), _MAX_ENTRIES))
        for link, entry in zip(links, verified_entries(links, start, since=since), strict=True):
            if not self._key.holds(entry.statement, link.signature):
                raise BrokenChainError(entry.sequence, "the admin function has not signed it")
        return links

    def _sign(self, newest: CheckpointRecord | None, last: ChainEntry) -> CheckpointRecord:
        before = None if newest is None else checkpoint_from(newest.body)
        times = [self._now(), read_time(last.at, last.sequence)]
        if before is not None:
            times.append(read_time(before.at, before.sequence))
        checkpoint = Checkpoint(
            number=1 if before is None else before.number + 1,
            previous=BEGIN if before is None else digest(before.body),
            sequence=last.sequence,
            digest=last.digest,
            # clocks of two instances may differ by a little; the order of the trail counts
            at=max(times).isoformat(),
            table=self._ledger.table,
            key=self._key.arn,
        )
        return CheckpointRecord(
            body=checkpoint.body,
            signature=self._key.sign(checkpoint.body),
            object=object_name(checkpoint.number),
        )

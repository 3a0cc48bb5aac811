"""Proves an environment's audit trail against its locked bucket, which is the truth, and never the table.

oldest versions in the bucket -> entries, checkpoints: one chain, signed        the truth
the table                     -> has the same entries, and goes on from them
entries that it has more      -> signed by the admin function; a checkpoint is made for them
the current version           -> is the one that the last entry made current
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cli.policies.admin_client import PolicyAdmin
from cli.worlds.world import World, deployed_platform
from policies.calls.changing.listing import POINTER_MOVES
from policies.calls.store.trail_bucket import BucketContents, TrailBucket, TrailObject, object_name
from policies.calls.trail.chain import (
    ChainHead,
    ChainLink,
    Checkpoint,
    checkpoint_from,
    entry_from,
    read_time,
    verified_entries,
)
from policies.calls.trail.errors import AlteredBucketError, BrokenChainError, UnprovenTrailError
from policies.calls.trail.export import (
    SignatureCheck,
    SignedCheckpoint,
    VerifiedTrail,
    is_signed,
    merge_exports,
    read_export,
    verify_trail,
)

STORING = timedelta(minutes=2)
"""The longest between a checkpoint's time and that at which S3 says that it was stored."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvedTrail:
    """A trail as its bucket has it: all of it was verified. `lock` is that of the newest object."""

    links: tuple[ChainLink, ...]
    signed: tuple[SignedCheckpoint, ...]
    verified: VerifiedTrail
    lock: str
    pem: str


def trail_bucket(world: World) -> TrailBucket:
    """The locked bucket of an environment, read with the world's own credentials."""
    return TrailBucket(world.client("s3"), deployed_platform(world).audit_bucket)


def prove_trail(
    admin: PolicyAdmin, bucket: TrailBucket, check: SignatureCheck, pem: str, *, now: datetime | None = None
) -> ProvedTrail:
    """Verify the trail of an environment; `check` is that of the key `pem`.

    Signs for entries that are proved but not exported yet. Raises BrokenChainError, AlteredBucketError,
    UnprovenTrailError or CheckpointError.
    """
    contents = bucket.contents()
    entries, after = _compare(admin, contents, check)
    if after and not contents.findings:
        admin.checkpoint()
        contents = bucket.contents()
        entries, after = _compare(admin, contents, check)
    if contents.findings:
        raise AlteredBucketError(contents.findings)
    if after or not contents.objects:
        raise UnprovenTrailError(len(entries), len(entries) - len(after))
    _require_current(admin, entries)
    links, signed = merge_exports([each.text for each in contents.objects])
    newest = contents.objects[-1]
    ended = newest.locked_until is not None and newest.locked_until < (now or datetime.now(UTC))
    return ProvedTrail(
        links=links,
        signed=signed,
        verified=verify_trail(links, signed, check),
        lock="" if ended else newest.lock,
        pem=pem,
    )


def _compare(
    admin: PolicyAdmin, contents: BucketContents, check: SignatureCheck
) -> tuple[Sequence[ChainLink], Sequence[ChainLink]]:
    """The table's entries, and those of them that the bucket has not. Raises BrokenChainError."""
    table = [
        ChainLink(body=entry.body, digest=entry.digest, signature=entry.signature) for entry in admin.audit()
    ]
    truth = _read_truth(contents.objects, check)
    for number, link in enumerate(truth, start=1):
        if number > len(table):
            raise BrokenChainError(number, f"it is missing in the table; the bucket has {len(truth)} entries")
        if (table[number - 1].body, table[number - 1].digest) != (link.body, link.digest):
            raise BrokenChainError(number, "the table has another entry in its place than the bucket")
    after = table[len(truth) :]
    start, since = ChainHead(), None
    if truth:
        last = entry_from(truth[-1].body, len(truth))
        start, since = last.head, read_time(last.at, len(truth))
    for link, entry in zip(after, verified_entries(after, start, since=since), strict=True):
        if not is_signed(entry.statement, link.signature, check):
            raise BrokenChainError(entry.sequence, "the admin function has not signed it")
    return table, after


def _read_truth(objects: Sequence[TrailObject], check: SignatureCheck) -> tuple[ChainLink, ...]:
    """The entries of the bucket, all of them signed for."""
    for each in objects:
        _require_own_checkpoint(each)
    if not objects:
        return ()
    links, signed = merge_exports([each.text for each in objects])
    verify_trail(links, signed, check)
    return links


def _require_own_checkpoint(found: TrailObject) -> Checkpoint:
    """The one checkpoint of an object: that of its name, from when it was stored."""
    _, signed = read_export(found.text)
    if len(signed) != 1:
        raise BrokenChainError(0, f"`{object_name(found.number)}` has {len(signed)} checkpoints, not one")
    point = checkpoint_from(signed[0].body)
    if point.number != found.number:
        raise BrokenChainError(
            point.sequence,
            f"`{object_name(found.number)}` has checkpoint {point.number}: an old one put back",
        )
    if abs(read_time(point.at, point.sequence) - found.stored_at) > STORING:
        raise BrokenChainError(
            point.sequence,
            f"its checkpoint is of {point.at}, and was stored at {found.stored_at.isoformat()}",
        )
    return point


def _require_current(admin: PolicyAdmin, links: Sequence[ChainLink]) -> None:
    """Raise BrokenChainError if another version is current than the one that an entry made current last."""
    entries = (entry_from(link.body, number) for number, link in reversed(list(enumerate(links, start=1))))
    moved = next((entry for entry in entries if entry.record.action in POINTER_MOVES), None)
    if moved is None:
        return
    current = admin.version().version
    if current != moved.record.after:
        raise BrokenChainError(
            moved.sequence,
            f"it made `{moved.record.after}` current, and `{current}` is: moved without an entry",
        )

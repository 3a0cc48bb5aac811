"""An audit trail of 500 entries, and a key that signs for it."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from policies.calls.trail.chain import (
    BEGIN,
    AuditRecord,
    ChainHead,
    ChainLink,
    Checkpoint,
    digest,
    next_entry,
)
from policies.calls.trail.export import SignedCheckpoint
from policies.calls.trail.signatures import signature_check

COUNT = 500
KEY = ec.generate_private_key(ec.SECP256R1())
HOLDS = signature_check(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def chain(count: int) -> tuple[list[ChainLink], list[ChainHead]]:
    """Entries, and the end of the chain before each of them and after the last."""
    links, heads = list[ChainLink](), [ChainHead()]
    for number in range(count):
        record = AuditRecord(
            actor=f"arn:aws:iam::123456789012:user/u{number % 7}",
            action="put",
            before=f"v{number}",
            after=f"v{number + 1}",
            details={"id": f"p{number}", "note": "caf\u00e9 \u2028"},
        )
        entry = next_entry(heads[-1], record, f"2026-11-22T07:{number // 60:02}:{number % 60:02}+00:00")
        links.append(ChainLink(body=entry.body, digest=entry.digest))
        heads.append(entry.head)
    return links, heads


LINKS, HEADS = chain(COUNT)


def checkpoint(at: int, before: Checkpoint | None = None) -> Checkpoint:
    """A checkpoint for this many entries, which follows another one."""
    return Checkpoint(
        number=before.number + 1 if before else 1,
        previous=digest(before.body) if before else BEGIN,
        sequence=at,
        digest=HEADS[at].digest,
        at="2026-11-22T08:00:00+00:00",
        table="t",
        key="k",
    )


def checkpoints(*ends: int) -> list[Checkpoint]:
    """A chain of checkpoints, one for each number of entries."""
    made: list[Checkpoint] = []
    for end in ends:
        made.append(checkpoint(end, made[-1] if made else None))
    return made


def sign(point: Checkpoint) -> SignedCheckpoint:
    signature = KEY.sign(point.body.encode(), ec.ECDSA(hashes.SHA256()))
    return SignedCheckpoint(body=point.body, signature=base64.b64encode(signature).decode())


SIGNED = sign(checkpoint(COUNT))

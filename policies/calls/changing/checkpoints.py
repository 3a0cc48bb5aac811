"""Signs how far the audit trail goes, and exports the new entries into the locked bucket.

    entries since the last export -> checkpoint -> KMS signs it -> one locked object -> the export is noted

The object is written before the note. So a failed export is repeated, and no entry is left out; two exports
at the same time write the same entries twice, which does no harm.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from policies.calls.changing.errors import CheckpointError
from policies.calls.changing.records import CheckpointKey, CheckpointRecord
from policies.calls.store.ledger import PolicyLedger
from policies.calls.trail.chain import ChainLink, Checkpoint, checkpoint_from, verified_entries
from policies.calls.trail.export import SignedCheckpoint, export_lines

_MAX_ENTRIES = 5000
"""Entries in one object."""


class Checkpoints:
    """Makes the checkpoints of one policy table."""

    def __init__(
        self,
        ledger: PolicyLedger,
        *,
        kms: Any,
        s3: Any,
        key: str,
        bucket: str,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`kms` and `s3` are clients, `key` is the ARN of an asymmetric signing key (ECC_NIST_P256)."""
        self._ledger = ledger
        self._kms = kms
        self._s3 = s3
        self._key = key
        self._bucket = bucket
        self._now = now

    def newest(self) -> CheckpointRecord | None:
        """The last checkpoint that was exported; None before the first."""
        body = self._ledger.exported()
        return None if body is None else CheckpointRecord.model_validate_json(body)

    def make(self) -> CheckpointRecord | None:
        """Sign and export the entries that are not exported yet; returns the newest checkpoint.

        None if the trail has no entries. Raises CheckpointError, BrokenChainError or StoreError.
        """
        newest = self.newest()
        done = _sequence(newest)
        links: list[ChainLink] = []
        for link in self._ledger.all_links(after=done):
            links.append(link)
            if len(links) == _MAX_ENTRIES:
                break
        if not links:
            return newest
        start = self._ledger.head_at(done)
        *_, last = verified_entries(links, start)
        checkpoint = Checkpoint(
            sequence=last.sequence,
            digest=last.digest,
            at=self._now().isoformat(),
            table=self._ledger.table,
            key=self._key,
        )
        signature = base64.b64encode(self._sign(checkpoint)).decode()
        name = f"audit/{done + 1:016d}-{last.sequence:016d}-{last.digest[:16]}.txt"
        self._export(
            name, "".join(export_lines(links, [SignedCheckpoint(body=checkpoint.body, signature=signature)]))
        )
        record = CheckpointRecord(body=checkpoint.body, signature=signature, object=name)
        self._ledger.note_exported(record.model_dump_json(), last.sequence)
        return record

    def key(self) -> CheckpointKey:
        """The public half of the signing key. Raises CheckpointError."""
        try:
            der: bytes = self._kms.get_public_key(KeyId=self._key)["PublicKey"]
        except (ClientError, BotoCoreError) as error:
            raise _failed("the public key could not be read", error) from error
        text = base64.b64encode(der).decode()
        lines = "\n".join(text[at : at + 64] for at in range(0, len(text), 64))
        return CheckpointKey(
            key_id=self._key, pem=f"-----BEGIN PUBLIC KEY-----\n{lines}\n-----END PUBLIC KEY-----\n"
        )

    def _sign(self, checkpoint: Checkpoint) -> bytes:
        try:
            answer = self._kms.sign(
                KeyId=self._key,
                Message=checkpoint.body.encode(),
                MessageType="RAW",
                SigningAlgorithm="ECDSA_SHA_256",
            )
        except (ClientError, BotoCoreError) as error:
            raise _failed("the checkpoint could not be signed", error) from error
        signature: bytes = answer["Signature"]
        return signature

    def _export(self, name: str, text: str) -> None:
        try:
            # without a checksum an object with a lock is refused
            self._s3.put_object(
                Bucket=self._bucket,
                Key=name,
                Body=text.encode(),
                ContentType="text/plain; charset=utf-8",
                ChecksumAlgorithm="SHA256",
            )
        except (ClientError, BotoCoreError) as error:
            raise _failed("the audit trail could not be exported", error) from error


def _sequence(record: CheckpointRecord | None) -> int:
    return 0 if record is None else checkpoint_from(record.body).sequence


def _failed(what: str, error: ClientError | BotoCoreError) -> CheckpointError:
    code = error.response.get("Error", {}).get("Code", "unknown") if isinstance(error, ClientError) else ""
    return CheckpointError(
        f"{what}: {code or 'the service did not answer'}",
        hint="the changes stand, and are signed for with the next checkpoint; look at key and bucket",
    )

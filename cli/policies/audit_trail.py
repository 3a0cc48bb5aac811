"""Exports of the audit trail, and its verification with nothing but the public key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from cli.errors import UsageError
from cli.policies.admin_client import PolicyAdmin
from policies.calls.changing.records import AuditEntry
from policies.calls.trail.chain import ChainLink, Checkpoint
from policies.calls.trail.export import (
    SignatureCheck,
    SignedCheckpoint,
    VerifiedTrail,
    export_lines,
    merge_exports,
    verify_trail,
)


def write_export(admin: PolicyAdmin, path: Path) -> int:
    """Write the trail up to a new checkpoint, and the public key beside it; gives the number of entries."""
    checkpoint = admin.checkpoint()
    signed_for = int(json.loads(checkpoint.body)["sequence"])
    links = [ChainLink(body=entry.body, digest=entry.digest) for entry in admin.audit()][:signed_for]
    signed = SignedCheckpoint(body=checkpoint.body, signature=checkpoint.signature)
    path.write_text("".join(export_lines(links, [signed])), encoding="utf-8")
    _key_file(path).write_text(admin.signing_key().pem, encoding="utf-8")
    return len(links)


def verify_files(paths: Sequence[Path], key: Path | None) -> VerifiedTrail:
    """Verify exports; `key` is by default the file that was written beside the first of them.

    Raises BrokenChainError, and UsageError for a file that is no export or a key that is missing.
    """
    texts = []
    for path in paths:
        try:
            # a lone carriage return or a foreign character must not be mended on the way
            text = path.read_bytes().decode("ascii")
        except UnicodeDecodeError as error:
            raise UsageError(
                f"`{path}` is not an export of the audit trail: byte {error.start} is none of its characters",
                hint="every byte counts; if it was one, it was altered",
            ) from error
        if not any(line.startswith(("entry ", "checkpoint ")) for line in text.split("\n")):
            raise UsageError(
                f"`{path}` is not an export of the audit trail: no line of it is an entry or a checkpoint",
                hint="export one with `myelin audit list --export FILE`",
            )
        texts.append(text)
    pem = key or _key_file(paths[0])
    if not pem.is_file():
        raise UsageError(f"there is no public key `{pem}`", hint="give it with --key PEM")
    links, checkpoints = merge_exports(texts)
    return verify_trail(links, checkpoints, signature_check(pem.read_bytes(), str(pem)))


def verify_now(admin: PolicyAdmin, key: Path | None) -> VerifiedTrail:
    """Verify an environment's trail up to its end, with its own key or with one that is trusted."""
    checkpoint = admin.checkpoint()
    pem = admin.signing_key().pem.encode() if key is None else key.read_bytes()
    links = [ChainLink(body=entry.body, digest=entry.digest) for entry in admin.audit()]
    signed = SignedCheckpoint(body=checkpoint.body, signature=checkpoint.signature)
    return verify_trail(links, [signed], signature_check(pem, str(key or "the environment's key")))


def signature_check(pem: bytes, name: str) -> SignatureCheck:
    """The check of signatures with a public key, which `name` stands for in errors; raises UsageError."""
    try:
        key = load_pem_public_key(pem)
    except ValueError as error:
        raise UsageError(f"`{name}` is not a public key in PEM", hint="export the trail again") from error
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise UsageError(f"`{name}` is not a key on an elliptic curve", hint="give the key of the trail")

    def is_signed(checkpoint: Checkpoint, signature: bytes) -> bool:
        try:
            key.verify(signature, checkpoint.body.encode(), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    return is_signed


def entry_document(entry: AuditEntry) -> dict[str, Any]:
    """An entry as a JSON value."""
    fields: dict[str, Any] = json.loads(entry.body)
    return {**fields, "digest": entry.digest}


def entry_line(entry: AuditEntry) -> str:
    """An entry for people."""
    fields = json.loads(entry.body)
    versions = " -> ".join(str(fields[name])[:12] for name in ("before", "after") if fields[name])
    remark = fields["details"].get("note") or fields["details"].get("id") or ""
    parts = (
        f"{fields['sequence']:>5}",
        fields["at"][:19],
        fields["action"].ljust(8),
        fields["actor"],
        versions,
    )
    return "  ".join(part for part in (*parts, str(remark)) if part)


def verified_document(result: VerifiedTrail) -> dict[str, Any]:
    """The result of a verification as a JSON value."""
    return {
        "entries": result.head.sequence,
        "digest": result.head.digest,
        "signed": result.signed,
        "checkpoints": result.checkpoints,
    }


def verified_line(result: VerifiedTrail) -> str:
    """The result of a verification for people."""
    count, signed = result.head.sequence, result.signed
    if signed == count:
        return f"{count} entries hold, signed for up to the last"
    return f"{count} entries hold; only {signed} are signed for, so that later ones could be missing"


def _key_file(path: Path) -> Path:
    return path.with_name(path.name + ".pem")

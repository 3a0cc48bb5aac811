"""Exports of the audit trail as files, and their verification with nothing but the public key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cli.errors import UsageError
from cli.policies.audit_proof import ProvedTrail
from cli.policies.witness import Witness
from policies.calls.changing.records import AuditEntry
from policies.calls.trail import signatures
from policies.calls.trail.export import (
    SignatureCheck,
    VerifiedTrail,
    export_lines,
    merge_exports,
    verify_trail,
)


def write_export(trail: ProvedTrail, path: Path) -> int:
    """Write a trail as its bucket has it, and the public key beside it; gives the number of entries."""
    path.write_text("".join(export_lines(trail.links, trail.signed)), encoding="utf-8")
    _key_file(path).write_text(trail.pem, encoding="utf-8")
    return len(trail.links)


def verify_files(paths: Sequence[Path], key: Path | None, witness: Witness | None = None) -> VerifiedTrail:
    """Verify exports, or objects of the bucket; `key` is by default the file beside the first of them.

    Raises BrokenChainError, UnprovenTrailError, and UsageError for a file that is no export or a key that is
    missing.
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
    found = verify_trail(links, checkpoints, signature_check(pem.read_bytes(), str(pem)))
    if witness is not None:
        witness.confirm(found, signatures.key_fingerprint(pem.read_bytes()))
    return found


def signature_check(pem: bytes, name: str) -> SignatureCheck:
    """The check of signatures with a public key, which `name` stands for in errors; raises UsageError."""
    try:
        return signatures.signature_check(pem)
    except ValueError as error:
        raise UsageError(f"`{name}` is {error}", hint="give the key of the trail") from error


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


def verified_document(result: VerifiedTrail, lock: str | None = None) -> dict[str, Any]:
    """The result of a verification as a JSON value; `lock` is the bucket's, None if none was read."""
    return {
        "entries": result.head.sequence,
        "digest": result.head.digest,
        "checkpoints": len(result.checkpoints),
        "lock": lock,
    }


def verified_lines(result: VerifiedTrail, lock: str | None = None) -> list[str]:
    """The result of a verification for people."""
    count, checkpoints = result.head.sequence, len(result.checkpoints)
    lines = [f"{count} entries hold, signed for up to the last by {checkpoints} checkpoints"]
    if lock is None:
        lines.append("no bucket was asked: whether there are later entries only it can tell, or --witness")
    elif lock != "COMPLIANCE":
        what = f"locked in {lock} mode alone" if lock else "no longer locked"
        lines.append(f"the bucket is {what}: whoever may administer it could have written all of it anew")
    return lines


def _key_file(path: Path) -> Path:
    return path.with_name(path.name + ".pem")

"""Exports of the audit trail, and their verification."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner

from cli.errors import UsageError
from cli.main import app
from cli.policies.admin_client import PolicyAdmin
from cli.policies.audit_proof import ProvedTrail, prove_trail
from cli.policies.audit_trail import (
    entry_document,
    entry_line,
    signature_check,
    verified_document,
    verified_lines,
    verify_files,
    write_export,
)
from policies.calls.trail.errors import BrokenChainError
from tests.support.governance.admin_api import written
from tests.support.governance.signed_trail import trail_bucket


def proved(admin: PolicyAdmin) -> ProvedTrail:
    """The trail of the environment, verified with its own key."""
    pem = admin.signing_key().pem
    return prove_trail(admin, trail_bucket(), signature_check(pem.encode(), "key"), pem)


def pem_of(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize(
    "content", ["", "hello\n", "[project]\nname = 1\n", '{"entries": []}\n', " entry a b\n"]
)
def test_a_file_that_is_no_trail_is_bad_input(tmp_path: Path, content: str) -> None:
    """It is said to be none, and not to be broken at its first entry; exit code 2."""
    file = tmp_path / "notes.txt"
    file.write_text(content)
    shown = CliRunner().invoke(app, ["audit", "verify", str(file), "--json"])
    assert shown.exit_code == 2
    error = json.loads(shown.stdout)["error"]
    assert error["message"].startswith(f"`{file}` is not an export of the audit trail: no line of it is")
    assert error["hint"] == "export one with `myelin audit list --export FILE`"


def test_an_export_is_verified_with_nothing_but_its_key(admin: PolicyAdmin, tmp_path: Path) -> None:
    """What was written holds, and says as much as the bucket itself; a changed character breaks it."""
    admin.put("night", written("night"), note="café")
    export = tmp_path / "trail.txt"
    assert write_export(proved(admin), export) == 3
    found = verify_files([export], None)
    assert found == proved(admin).verified
    assert verified_lines(found, "COMPLIANCE") == [
        "3 entries hold, signed for up to the last by 2 checkpoints"
    ]
    assert "whoever may administer it" in verified_lines(found, "GOVERNANCE")[1]
    assert "no longer locked" in verified_lines(found, "")[1]
    assert verified_document(found)["checkpoints"] == 2

    export.write_text(export.read_text().replace("night", "light"))
    with pytest.raises(BrokenChainError):
        verify_files([export], None)


def test_another_key_does_not_verify(admin: PolicyAdmin, tmp_path: Path) -> None:
    """Who trusts another key finds that it has signed for nothing."""
    export, other = tmp_path / "trail.txt", tmp_path / "other.pem"
    write_export(proved(admin), export)
    other.write_bytes(pem_of(ec.generate_private_key(ec.SECP256R1())))
    with pytest.raises(BrokenChainError):
        verify_files([export], other)
    with pytest.raises(BrokenChainError):
        prove_trail(admin, trail_bucket(), signature_check(other.read_bytes(), "other"), "")


def test_a_key_that_is_missing_or_none_is_bad_input(admin: PolicyAdmin, tmp_path: Path) -> None:
    """A missing file, a file that is no key, and a key of another kind are told apart."""
    export = tmp_path / "trail.txt"
    write_export(proved(admin), export)
    with pytest.raises(UsageError, match="there is no public key"):
        verify_files([export], tmp_path / "none.pem")
    with pytest.raises(UsageError, match="`k` is not a public key in PEM"):
        signature_check(b"hello", "k")
    with pytest.raises(UsageError, match="`k` is not a key on an elliptic curve"):
        signature_check(pem_of(ed25519.Ed25519PrivateKey.generate()), "k")


def test_an_entry_says_who_did_what_with_which_remark(admin: PolicyAdmin) -> None:
    """Number, time, action, actor, versions, and the note or the id."""
    made = admin.put("night", written("night"), note="for the night")
    *_, last = admin.audit()
    line = entry_line(last)
    assert line.startswith("    3  ")
    assert made.version[:12] in line
    assert line.endswith("  for the night")
    assert entry_document(last)["digest"] == last.digest

"""Verifying exports of the audit trail: files that are none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner

from cli.errors import UsageError
from cli.main import app
from cli.policies.audit_trail import holder


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


def test_key_of_another_kind_is_bad_input(tmp_path: Path) -> None:
    """Text that is no key, and a key that signs by another method, are told apart from a broken trail."""
    with pytest.raises(UsageError, match="`key` is not a public key in PEM"):
        holder(b"hello", "key")
    other = ed25519.Ed25519PrivateKey.generate().public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(UsageError, match="`key` is not a key on an elliptic curve"):
        holder(pem, "key")

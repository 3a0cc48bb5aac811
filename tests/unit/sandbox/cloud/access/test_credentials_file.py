"""The file with the keys of a sandbox's identities."""

from __future__ import annotations

import stat
from pathlib import Path

import boto3
import pytest

from sandbox.cloud.access import credentials_file
from sandbox.cloud.access.errors import CredentialsFileError
from sandbox.cloud.access.keys import make_access_key


def test_what_is_written_is_read_by_us_and_by_aws_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A profile for each identity, whatever its name and secret have in them; for its user's eyes alone."""
    path = tmp_path / "credentials"
    keys = {name: make_access_key() for name in ("operator", "ada", "b=c@d,e.f+g", "DEFAULT")}
    credentials_file.write(path, keys)
    assert credentials_file.read(path) == keys
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
    found = boto3.Session(profile_name="ada").get_credentials()
    assert found is not None
    assert (found.access_key, found.secret_key) == (keys["ada"].id, keys["ada"].secret)
    assert [each.name for each in tmp_path.iterdir()] == ["credentials"]


@pytest.mark.parametrize("text", ["no section", "[a]\naws_access_key_id = x\n", "[a]\n[a]\n", "\udcff"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str) -> None:
    """Missing, of another form, or without a key."""
    path = tmp_path / "credentials"
    with pytest.raises(CredentialsFileError):
        credentials_file.read(path)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    path.chmod(0o600)
    with pytest.raises(CredentialsFileError, match="credentials"):
        credentials_file.read(path)


def test_keys_look_like_those_of_aws_and_are_not_shown() -> None:
    """Each is another, and a log line of one has no secret."""
    first, second = make_access_key(), make_access_key()
    assert (len(first.id), len(first.secret), first.id[:4]) == (20, 40, "AKIA")
    assert first.id != second.id
    assert first.secret != second.secret
    assert first.secret not in repr(first)

"""Code archives from the assets of a program."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import zipfile
from pathlib import Path

import pulumi
import pytest

from sandbox.provider.archives import CodeAssetError, read_archive


def test_a_zip_file_is_taken_as_it_is(tmp_path: Path) -> None:
    """With the digest as Lambda writes it; a path as a text will do, too."""
    path = tmp_path / "a.zip"
    path.write_bytes(b"any bytes")
    archive = read_archive(pulumi.FileArchive(str(path)))
    assert archive.content == b"any bytes"
    assert archive.sha256 == base64.b64encode(hashlib.sha256(b"any bytes").digest()).decode()
    assert read_archive(str(path)) == archive


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    """One that does not is read once."""
    path = tmp_path / "a.zip"
    path.write_bytes(b"one")
    first = read_archive(str(path))
    assert read_archive(str(path)) is first
    path.write_bytes(b"two")
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert read_archive(str(path)).content == b"two"


def test_a_folder_is_the_same_bytes_whenever_and_wherever_it_is_zipped(tmp_path: Path) -> None:
    """Neither the order nor the times of its files matter; a collection of the same files is the same."""
    for name in ("x", "y"):
        for file in sorted(("b.py", "inner/a.py"), reverse=name == "y"):
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file)
    os.utime(tmp_path / "y" / "b.py", (1, 1))
    first, second = (read_archive(pulumi.FileArchive(str(tmp_path / name))) for name in ("x", "y"))
    assert first == second
    collection = pulumi.AssetArchive(
        {"b.py": pulumi.StringAsset("b.py"), "inner": pulumi.FileArchive(str(tmp_path / "x" / "inner"))}
    )
    assert read_archive(collection) == first
    with zipfile.ZipFile(io.BytesIO(first.content)) as bundle:
        assert bundle.namelist() == ["b.py", "inner/a.py"]
        assert bundle.getinfo("b.py").external_attr >> 16 == 0o644


@pytest.mark.parametrize(
    ("asset", "words"),
    [
        (pulumi.FileArchive("/nowhere.zip"), "cannot be read: No such file or directory: /nowhere.zip"),
        (pulumi.RemoteArchive("https://example.com/a.zip"), "is not a file or a collection of files"),
        (pulumi.AssetArchive({"a": pulumi.RemoteAsset("https://example.com/a")}), "not a file or text: `a`"),
    ],
)
def test_what_is_no_archive_is_an_error(asset: object, words: str) -> None:
    """It says what is wrong; whoever asked says about which argument."""
    with pytest.raises(CodeAssetError, match=words):
        read_archive(asset)

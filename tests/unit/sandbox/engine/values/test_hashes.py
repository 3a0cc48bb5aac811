"""Hashes of assets and archives are Pulumi's. FID-1

The expected values were made with Go's archive/tar, called as sdk/go/common/resource/archive calls it
(name, mode 0600 and size of each file); the first stands in Pulumi's source as the hash of nothing.
"""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from pathlib import Path

import pytest

from sandbox.engine.values.hashes import archive_hash, assets_hash, file_hash, text_hash
from sandbox.engine.values.properties import ArchiveValue, AssetValue

NOTHING = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
ONE = "abe1608443363f153db85c1098d8bff5dd0feb574270b05b451d81bc2807abde"
TWO = "f5ea84c887a77b483c3b90742cf9ef618120a5c20e120ac823164369047480f0"
SPLIT = "408d07d3a5b7b1e381ceda6eed37e229f1964e0776b13088fee3dd30c13ffc1d"
NOT_ASCII = "bad0b6053ec964354efe0066c6d0b588f4d55cb2fb809f09ca36a48385b924bf"
LONG = "6c28ceca2d751061c275973e61551bdb0212a23b5c62cc239b137bbcfd3ee766"


def text(content: str) -> AssetValue:
    return AssetValue(text=content)


@pytest.mark.parametrize(
    ("assets", "expected"),
    [
        ({}, NOTHING),
        ({"a.txt": text("hello")}, ONE),
        ({"lib": ArchiveValue(assets={"b.py": text("x" * 513)}), "a.txt": text("hello")}, TWO),
        ({f"lib/{'d' * 60}/{'f' * 60}": text("y")}, SPLIT),
        ({"caf\u00e9": text("y")}, NOT_ASCII),
        ({"n" * 120: text("y")}, LONG),
    ],
)
def test_an_archive_of_assets(assets: dict[str, AssetValue | ArchiveValue], expected: str) -> None:
    """Files by name, those of an archive inside under its name, whatever the names are."""
    assert assets_hash(assets) == expected


def test_a_folder(tmp_path: Path) -> None:
    """The same files in a folder have the same hash; what Pulumi keeps for itself is left out."""
    assert archive_hash(tmp_path) == NOTHING
    (tmp_path / "a.txt").write_text("hello")
    assert archive_hash(tmp_path) == ONE
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "b.py").write_text("x" * 513)
    (tmp_path / ".pulumi").mkdir()
    (tmp_path / ".pulumi" / "own").write_text("y")
    assert archive_hash(tmp_path) == TWO
    (tmp_path / "again").symlink_to("lib", target_is_directory=True)
    assert archive_hash(tmp_path) == TWO
    assert assets_hash({"": ArchiveValue(path=str(tmp_path))}) == TWO


def test_a_file_and_a_text_are_hashed_as_they_are(tmp_path: Path) -> None:
    """An archive file, too: the hash is of its bytes, and not of a hash."""
    path = tmp_path / "code.zip"
    path.write_bytes(b"PK")
    assert file_hash(path) == archive_hash(path) == text_hash("PK") == hashlib.sha256(b"PK").hexdigest()


def test_archives_inside_an_archive(tmp_path: Path) -> None:
    """The files in them stand under their name; folders are no members; the first of a name counts."""
    (tmp_path / "b.py").write_text("x" * 513)
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as zipped:
        zipped.mkdir("empty")
        zipped.write(tmp_path / "b.py", "b.py")
    directory = tarfile.TarInfo("empty")
    directory.type = tarfile.DIRTYPE
    with tarfile.open(tmp_path / "in.tar.gz", "w:gz") as tarred:
        tarred.addfile(directory)
        tarred.add(tmp_path / "b.py", "b.py")
    for name in ("in.zip", "in.tar.gz"):
        inner = ArchiveValue(path=str(tmp_path / name))
        assert assets_hash({"a.txt": text("hello"), "lib": inner}) == TWO
    first: dict[str, AssetValue | ArchiveValue] = {
        "a.txt": text("hello"),
        "lib": inner,
        "lib/": ArchiveValue(assets={"b.py": text("other")}),
    }
    assert assets_hash(first) == TWO


@pytest.mark.parametrize("name", ["code.txt", "absent.txt", "absent.zip"])
def test_what_is_no_archive_is_refused(name: str, tmp_path: Path) -> None:
    """A file of another kind, and one that is not there."""
    (tmp_path / "code.txt").write_text("x")
    with pytest.raises(ValueError if name == "code.txt" else OSError, match=name):
        archive_hash(tmp_path / name)

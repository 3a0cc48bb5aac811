"""Unpacked archives."""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.cloud.functions.configuration import FunctionConfiguration
from sandbox.cloud.functions.errors import FunctionArchiveError
from sandbox.cloud.functions.packaging.code import CodeStore


def bundle(**files: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return buffer.getvalue()


def test_archive_is_unpacked_once(tmp_path: Path, configuration: FunctionConfiguration) -> None:
    """The same digest gives the same folder, also to the next run."""
    folder = CodeStore(tmp_path).unpack(configuration, bundle(app="x"))
    assert (folder / "app").read_text() == "x"
    assert CodeStore(tmp_path).unpack(configuration, b"not read again") == folder


def test_permission_bits_are_kept(tmp_path: Path, configuration: FunctionConfiguration) -> None:
    """A file that is executable in the archive is executable here."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        entry = zipfile.ZipInfo("tool")
        entry.external_attr = 0o755 << 16
        made.writestr(entry, "#!/bin/sh")
    folder = CodeStore(tmp_path).unpack(configuration, buffer.getvalue())
    assert os.access(folder / "tool", os.X_OK)


def test_entries_cannot_leave_the_folder(tmp_path: Path, configuration: FunctionConfiguration) -> None:
    """A path that climbs out ends inside."""
    folder = CodeStore(tmp_path / "code").unpack(configuration, bundle(**{"../../evil": "x"}))
    assert not (tmp_path / "evil").exists()
    assert (folder / "evil").exists()


def test_broken_archive_is_an_error_and_leaves_nothing(
    tmp_path: Path, configuration: FunctionConfiguration
) -> None:
    """Bytes that are no zip file are named so; no half-unpacked folder stays."""
    with pytest.raises(FunctionArchiveError) as caught:
        CodeStore(tmp_path).unpack(configuration, b"no zip")
    assert caught.value.message == "the code of function `f` cannot be unpacked: file is not a zip file"
    assert list(tmp_path.iterdir()) == []


def test_pruning_keeps_the_most_recent(tmp_path: Path, configuration: FunctionConfiguration) -> None:
    """Old folders and what a cut-off unpacking left go; the ones used last stay."""
    store = CodeStore(tmp_path)
    folders = []
    for number in range(4):
        configured = replace(configuration, code_sha256=f"{number}" * 64)
        folders.append(store.unpack(configured, bundle(app=str(number))))
        os.utime(folders[-1], (number, number))
    (tmp_path / ".unpacking-x").mkdir()
    store.prune(keep=2)
    assert sorted(tmp_path.iterdir()) == folders[2:]
    CodeStore(tmp_path / "missing").prune()

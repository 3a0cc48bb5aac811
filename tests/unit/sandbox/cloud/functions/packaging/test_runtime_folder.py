"""The folder that stands for /var/runtime."""

from __future__ import annotations

from pathlib import Path

from sandbox.cloud.functions.packaging.runtime_folder import runtime_folder


def test_folder_holds_the_client_and_its_needs_only(tmp_path: Path) -> None:
    """No other package can be imported from there."""
    folder = runtime_folder(tmp_path)
    names = {path.name.partition(".")[0] for path in folder.iterdir()}
    assert names == {"awslambdaric", "runtime_client", "simplejson", "snapshot_restore_py"}


def test_folder_is_made_once_and_again_when_it_is_stale(tmp_path: Path) -> None:
    """An intact folder stays; one that points elsewhere is replaced."""
    folder = runtime_folder(tmp_path)
    before = folder.stat().st_ino
    assert runtime_folder(tmp_path).stat().st_ino == before
    (folder / "awslambdaric").unlink()
    (folder / "awslambdaric").symlink_to(tmp_path)
    assert runtime_folder(tmp_path) == folder
    assert (folder / "awslambdaric" / "bootstrap.py").is_file()
    assert list(tmp_path.iterdir()) == [folder]

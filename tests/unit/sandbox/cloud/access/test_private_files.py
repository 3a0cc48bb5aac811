"""What a sandbox has on disk is its user's alone."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from sandbox.cloud.access.errors import NotPrivateError
from sandbox.cloud.access.private_files import make_private_folder, read_private_text, require_private_folder
from tests.support.access.other_user import NOBODY, needs_root


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_is_private_whatever_the_umask(tmp_path: Path) -> None:
    """So is one that was there, if nobody else can have written to it."""
    folder, readable = tmp_path / "a" / "b", tmp_path / "readable"
    before = os.umask(0)
    make_private_folder(folder)
    os.umask(before)
    readable.mkdir()
    readable.chmod(0o755)
    make_private_folder(readable)
    assert (mode(folder), mode(readable)) == (0o700, 0o700)
    require_private_folder(folder)
    with pytest.raises(FileNotFoundError):
        require_private_folder(tmp_path / "absent")


@pytest.mark.parametrize("right", [0o770, 0o702, 0o777])
def test_a_folder_that_others_may_have_written_to_is_refused(tmp_path: Path, right: int) -> None:
    """What is in it is not known to be the user's."""
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(right)
    with pytest.raises(NotPrivateError, match=f"{right:04o}") as caught:
        make_private_folder(folder)
    assert "chmod 700" in caught.value.hint
    with pytest.raises(NotPrivateError):
        require_private_folder(folder)


def test_links_and_other_things_are_refused(tmp_path: Path) -> None:
    """A link could lead to a file of the user's that is then overwritten; a pipe could be waited for."""
    target, link, file = tmp_path / "target", tmp_path / "link", tmp_path / "file"
    target.mkdir(mode=0o700)
    link.symlink_to(target)
    file.write_text("x")
    file.chmod(0o600)
    for path in (link, file):
        with pytest.raises((NotPrivateError, FileExistsError)):
            make_private_folder(path)
        with pytest.raises(NotPrivateError):
            require_private_folder(path)
    to_file = tmp_path / "to-file"
    to_file.symlink_to(file)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (to_file, pipe, target):
        with pytest.raises(NotPrivateError):
            read_private_text(path)
    assert read_private_text(file) == "x"


@pytest.mark.parametrize("right", [0o604, 0o640, 0o660, 0o602, 0o644])
def test_a_file_that_others_can_read_or_change_is_refused(tmp_path: Path, right: int) -> None:
    """With what to do about it."""
    file = tmp_path / "credentials"
    file.write_text("x")
    file.chmod(right)
    with pytest.raises(NotPrivateError, match="mode") as caught:
        read_private_text(file)
    assert "chmod 600" in caught.value.hint


@needs_root
def test_what_belongs_to_another_user_is_refused(tmp_path: Path) -> None:
    """However private it is to them. FID-2"""
    file = tmp_path / "credentials"
    file.write_text("x")
    file.chmod(0o600)
    os.chown(file, NOBODY, NOBODY)
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY, NOBODY)
    with pytest.raises(NotPrivateError, match="another user"):
        read_private_text(file)
    for look in (make_private_folder, require_private_folder):
        with pytest.raises(NotPrivateError, match="another user"):
            look(folder)

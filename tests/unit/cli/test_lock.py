"""The lock of the sandbox folder."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cli.errors import LockedError, UsageError, explain
from cli.exit_codes import ExitCode
from cli.lock import hold_lock
from sandbox.cloud.access.errors import NotPrivateError

HOLD = """
import sys, time
from pathlib import Path
from cli.lock import hold_lock
with hold_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_second_holder_is_told_who_and_since_when(tmp_path: Path) -> None:
    """A lock held by another process is refused with its process id, the time, and exit code 7."""
    process = holder(tmp_path)
    try:
        with pytest.raises(LockedError) as caught, hold_lock(tmp_path):
            pass
    finally:
        process.communicate("")
    assert caught.value.pid == process.pid
    assert f"process {process.pid}) since 20" in caught.value.message
    explanation = explain(caught.value)
    assert explanation is not None
    assert explanation.code is ExitCode.LOCKED


def test_lock_goes_with_a_killed_holder(tmp_path: Path) -> None:
    """A SIGKILL of the holder leaves no lock behind."""
    process = holder(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    with hold_lock(tmp_path):
        assert (tmp_path / "up.lock").read_text() != ""


def test_lock_can_be_taken_again(tmp_path: Path) -> None:
    """A released lock names nobody and is free."""
    with hold_lock(tmp_path):
        pass
    assert (tmp_path / "up.lock").read_text() == ""
    with hold_lock(tmp_path):
        pass


def test_folder_is_private(tmp_path: Path) -> None:
    """The sandbox folder is made so that only its owner may read it."""
    with hold_lock(tmp_path / "new"):
        assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_a_lock_is_written_nowhere_else(tmp_path: Path) -> None:
    """FID-2: not into a folder that others can write to, nor over what a link in it leads to."""
    kept, folder = tmp_path / "kept", tmp_path / "folder"
    kept.write_text("kept")
    folder.mkdir(mode=0o700)
    (folder / "up.lock").symlink_to(kept)
    with pytest.raises(UsageError, match="cannot be used"), hold_lock(folder):
        pass
    folder.chmod(0o777)
    with pytest.raises(NotPrivateError, match="0777"), hold_lock(folder):
        pass
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(NotPrivateError, match="is a link"), hold_lock(link):
        pass
    assert kept.read_text() == "kept"


def test_a_full_disk_keeps_nobody_from_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who holds it cannot be written then; that it is held, the kernel knows."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr("cli.lock.os.write", full)
    with hold_lock(tmp_path), pytest.raises(LockedError), hold_lock(tmp_path):
        pass

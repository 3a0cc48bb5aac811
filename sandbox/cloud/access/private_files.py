"""Keeps what a sandbox has on disk to its user: what is others', a link, or open to others is refused.

Somebody else's folder could name an endpoint of theirs, a link could have a file of the user's overwritten.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sandbox.cloud.access.errors import NotPrivateError

_OTHERS = 0o077
_OTHERS_WRITE = 0o022
_LARGEST_BYTES = 4 * 1024 * 1024


def make_private_folder(folder: Path) -> None:
    """Make a folder that only this user can enter, or take one that nobody else can have written to.

    Raises NotPrivateError, or OSError.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    found = folder.lstat()
    _require(folder, found, _OTHERS_WRITE, folder_wanted=True)
    if stat.S_IMODE(found.st_mode) & _OTHERS:
        folder.chmod(0o700)


def require_private_folder(folder: Path) -> None:
    """Raise NotPrivateError for a folder that others can enter; FileNotFoundError for none."""
    _require(folder, folder.lstat(), _OTHERS, folder_wanted=True)


def read_private_text(path: Path) -> str:
    """The text of a file that only this user can read.

    Raises NotPrivateError, OSError or UnicodeDecodeError.
    """
    _require(path, path.lstat(), _OTHERS, folder_wanted=False)
    # what was looked at may have been replaced since: what is open is looked at again
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, "rb") as file:
        _require(path, os.fstat(descriptor), _OTHERS, folder_wanted=False)
        return file.read(_LARGEST_BYTES).decode()


def _require(path: Path, found: os.stat_result, mode: int, *, folder_wanted: bool) -> None:
    kind = "folder" if folder_wanted else "file"
    if stat.S_ISLNK(found.st_mode):
        raise NotPrivateError(
            path, "is a link", f"put a {kind} in its place; MYELIN_SANDBOX_DIR moves the folder"
        )
    if not (stat.S_ISDIR if folder_wanted else stat.S_ISREG)(found.st_mode):
        raise NotPrivateError(path, f"is no {kind}", "move it away")
    if found.st_uid != os.geteuid():
        raise NotPrivateError(
            path,
            f"belongs to another user ({found.st_uid})",
            "choose a folder of your own with MYELIN_SANDBOX_DIR",
        )
    if stat.S_IMODE(found.st_mode) & mode:
        right = 0o700 if folder_wanted else 0o600
        raise NotPrivateError(
            path,
            f"can be read or changed by others (mode {stat.S_IMODE(found.st_mode):04o})",
            f"look at what is in it, then `chmod {right:o} {path}`",
        )

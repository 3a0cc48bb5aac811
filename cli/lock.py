"""One change at a time: a lock that goes with its process, however that ends."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from cli.errors import LockedError, UsageError
from sandbox.cloud.access.private_files import make_private_folder


@contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Hold the sandbox's lock; raises LockedError, at once, when another process does, or NotPrivateError.

    The kernel holds it (`flock`), so a killed process leaves no lock behind; the file names the holder.
    """
    with _open_lock_file(folder) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _locked_error(file) from error
        _write_holder(file)
        try:
            yield
        finally:
            with suppress(OSError):
                file.truncate(0)


def _open_lock_file(folder: Path) -> IO[str]:
    try:
        make_private_folder(folder)
        descriptor = os.open(folder / "up.lock", os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        return os.fdopen(descriptor, "a+", encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"the sandbox folder `{folder}` cannot be used: {(error.strerror or str(error)).lower()}",
            hint="set MYELIN_SANDBOX_DIR to a folder that can be written to",
        ) from error


def _write_holder(file: IO[str]) -> None:
    holder = {
        "pid": os.getpid(),
        "user": _user_name(),
        "since": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(["myelin", *sys.argv[1:]]),
    }
    # the kernel holds the lock; who holds it is only told, and `down` has to work on a full disk
    with suppress(OSError):
        file.truncate(0)
        os.write(file.fileno(), json.dumps(holder).encode())


def _user_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _locked_error(file: IO[str]) -> LockedError:
    file.seek(0)
    holder: dict[str, Any] = {}
    with suppress(ValueError):
        holder = json.loads(file.read())
    return LockedError(
        pid=int(holder.get("pid", 0)),
        user=str(holder.get("user", "another process")),
        since=str(holder.get("since", "just now")),
        command=str(holder.get("command", "myelin")),
    )

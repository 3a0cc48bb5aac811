"""One change at a time: a lock that goes with its process, however that ends."""

from __future__ import annotations

import fcntl
import getpass
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from cli.errors import LockedError, UsageError
from sandbox.cloud.access.private_files import make_private_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class LockHolder:
    """Who holds a lock, or held it last: `alive` says whether the kernel still holds it for that process."""

    pid: int
    user: str
    since: str
    command: str
    alive: bool

    def words(self) -> str:
        """For people."""
        return f"{self.user} (process {self.pid}) since {self.since}: `{self.command}`"

    def document(self) -> dict[str, Any]:
        """As a JSON value."""
        return asdict(self)


def read_lock(folder: Path) -> LockHolder | None:
    """Who holds the lock of a sandbox, or left its name there; None if nobody. Changes nothing.

    The file alone proves nothing: whether its process lives is asked of the kernel's lock.
    """
    try:
        with (folder / "up.lock").open(encoding="utf-8") as file:
            told = _told(file)
            return None if told is None else replace(told, alive=_is_held(file))
    except FileNotFoundError:
        return None


def clear_dead_lock(folder: Path) -> bool:
    """Take the name of a dead holder away; whether that was done, which it is not while a process lives."""
    try:
        with hold_lock(folder):
            return True
    except LockedError:
        return False


def _is_held(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


def _told(file: IO[str]) -> LockHolder | None:
    holder: dict[str, Any] = {}
    with suppress(ValueError):
        holder = json.loads(file.read())
    if not holder:
        return None
    return LockHolder(
        pid=int(holder.get("pid", 0)),
        user=str(holder.get("user", "another process")),
        since=str(holder.get("since", "just now")),
        command=str(holder.get("command", "myelin")),
        alive=True,
    )


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
    held = _told(file)
    if held is None:
        return LockedError(pid=0, user="another process", since="just now", command="myelin")
    return LockedError(pid=held.pid, user=held.user, since=held.since, command=held.command)

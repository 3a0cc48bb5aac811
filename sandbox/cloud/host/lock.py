"""File locks, which are released when the process that holds them ends in any way."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.cloud.host.errors import HostBusyError

_PAUSE = 0.02


@contextmanager
def hold(path: Path, *, timeout: float) -> Iterator[None]:
    """Hold the lock on a file; raises HostBusyError when another holder keeps it for `timeout` seconds."""
    deadline = time.monotonic() + timeout
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not _try(descriptor):
            if time.monotonic() >= deadline:
                raise HostBusyError(path.parent, timeout)
            time.sleep(_PAUSE)
        yield
    finally:
        os.close(descriptor)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

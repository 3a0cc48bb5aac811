"""Finds and ends processes that a sandbox has left running.

Every process that a sandbox starts, and every process those start, has the sandbox's directory in its
environment variable MYELIN_SANDBOX. Processes without that mark are never touched, nor is this process or an
ancestor of it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

import psutil

from sandbox.cloud.host.errors import LeftoverError

MARKER = "MYELIN_SANDBOX"

GRACE_SECONDS = 3.0
KILL_SECONDS = 5.0
_PAUSE = 0.02


def marker(directory: Path) -> str:
    """The value of the environment variable MYELIN_SANDBOX for a sandbox directory."""
    return str(directory.resolve())


def find_marked(directory: Path) -> list[psutil.Process]:
    """Find all processes that carry the mark of a sandbox directory."""
    value = marker(directory)
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid not in own and process.environ().get(MARKER) == value and _lives(process):
                found.append(process)
    return found


def end_leftovers(directory: Path, *, grace: float = GRACE_SECONDS) -> tuple[int, ...]:
    """End every marked process: SIGTERM, and after `grace` seconds SIGKILL. Returns the ids of those found.

    Raises LeftoverError if some cannot be ended.
    """
    found = find_marked(directory)
    pids = {process.pid for process in found}
    _end(found, signal.SIGTERM)
    _wait_gone(directory, grace)
    deadline = time.monotonic() + KILL_SECONDS
    while remaining := find_marked(directory):
        if time.monotonic() >= deadline:
            raise LeftoverError(sorted(process.pid for process in remaining))
        pids |= {process.pid for process in remaining}
        _end(remaining, signal.SIGKILL)
        time.sleep(_PAUSE)
    return tuple(sorted(pids))


def _wait_gone(directory: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while find_marked(directory) and time.monotonic() < deadline:
        time.sleep(_PAUSE)


def _end(processes: list[psutil.Process], number: signal.Signals) -> None:
    """Signal each process; with a group's leader its whole group, as members may have dropped the mark."""
    for process in processes:
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) == process.pid and process.is_running():
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)


def _lives(process: psutil.Process) -> bool:
    return bool(process.status() != psutil.STATUS_ZOMBIE)

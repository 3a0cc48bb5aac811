"""Finds and ends what a sandbox has left running.

Every process that a sandbox starts, and every process those start, carries the sandbox's directory in the
environment variable MYELIN_SANDBOX. Nothing without that mark is ever touched, nor is this process or one it
descends from.
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
    """The value of the mark for a sandbox directory."""
    return str(directory.resolve())


def find_marked(directory: Path) -> list[psutil.Process]:
    """Look through all processes of this user for the mark."""
    value = marker(directory)
    own = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid not in own and process.environ().get(MARKER) == value and _lives(process):
                found.append(process)
    return found


def end_leftovers(directory: Path, *, grace: float = GRACE_SECONDS) -> tuple[int, ...]:
    """End every marked process, gently for `grace` seconds and then by force; returns the ids of those found.

    Raises LeftoverError when some cannot be ended.
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
    """Signal each process; one that leads a group takes along the members that dropped the mark."""
    for process in processes:
        with contextlib.suppress(psutil.Error, ProcessLookupError, PermissionError):
            if os.getpgid(process.pid) == process.pid and process.is_running():
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)


def _lives(process: psutil.Process) -> bool:
    return bool(process.status() != psutil.STATUS_ZOMBIE)

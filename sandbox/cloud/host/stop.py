"""Stops the background process, and ends processes that it leaves."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from sandbox.cloud.host import leftovers, lock, state
from sandbox.cloud.host.control import ask_to_stop
from sandbox.cloud.host.start import LOCK_SECONDS, START_LOCK, find_any
from sandbox.cloud.host.state import Host

STOP_SECONDS = 30.0
_PAUSE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The result of a stop.

    `host` is the background process that ran and answered (None: there was none), `graceful` says whether it
    ended by itself, `cleaned` are the ids of processes that had to be ended from outside.
    """

    host: Host | None
    graceful: bool
    cleaned: tuple[int, ...]


def stop(directory: Path, *, timeout: float = STOP_SECONDS) -> Stopped:
    """Stop the sandbox of a directory: ask it, wait for `timeout` seconds, then end by force what is left.

    It is no error if nothing runs. Raises HostBusyError or LeftoverError.
    """
    directory = directory.resolve()
    if not directory.is_dir():
        return Stopped(host=None, graceful=False, cleaned=())
    with lock.hold(directory / START_LOCK, timeout=LOCK_SECONDS):
        host = find_any(directory)
        graceful = host is not None and ask_to_stop(host) and _wait_for_end(host.pid, timeout)
        cleaned = leftovers.end_leftovers(directory)
        state.remove(directory)
    return Stopped(host=host, graceful=graceful, cleaned=cleaned)


def _wait_for_end(pid: int, timeout: float) -> bool:
    """Wait until a process has ended, which need not be a child of this one.

    A zombie has ended, too: in a container its exit status may never be collected.
    """
    deadline = time.monotonic() + timeout
    try:
        process = psutil.Process(pid)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() >= deadline:
                return False
            time.sleep(_PAUSE)
    except psutil.NoSuchProcess:
        return True
    return True

"""Starts the background process, once for each directory."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.cloud.access.private_files import make_private_folder
from sandbox.cloud.emulator.errors import PortInUseError
from sandbox.cloud.host import leftovers, lock, state
from sandbox.cloud.host.control import is_answering
from sandbox.cloud.host.errors import HostError, HostFailedError, HostRefusedError, OtherVersionError
from sandbox.cloud.host.options import HostOptions
from sandbox.cloud.host.state import Host
from sandbox.cloud.host.version import code_version

READY_SECONDS = 30.0
LOCK_SECONDS = 60.0
START_LOCK = "start.lock"

_DROPPED_PREFIXES = ("AWS_", "PULUMI_", "PYTHONDONTWRITEBYTECODE")
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})


def find_any(directory: Path) -> Host | None:
    """Find the sandbox that runs in a directory and answers, whichever code it runs.

    None if none was started, or if it was killed.
    """
    host = state.read(directory)
    return host if host is not None and is_answering(host) else None


def find(directory: Path) -> Host | None:
    """Find the sandbox that runs in a directory; raises OtherVersionError if it runs other code than this."""
    host = find_any(directory)
    if host is not None and host.version != code_version():
        raise OtherVersionError(host.pid)
    return host


def start(
    directory: Path, options: HostOptions, *, timeout: float = READY_SECONDS, lifeline: int | None = None
) -> Host:
    """Start the sandbox of a directory and wait until it answers; one that runs already is returned as it is.

    `lifeline` is the reading end of a pipe: once no process holds the other end any more, the sandbox ends
    and removes its directory. See `sandbox.cloud.host.temporary`.

    Raises OtherVersionError for one that runs other code, NotPrivateError, PortInUseError, HostRefusedError
    (it said why), HostFailedError (with the end of its log), HostBusyError or LeftoverError. A start that
    fails leaves nothing behind.
    """
    make_private_folder(directory)
    directory = directory.resolve()
    with lock.hold(directory / START_LOCK, timeout=LOCK_SECONDS):
        running = find(directory)
        if running is not None:
            return running
        leftovers.end_leftovers(directory)
        state.remove(directory)
        try:
            return _spawn(directory, options, timeout, lifeline)
        except BaseException:
            leftovers.end_leftovers(directory, grace=0.5)
            state.remove(directory)
            raise


def host_environment(own: Mapping[str, str], directory: Path) -> dict[str, str]:
    """The environment of the background process: without variables of a real AWS account or of a proxy."""
    kept = {
        name: value
        for name, value in own.items()
        if not name.startswith(_DROPPED_PREFIXES) and name.lower() not in _PROXIES
    }
    return {**kept, leftovers.MARKER: leftovers.marker(directory), "PYTHONUNBUFFERED": "1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """The one report of the background process: that it is ready, or why not."""

    kind: str
    message: str = ""
    hint: str = ""
    port: int = 0


def _spawn(directory: Path, options: HostOptions, timeout: float, lifeline: int | None) -> Host:
    log = directory / state.LOG
    if log.exists():
        log.replace(log.with_suffix(".log.1"))
    reader, writer = os.pipe()
    arguments = ["--directory", str(directory), "--incarnation", uuid.uuid4().hex, "--report", str(writer)]
    passed = [writer]
    if lifeline is not None:
        arguments += ["--lifeline", str(lifeline)]
        passed.append(lifeline)
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "sandbox.cloud.host",
                    *arguments,
                    "--options",
                    options.to_json(),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=directory,
                env=host_environment(os.environ, directory),
                start_new_session=True,
                pass_fds=passed,
            )
    except BaseException:
        os.close(reader)
        raise
    finally:
        os.close(writer)
    # the child outlives this process; while both live its exit status has to be collected
    threading.Thread(target=process.wait, name="host-reaper", daemon=True).start()
    try:
        report = _await_report(reader, time.monotonic() + timeout)
    finally:
        os.close(reader)
    if report is None:
        raise HostFailedError(reason="no answer", log=log, lines=state.last_lines(directory))
    if report.kind != "ready":
        raise _error(report, directory)
    host = state.read(directory)
    if host is None:
        raise HostFailedError(reason="no state", log=log, lines=state.last_lines(directory))
    return host


def _await_report(reader: int, deadline: float) -> _Report | None:
    """Read the one line of the background process; None if it ends or the time is over without one."""
    text = b""
    while not text.endswith(b"\n"):
        ready, _, _ = select.select([reader], [], [], max(0.0, deadline - time.monotonic()))
        chunk = os.read(reader, 65536) if ready else b""
        if not chunk:
            return None
        text += chunk
    return _Report(**json.loads(text))


def _error(report: _Report, directory: Path) -> HostError | PortInUseError:
    if report.kind == "port":
        return PortInUseError(report.port)
    if report.kind == "refused":
        return HostRefusedError(report.message, hint=report.hint)
    return HostFailedError(
        reason=report.message, log=directory / state.LOG, lines=state.last_lines(directory)
    )

"""The background process itself: `python -m sandbox.cloud.host`, started by `sandbox.cloud.host.start`."""

from __future__ import annotations

import argparse
import json
import logging
import os
import shutil
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from sandbox.cloud.emulator.errors import PortInUseError
from sandbox.cloud.host import descriptors, state
from sandbox.cloud.host.composition import EmulatedCloud
from sandbox.cloud.host.options import HostOptions
from sandbox.errors import SandboxError

log = logging.getLogger("sandbox.cloud.host")

LAST_RESORT_SECONDS = 45.0
"""Longer than the stops of all parts may take together: then the stop hangs."""


def main(argv: list[str]) -> int:
    """Run a sandbox until it is told to stop; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.cloud.host")
    parser.add_argument("--directory", type=Path, required=True)
    parser.add_argument("--options", type=HostOptions.from_json, required=True)
    parser.add_argument("--incarnation", required=True)
    parser.add_argument(
        "--report", type=int, required=True, help="file descriptor to say ready, or why not, on"
    )
    parser.add_argument("--lifeline", type=int, help="file descriptor whose end of file is the end of all")
    arguments = parser.parse_args(argv)
    for descriptor in (arguments.report, arguments.lifeline):
        if descriptor is not None:
            os.set_inheritable(descriptor, False)  # noqa: FBT003 - the call has no keywords
    logging.basicConfig(
        level=os.environ.get("MYELIN_SANDBOX_LOG_LEVEL", "INFO"),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    os.umask(0o077)
    descriptors.raise_limit()
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        cloud = EmulatedCloud(arguments.directory, arguments.options, arguments.incarnation, stopping.set)
    except PortInUseError as error:
        _report(arguments.report, kind="port", port=error.port)
        return 1
    except SandboxError as error:
        _report(arguments.report, kind="refused", message=str(error), hint=error.hint)
        return 1
    cloud.start()
    cloud.host.write()
    _report(arguments.report, kind="ready")
    log.info("ready at %s", cloud.host.endpoint)
    orphaned = threading.Event()
    if arguments.lifeline is not None:
        watch = (arguments.lifeline, orphaned, stopping)
        threading.Thread(target=_watch, args=watch, name="lifeline", daemon=True).start()
    stopping.wait()
    _stop(cloud)
    if orphaned.is_set():
        shutil.rmtree(arguments.directory, ignore_errors=True)
    return 0


def _watch(lifeline: int, orphaned: threading.Event, stopping: threading.Event) -> None:
    """Stop the sandbox when the process that started it has ended, in whatever way."""
    while os.read(lifeline, 1):
        pass
    log.info("the process that this sandbox was for has gone")
    orphaned.set()
    stopping.set()


def _stop(cloud: EmulatedCloud) -> None:
    log.info("stopping")
    last_resort = threading.Timer(LAST_RESORT_SECONDS, os._exit, args=(1,))
    last_resort.daemon = True
    last_resort.start()
    cloud.stop()
    state.remove(cloud.host.directory, cloud.host.incarnation)
    log.info("stopped")


def _report(descriptor: int, **fields: Any) -> None:
    """Send a report to the process that started this one; it may have ended meanwhile."""
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as pipe:
            pipe.write(json.dumps(fields) + "\n")
    except BrokenPipeError:
        log.warning("the process that started this sandbox has gone")


if __name__ == "__main__":
    code = main(sys.argv[1:])
    logging.shutdown()
    # threads that wait for the network are daemons; nothing is left to do that they could hold up
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)

"""Starts, watches and stops the process that runs a function's code."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import psutil

from sandbox.cloud.functions.configuration import FunctionConfiguration
from sandbox.cloud.functions.processes.channel import RuntimeChannel
from sandbox.cloud.functions.processes.environment import function_environment
from sandbox.cloud.functions.processes.output import ProcessOutput
from sandbox.cloud.telemetry.log_sink import LogSink

MEBIBYTE = 1024 * 1024

MEASURED_SECONDS = 1.0
"""How old a measured amount of memory may be: reading it costs a tenth of an invocation."""

_BOOT = """
import os, sys
sys.path[:0] = sys.argv.pop(1).split(os.pathsep)
from awslambdaric.__main__ import main
main(sys.argv)
"""


def python_command() -> list[str]:
    """The beginning of a command that runs Python without this project's environment.

    It is the base interpreter of the virtual environment, isolated (`-I`: no PYTHON variables, no user site,
    not the current folder) and without site-packages (`-S`).
    """
    base: str = getattr(sys, "_base_executable", sys.executable)
    return [base, "-I", "-S", "-c", _BOOT]


class FunctionProcess:
    """A process that loads a function's code, asks its channel for events, and writes to its output."""

    def __init__(
        self,
        configuration: FunctionConfiguration,
        *,
        task_root: Path,
        runtime_folder: Path,
        credentials: Mapping[str, str],
        supplied: Mapping[str, str],
        sink: LogSink,
        packages: Path | None = None,
    ) -> None:
        """Start the process, in a session of its own; `packages` precede the archive on the import path."""
        self.configuration = configuration
        self.started = time.monotonic()
        self.calls = 0
        self.starting = True
        self.retired = False
        self.idle_since = self.started
        self.channel = RuntimeChannel()
        self._stop_lock = threading.Lock()
        self._stopped = False
        self._memory, self._measured_at = 0, -MEASURED_SECONDS
        group = configuration.log_group
        stream = f"{datetime.now(UTC):%Y/%m/%d}/[{configuration.version}]{uuid.uuid4().hex}"
        environment = function_environment(
            configuration,
            log_stream=stream,
            runtime_api=self.channel.address,
            task_root=task_root,
            runtime_folder=runtime_folder,
            credentials=credentials,
            supplied=supplied,
        )
        path = os.pathsep.join(str(folder) for folder in (packages, task_root, runtime_folder) if folder)
        reader, writer = os.pipe()
        try:
            self._process = subprocess.Popen(
                [*python_command(), path, configuration.handler],
                env=environment,
                cwd=task_root,
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                start_new_session=True,
            )
        except BaseException:
            os.close(reader)
            self.channel.close()
            raise
        finally:
            os.close(writer)
        self.channel.admit(self._process.pid)
        self.output = ProcessOutput(
            reader, lambda line: sink.put(group, stream, line, time.time_ns() // 1_000_000)
        )

    @property
    def pid(self) -> int:
        """The process id, which is also the id of its group."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def memory_used(self) -> int:
        """Resident memory in MiB, as it was at most a second ago; 0 when the process has ended."""
        now = time.monotonic()
        if not self.alive:
            return 0
        if now - self._measured_at >= MEASURED_SECONDS:
            self._measured_at = now
            with contextlib.suppress(psutil.Error):
                self._memory = int(psutil.Process(self.pid).memory_info().rss) // MEBIBYTE
        return self._memory

    def exit_code(self) -> int | None:
        """The exit code as subprocess gives it, waiting up to 2 s for the end; None if it still runs."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(2)
        return None

    def kill(self) -> None:
        """Kill the process and its whole group. An invocation under way then ends with an error."""
        with self._stop_lock:
            if not self._stopped:
                self._signal(signal.SIGKILL)

    def stop(self, grace: float = 0.0) -> None:
        """End the process, by SIGTERM if there are `grace` seconds, then by SIGKILL, and close its channel.

        Not to be called while another thread uses the channel. May be called again.
        """
        with self._stop_lock:
            if self._stopped:
                return
            if grace and self.alive:
                self._signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(grace)
            self._signal(signal.SIGKILL)
            self._process.wait()
            self._stopped = True
        self.output.close()
        self.channel.close()

    def _signal(self, number: signal.Signals) -> None:
        # the group stays ours until its leader has been waited for, and longer while a member lives
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

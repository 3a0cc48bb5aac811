"""Starts Python programs as forks of one process that has loaded their libraries (fork_server.py).

Where that cannot be had (another system than Linux, another program than `python -m`, other variables that
change the interpreter itself), `fits` says so, and the program is started in the ordinary way.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.cloud.tasks.processes.fork_server import LONGEST_MESSAGE, ForkedProgram

_PR_SET_CHILD_SUBREAPER = 36
_PATIENCE = 30.0
"""Seconds until a server that does not answer is given up; its first answer waits for the libraries."""

_SMALLEST = 3
"""Parts of a command that runs a module: the interpreter, `-m` and the module."""


class ForkedProcess:
    """A child process that was forked elsewhere."""

    def __init__(self, pid: int) -> None:
        """The process is a child of this one by now."""
        self.pid = pid

    def wait(self) -> int:
        """Reap it; the exit code, negative if a signal ended it."""
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


class Forks:
    """The server of forks, started at once. To be used in one event loop."""

    _open = 0
    """How many there are in this process, which adopts orphans as long as there is one."""

    def __init__(self, python: str, environment: Mapping[str, str]) -> None:
        """`python` is the interpreter of the programs that fit, `environment` the variables of the server."""
        self._python = python
        self._interpreter = _of_interpreter(environment)
        self._asking = asyncio.Lock()
        self._peer: socket.socket | None = None
        self._server: subprocess.Popen[bytes] | None = None
        if sys.platform != "linux" or python != sys.executable:
            return
        Forks._open += 1
        _adopt_orphans(adopts=True)
        self._peer, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._peer.settimeout(_PATIENCE)
        with other:
            self._server = subprocess.Popen(
                [python, "-P", "-m", "sandbox.cloud.tasks.processes.fork_server", str(other.fileno())],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                pass_fds=[other.fileno()],
                start_new_session=True,
            )

    def fits(self, argv: Sequence[str], environment: Mapping[str, str]) -> bool:
        """Whether a command with these variables can be started as a fork."""
        return (
            self._peer is not None
            and len(argv) >= _SMALLEST
            and list(argv[:2]) == [self._python, "-m"]
            and _of_interpreter(environment) == self._interpreter
        )

    async def start(
        self, argv: Sequence[str], *, environment: Mapping[str, str], directory: Path, outputs: Sequence[int]
    ) -> ForkedProcess | None:
        """Start a command that fits; `outputs` become its standard output and error. None: it cannot be."""
        program = ForkedProgram(
            module=argv[2],
            arguments=tuple(argv[3:]),
            environment=dict(environment),
            directory=str(directory),
        )
        message = program.to_message()
        if len(message) >= LONGEST_MESSAGE:
            return None
        async with self._asking:
            try:
                pid = await asyncio.to_thread(self._ask, message, list(outputs))
            except (OSError, ValueError):
                self.close()
                return None
        return ForkedProcess(pid)

    def close(self) -> None:
        """End the server; the programs that it started run on."""
        if self._peer is not None and self._server is not None:
            self._peer.close()
            self._peer = None
            self._server.kill()
            self._server.wait()
            Forks._open -= 1
            _adopt_orphans(adopts=Forks._open > 0)

    def _ask(self, message: bytes, outputs: list[int]) -> int:
        peer = self._peer
        if peer is None:
            raise OSError("the server of forks is gone")
        socket.send_fds(peer, [message], outputs)
        return int(peer.recv(32))


def _of_interpreter(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that Python looks at when it starts, which a fork can only take over."""
    return {name: value for name, value in environment.items() if name.startswith("PYTHON")}


def _adopt_orphans(*, adopts: bool) -> None:
    """Whether processes below this one whose parents end become children of this one."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, int(adopts), 0, 0, 0)

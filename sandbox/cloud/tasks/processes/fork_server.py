"""`python -m sandbox.cloud.tasks.processes.fork_server FD`: starts Python programs as forks of itself.

Most of the time and memory that a small service takes to start goes into the libraries that all services
have. Here they are loaded once; a program begins where `python -m MODULE` would, in a process of its own.
Loaded are libraries alone and nothing of a project, whose code may be another one at the next deployment.

FD is a socket of type SOCK_SEQPACKET. A request is one message: a `ForkedProgram` as JSON, and descriptors
that become its standard output and error; the answer is the process id. The server ends with its peer.
The program's parent is not this process but the nearest one above that adopts orphans.
https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

LIBRARIES = (
    "aiohttp",
    "annotated_types",
    "anyio.to_thread",
    "botocore.client",
    "botocore.handlers",
    "botocore.monitoring",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "httptools",
    "pydantic",
    "rfc8785",
    "starlette.applications",
    "structlog",
    "uvicorn",
    "uvicorn.protocols.http.httptools_impl",
)
"""What the services' runtime imports, and what it does not import, a program pays for itself."""

LONGEST_MESSAGE = 128 * 1024
"""Bytes of a request: less than the smallest send buffer that Linux gives such a socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkedProgram:
    """A module to run as `python -m` runs it, with its arguments, environment and working directory."""

    module: str
    arguments: tuple[str, ...]
    environment: dict[str, str]
    directory: str

    @property
    def title(self) -> str:
        """What `ps` calls the process: the service that it is, or else the module."""
        return self.environment.get("MYELIN_SERVICE") or self.module.rpartition(".")[2]

    def to_message(self) -> bytes:
        """The request for it."""
        return json.dumps(asdict(self)).encode()

    @classmethod
    def of_message(cls, message: bytes) -> Self:
        """What a request asks for."""
        asked = json.loads(message)
        return cls(**{**asked, "arguments": tuple(asked["arguments"])})


def load_libraries() -> None:
    """Import what programs have in common, and keep it out of their search for garbage: it stays shared."""
    # as in a container, which has no rich: structlog would load it, and no service uses it
    sys.modules["rich"] = None  # type: ignore[assignment]
    for name in LIBRARIES:
        importlib.import_module(name)
    del sys.modules["rich"]
    gc.collect()
    gc.freeze()


def serve(peer: socket.socket) -> ForkedProgram | None:
    """Answer requests until the peer is gone (None); in the process of a program, what it is to run."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(peer, LONGEST_MESSAGE, 2)
        if not message:
            return None
        pid = _fork_orphan()
        if pid == 0:
            peer.close()
            program = ForkedProgram.of_message(message)
            _take_over(program, descriptors)
            return program
        for descriptor in descriptors:
            os.close(descriptor)
        peer.send(str(pid).encode())


def _fork_orphan() -> int:
    """Fork a process that is nobody's child here; gives its id, and 0 in the process itself."""
    reading, writing = os.pipe()
    between = os.fork()
    if between == 0:
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            os.close(writing)
            return 0
        os.write(writing, str(pid).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as told:
        pid = int(told.read())
    os.waitpid(between, 0)
    return pid


def _take_over(program: ForkedProgram, descriptors: list[int]) -> None:
    """Make this process what `python -m` would have found."""
    os.setsid()
    for descriptor, standard in zip(descriptors, (1, 2), strict=True):
        os.dup2(descriptor, standard)
        os.close(descriptor)
    Path("/proc/self/comm").write_text(program.title, encoding="utf-8")
    os.chdir(program.directory)
    os.environ.clear()
    os.environ.update(program.environment)
    time.tzset()
    sys.argv = [program.module, *program.arguments]
    sys.path.insert(0, program.directory)


def main() -> None:
    """Serve the socket that the first argument names, or become a program."""
    load_libraries()
    program = serve(socket.socket(fileno=int(sys.argv[1])))
    if program is not None:
        runpy.run_module(program.module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

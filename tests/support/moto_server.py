"""moto's own server, for tests that need an AWS and not our emulator.

python -m tests.support.moto_server   # serves until its standard input ends, and prints its URL
"""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from moto.server import ThreadedMotoServer

from sandbox.cloud.alarms import moto_alarms
from sandbox.cloud.emulator.quirks import remember_modules, set_environment, share_botocore_data


@contextmanager
def moto_server() -> Iterator[str]:
    """Serve moto in a process of its own, on a free loopback port; gives its URL.

    moto has one state in a process: a test beside it that uses `mock_aws` would empty it.
    """
    command = [sys.executable, "-m", "tests.support.moto_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield server.stdout.readline().strip()
        finally:
            server.stdin.close()


@contextmanager
def moto_server_here() -> Iterator[str]:
    """Serve moto in this process, for tests that reach into it. It logs no requests."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


if __name__ == "__main__":
    set_environment()
    share_botocore_data()
    remember_modules()
    moto_alarms.install()
    with moto_server_here() as url:
        print(url, flush=True)  # noqa: T201
        sys.stdin.read()

"""A sandbox for one block of code, which leaves nothing behind in whatever way its process ends."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.cloud.host.options import HostOptions
from sandbox.cloud.host.start import start
from sandbox.cloud.host.state import Host
from sandbox.cloud.host.stop import stop

PREFIX = "myelin-temporary-"


@contextmanager
def temporary(options: HostOptions) -> Iterator[Host]:
    """Start a sandbox in a new folder below the system's temporary one, and end both with this block.

    The background process holds the reading end of a pipe, and only this process has the other end. The
    kernel closes it when this process ends, so even a kill ends the sandbox, which removes its folder itself.
    Raises what `start` and `stop` raise.
    """
    reader, writer = os.pipe()
    try:
        with tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True) as folder:
            directory = Path(folder)
            host = start(directory, options, lifeline=reader)
            try:
                yield host
            finally:
                stop(directory)
    finally:
        os.close(writer)
        os.close(reader)

"""Finds loopback ports for tasks."""

from __future__ import annotations

import random
import socket
from collections.abc import Container

from sandbox.cloud.ecs.endpoint import LOOPBACK
from sandbox.cloud.tasks.errors import CannotStartContainerError

LOWEST, HIGHEST = 20000, 32767
"""Below Linux's ephemeral range (32768 and up): no outgoing connection can take a task's port."""

_ATTEMPTS = 200


def free_port(taken: Container[int], choice: random.Random) -> int:
    """Find a port that is free and not in `taken`; raises CannotStartContainerError."""
    for _ in range(_ATTEMPTS):
        port = choice.randint(LOWEST, HIGHEST)
        if port in taken:
            continue
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((LOOPBACK, port))
            except OSError:
                continue
            return port
    raise CannotStartContainerError(f"no free port between {LOWEST} and {HIGHEST}")

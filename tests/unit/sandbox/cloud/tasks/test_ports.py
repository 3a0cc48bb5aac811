"""Ports of this machine for tasks."""

from __future__ import annotations

import random
import socket

import pytest

from sandbox.cloud.tasks.errors import CannotStartContainerError
from sandbox.cloud.tasks.ports import HIGHEST, LOWEST, free_port


def test_ports_are_free_and_below_the_ephemeral_range() -> None:
    """Ports that are taken or listened on are passed over; when there is none left, it is said."""

    class Scripted(random.Random):
        def __init__(self, *ports: int) -> None:
            super().__init__()
            self.ports = list(ports)

        def randint(self, a: int, b: int) -> int:
            assert (a, b) == (LOWEST, HIGHEST)
            return self.ports.pop(0)

    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        busy = listening.getsockname()[1]
        free = free_port((), random.Random(1))
        assert LOWEST <= free <= HIGHEST
        assert free_port({1}, Scripted(1, busy, free)) == free
    with pytest.raises(CannotStartContainerError, match="no free port"):
        free_port(range(LOWEST, HIGHEST + 1), random.Random(1))

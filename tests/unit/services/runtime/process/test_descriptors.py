"""The limit of file descriptors, and what it leaves for connections."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import pytest

from services.runtime.process import descriptors
from services.runtime.process.descriptors import Room, room_within
from tests.support.paths import ROOT


@pytest.mark.parametrize(
    ("limit", "room"),
    [(256, Room(128, 32)), (1024, Room(512, 128)), (65_536, Room(32_768, 8_192)), (1, Room(1, 1))],
)
def test_the_room_within_a_limit(limit: int, room: Room) -> None:
    """Half of the descriptors are for clients that are served, an eighth for those that are told 503."""
    assert room_within(limit) == room
    assert room.served + room.told < limit or limit == 1


def in_a_process(soft: int, hard: int) -> list[int]:
    """The limits that a process with these ones has after raising them, and what it is told."""
    program = (
        "import json, resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))\n"
        "from services.runtime.process.descriptors import raise_limit\n"
        "print(json.dumps([raise_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE)]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(soft), str(hard)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[int] = json.loads(done.stdout)
    return found


def test_the_limit_is_raised_to_the_hard_one() -> None:
    """A process takes what the system gives, without being told to."""
    assert in_a_process(256, 512) == [512, 512, 512]


def test_no_limit_is_plenty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without any limit there is room for a million descriptors."""
    unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    monkeypatch.setattr(resource, "getrlimit", lambda _: unlimited)
    assert descriptors.limit() == descriptors.PLENTY

"""Two commands that change one sandbox at the same time."""

from __future__ import annotations

import re
import signal
from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.project import ProjectCopy

pytestmark = pytest.mark.sandbox


def test_second_up_says_who_holds_the_lock(project: ProjectCopy) -> None:
    """The second of two exits 7 at once and says who is at it, with what command and since when; so does
    `down`. The first is not disturbed, and the lock goes with it.
    """
    first = project.popen("up", "--yes")
    try:
        assert first.stderr is not None
        assert first.stderr.readline() == "planning\n"
        refused = [project.myelin(*command, check=False) for command in (("up",), ("down", "--yes"))]
        assert first.poll() is None
        for ran in refused:
            assert ran.code == 7
            error = ran.document["error"]
            found = re.fullmatch(
                r"the sandbox is locked by \S+ \(process (\d+)\) since (\S+): `myelin up --yes`",
                error["message"],
            )
            assert found
            assert int(found[1]) == first.pid
            age = datetime.now(UTC) - datetime.fromisoformat(found[2])
            assert timedelta(0) <= age < timedelta(minutes=2)
            assert error["hint"] == "wait until it has ended; the lock goes with its process"
        first.send_signal(signal.SIGKILL)
    finally:
        first.kill()
        first.communicate()
    assert project.down().document["was_running"] is True

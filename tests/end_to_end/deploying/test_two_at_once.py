"""Two commands that change one sandbox at the same time."""

from __future__ import annotations

import re
import signal
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.end_to_end.project import ProjectCopy

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("deployed")]

SECONDS = 60.0
POLICY = "policies/calls/rules/no-erase.cedar"


def test_second_up_says_who_holds_the_lock(deployed: ProjectCopy) -> None:
    """The second of two exits 7 at once and says who is at it, with what command and since when; so does
    `down`. The first is not disturbed, and the lock goes with it.
    """
    processes = deployed.processes()
    written = deployed.path(POLICY).read_text(encoding="utf-8")
    deployed.path(POLICY).write_text(f"{written}\n// to have something to plan\n", encoding="utf-8")
    first = deployed.start("up", "--yes")
    try:
        assert first.stderr.readline() == "planning\n"
        # it holds the lock for as long as this takes
        first.send_signal(signal.SIGSTOP)
        refused = [deployed.myelin(*command, check=False) for command in (("up",), ("down", "--yes"))]
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
    finally:
        first.kill()
        first.communicate(SECONDS)
        deployed.path(POLICY).write_text(written, encoding="utf-8")
    assert deployed.up().document["changed"] is False
    assert deployed.processes() == processes

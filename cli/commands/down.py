"""`myelin down`: end the sandbox."""

from __future__ import annotations

import shutil
from typing import Any

from cli.command import command
from cli.lock import hold_lock
from cli.project import Project
from cli.session import Session
from cli.worlds.sandbox import STATES
from sandbox.cloud import host as hosts
from sandbox.cloud.host import Stopped


@command(yes=True)
def down(session: Session) -> None:
    """End the sandbox and everything in it.

    Every process of it, every port, and the emulated AWS with all that was deployed. Also cleans up after
    a sandbox that was killed. Does nothing when there is none.

    Examples:

        myelin down

        myelin down --yes
    """
    project = session.project
    if hosts.find_any(project.sandbox) is not None:
        session.confirm("end the sandbox and delete everything deployed in it")
    with hold_lock(project.sandbox):
        stopped = hosts.stop(project.sandbox)
        shutil.rmtree(project.sandbox / STATES, ignore_errors=True)
    session.write(_document(project, stopped), [_line(stopped)])


def _document(project: Project, stopped: Stopped) -> dict[str, Any]:
    return {
        "sandbox": str(project.sandbox),
        "was_running": stopped.host is not None,
        "graceful": stopped.graceful,
        "cleaned": list(stopped.cleaned),
    }


def _line(stopped: Stopped) -> str:
    if stopped.host is not None:
        return "sandbox ended"
    if stopped.cleaned:
        return f"cleaned up after a killed sandbox: {len(stopped.cleaned)} processes ended"
    return "no sandbox was running"

"""`myelin down`: end the sandbox."""

from __future__ import annotations

from typing import Any

from cli.command import command
from cli.project import Project
from cli.session import Session
from cli.worlds.sandbox_host import end_host
from sandbox.cloud.host import Stopped, find_any


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
    if find_any(project.sandbox) is not None:
        session.confirm("end the sandbox and delete everything deployed in it")
    stopped = end_host(project)
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

"""`myelin down`: end the sandbox."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from cli.options import JsonOption, ProjectOption, YesOption
from cli.project import Project, find_project
from cli.terminal.output import confirm, print_json, reported, say

if TYPE_CHECKING:
    from sandbox.cloud.host import Stopped


def down(*, yes: YesOption = False, project: ProjectOption = None, as_json: JsonOption = False) -> None:
    """End the sandbox and everything in it.

    Every process of it, every port, and the emulated AWS with all that was deployed. Also cleans up after
    a sandbox that was killed. Does nothing when there is none.

    Examples:

        myelin down

        myelin down --yes
    """
    # only a run pays for what it imports
    from cli.lock import hold_lock  # noqa: PLC0415
    from cli.worlds.sandbox import STATES  # noqa: PLC0415
    from sandbox.cloud import host as hosts  # noqa: PLC0415

    with reported(as_json=as_json):
        found = find_project(directory=project)
        if hosts.find_any(found.sandbox) is not None:
            confirm("end the sandbox and delete everything deployed in it", yes=yes)
        with hold_lock(found.sandbox):
            stopped = hosts.stop(found.sandbox)
            shutil.rmtree(found.sandbox / STATES, ignore_errors=True)
        _report(found, stopped, as_json=as_json)


def _report(project: Project, stopped: Stopped, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "sandbox": str(project.sandbox),
                "was_running": stopped.host is not None,
                "graceful": stopped.graceful,
                "cleaned": list(stopped.cleaned),
            }
        )
    elif stopped.host is not None:
        say("sandbox ended")
    elif stopped.cleaned:
        say(f"cleaned up after a killed sandbox: {len(stopped.cleaned)} processes ended")
    else:
        say("no sandbox was running")

"""`myelin down`: end the sandbox, or one environment in it."""

from __future__ import annotations

from typing import Any

from cli.command import command
from cli.project import LAYERS, Project
from cli.session import Session
from cli.terminal.interrupt import interruptible
from cli.terminal.screen import screen
from cli.worlds.sandbox_host import end_host
from sandbox.cloud.host import Stopped, find_any


@command(environment="argument", yes=True)
def down(session: Session) -> None:
    """End the sandbox with all that is in it, or one environment.

    Every process of it, every port, and the emulated AWS with all that was deployed. Also cleans up after
    a sandbox that was killed. With ENV, deletes what was deployed of that environment, and leaves the sandbox
    and the other environments as they are. Does nothing when there is none.

    Examples:

        myelin down

        myelin down dev --yes
    """
    if session.named_environment is None:
        _end_sandbox(session)
    else:
        _end_environment(session)


def _end_sandbox(session: Session) -> None:
    project = session.project
    if find_any(project.sandbox) is not None:
        session.confirm("end the sandbox and delete everything deployed in it")
    stopped = end_host(project)
    session.write(_document(project, stopped), [_line(stopped)])


def _end_environment(session: Session) -> None:
    """Delete an environment's layers. Raises NotRunningError, LockedError, StateError or a step's error."""
    world, name = session.world, session.environment
    count = sum(world.resource_count(layer) for layer in LAYERS)
    if count:
        session.confirm(f"delete the {count} resources of `{name}`")
        with screen(quiet=session.as_json) as shown:
            interruptible(lambda cancelled: world.remove(shown, cancelled))
    line = f"{name} ended, {count} resources deleted" if count else f"nothing of `{name}` is deployed"
    session.write({"environment": name, "deleted": count}, [line])


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

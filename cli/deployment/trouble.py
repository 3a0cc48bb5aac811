"""Says, while a deployment waits, which services do not become healthy, and what their tasks wrote."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cli.errors import Explained
from cli.terminal.progress import Screen
from cli.worlds.world import World

EVERY_SECONDS = 2.0
IN_PROGRESS = "IN_PROGRESS"
MARK = "not healthy"
"""What the reason of a rollout says of tasks that take long."""


@contextmanager
def trouble_told(world: World, screen: Screen, *, every_seconds: float = EVERY_SECONDS) -> Iterator[None]:
    """While the block lasts, write each new trouble of a service above what is shown of the deployment."""
    ended = threading.Event()
    thread = threading.Thread(
        target=_watch, args=(world, screen, ended, every_seconds), name="trouble", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _watch(world: World, screen: Screen, ended: threading.Event, every_seconds: float) -> None:
    told: set[tuple[str, str]] = set()
    while not ended.wait(every_seconds):
        for name, reason in find_trouble(world):
            if (name, reason) not in told:
                told.add((name, reason))
                screen.stage(f"{name}: {reason}")


def find_trouble(world: World) -> list[tuple[str, str]]:
    """Services whose tasks do not become healthy, with the reason; none where nothing is deployed yet."""
    try:
        workloads = world.workloads()
        platform = world.platform() if workloads else None
        services = world.running(platform, workloads).services if platform and workloads else ()
    except Exception as error:
        # to look on must never disturb the deployment; what fails here fails there, too
        if not isinstance(error, Explained | OSError | ValueError | LookupError):
            raise
        return []
    return [
        (service.name, service.reason)
        for service in services
        if service.rollout == IN_PROGRESS and MARK in service.reason
    ]

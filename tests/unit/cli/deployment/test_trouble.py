"""What is said of services that do not become healthy while a deployment waits."""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path

from cli.deployment.trouble import find_trouble, trouble_told
from cli.worlds.world import Running, RunningService
from sandbox.engine.running.progress import Progress
from tests.support.worlds.fake_world import OUTPUTS, fake_world

REASON = "deploying axon:3; a task is not healthy after 5 s: /health answered 404; it wrote: no such module"
SICK = RunningService(
    name="axon",
    desired=2,
    running=2,
    healthy=0,
    rollout="IN_PROGRESS",
    reason=REASON,
    task_definition="axon:3",
)


class Told:
    """A screen that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.first = threading.Event()

    def stage(self, text: str) -> None:
        self.lines.append(text)
        self.first.set()

    def layer(self, name: str, total: int) -> None: ...

    def step(self, layer: str, progress: Progress) -> None: ...

    def paused(self) -> AbstractContextManager[None]:
        return nullcontext()


def running(*services: RunningService) -> Running:
    return Running(services=services, functions=(), address="", started_at="")


def test_a_service_that_does_not_become_healthy_is_told_once(tmp_path: Path) -> None:
    """With its reason and the last lines of its task, while the deployment still waits."""
    screen = Told()
    state = running(SICK, replace(SICK, name="b", reason=""))
    world = fake_world(tmp_path, recorded=dict(OUTPUTS), state=state)
    with trouble_told(world, screen, every_seconds=0.01):
        assert screen.first.wait(20)
    assert screen.lines == [f"axon: {REASON}"]


def test_nothing_is_told_of_what_is_well_or_not_there(tmp_path: Path) -> None:
    """A rollout that has ended, tasks that are merely starting, and an environment that is not deployed."""
    done, starting = replace(SICK, rollout="COMPLETED"), replace(SICK, reason="deploying axon:3")
    assert find_trouble(fake_world(tmp_path, recorded=dict(OUTPUTS), state=running(done, starting))) == []
    assert find_trouble(fake_world(tmp_path)) == []

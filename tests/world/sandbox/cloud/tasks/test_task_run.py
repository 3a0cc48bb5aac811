"""One task from its start to its end, with a real process."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.cloud.ecs.definition import HealthCheck, LogTarget, PortMapping, TaskDefinition
from sandbox.cloud.ecs.endpoint import TaskEndpoint
from sandbox.cloud.tasks import task_run
from sandbox.cloud.tasks.images import Image, ImageTable
from sandbox.cloud.tasks.injection import Injector
from sandbox.cloud.tasks.phase import Phase
from sandbox.cloud.tasks.probe import Prober
from sandbox.cloud.tasks.task_run import TaskDependencies, TaskRun, TaskSpec
from tests.support.log_lines import LogLines
from tests.support.services.processes import free_port
from tests.support.tasks.fixtures import SERVER

pytestmark = pytest.mark.sandbox

CHECK = HealthCheck(path="/health", interval=0.1, timeout=5, retries=3, start_period=60)


class Traffic:
    """A router that has requests open for as long as it is told."""

    def __init__(self) -> None:
        self.open = 0
        self.asked_again = asyncio.Event()
        self._asked = 0

    def sidecar_url(self, service: str) -> str:
        return f"http://sidecar-of-{service}"

    def in_flight(self, endpoint: TaskEndpoint) -> int:
        self._asked += 1
        if self._asked > 1:
            self.asked_again.set()
        return self.open


class Stage:
    """What a task needs; `until` waits for its next change until a condition holds."""

    def __init__(self, folder: Path) -> None:
        self.lines = LogLines()
        self.traffic = Traffic()
        self.changed = asyncio.Event()
        image = Image(repository="axon", tag="*", command=tuple(SERVER), environment={"BAKED": "in"})
        self.prober = Prober()
        self.dependencies = TaskDependencies(
            images=ImageTable(path=folder / "images.toml", images=(image,)),
            injector=Injector(lambda service: pytest.fail(f"{service} was called")),
            prober=self.prober,
            log_sink=self.lines,
            traffic=self.traffic,
            host={"PATH": "/bin", "SECRET_OF_THE_HOST": "x"},
            supplied={"AWS_REGION": "us-east-1"},
            project_root=folder,
            python=sys.executable,
        )

    def task(self, *, image: str = "registry.example/test/axon:1", mode: str = "") -> TaskRun:
        definition = TaskDefinition(
            arn="arn:aws:ecs:us-east-1:123456789012:task-definition/axon:1",
            container="app",
            image=image,
            environment=(("MODE", mode),),
            log=LogTarget(group="/g", stream_prefix="axon"),
            stop_timeout=30,
        )
        spec = TaskSpec(
            id="t1",
            sequence=1,
            service_key="test/axon",
            deployment_id="d1",
            definition=definition,
            port=free_port(),
            check=CHECK,
            grace=0,
        )
        return TaskRun(spec, self.dependencies, self.changed.set)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await self.changed.wait()
                self.changed.clear()


def play(folder: Path, scene: Callable[[Stage], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        stage = Stage(folder)
        try:
            await scene(stage)
        finally:
            await stage.prober.close()

    asyncio.run(run())


def test_a_task_starts_becomes_healthy_and_finishes_its_requests(tmp_path: Path) -> None:
    """It drains while the router has requests open on it, then its process is gone; that is no failure."""

    async def scene(stage: Stage) -> None:
        task = stage.task()
        assert (task.phase, task.pid, task.view.deployment_id) == (Phase.STARTING, None, "d1")
        await stage.until(lambda: task.phase is Phase.HEALTHY)
        assert task.pid is not None
        process = psutil.Process(task.pid)
        environment = process.environ()
        assert environment["BAKED"] == "in"
        assert environment["http_proxy"] == "http://sidecar-of-test/axon"
        assert "SECRET_OF_THE_HOST" not in environment
        stage.traffic.open = 1
        ending = task.end(drain_seconds=60)
        assert task.end(drain_seconds=0) is ending
        assert task.phase is Phase.DRAINING
        await stage.traffic.asked_again.wait()
        assert process.is_running()
        stage.traffic.open = 0
        await ending
        assert task.ended
        assert task.failure is None
        assert not process.is_running()

    play(tmp_path, scene)


def test_a_task_that_exits_says_how_and_its_last_line(tmp_path: Path) -> None:
    """That is the reason ECS would give."""

    async def scene(stage: Stage) -> None:
        task = stage.task(mode="exit")
        await stage.until(lambda: task.ended)
        assert task.failure == "exited with code 3: no such module"
        assert ("/g", "axon/app/t1", "no such module") in stage.lines.lines
        assert task.healthy_for() == 0

    play(tmp_path, scene)


def test_an_image_that_is_not_in_the_table_cannot_be_pulled(tmp_path: Path) -> None:
    """There is no process, and the task's log says why."""

    async def scene(stage: Stage) -> None:
        task = stage.task(image="registry.example/other:1")
        await stage.until(lambda: task.ended)
        assert task.pid is None
        assert task.failure is not None
        assert task.failure.startswith("CannotPullContainerError: image `registry.example/other:1`")
        assert stage.lines.messages == [task.failure]

    play(tmp_path, scene)


def test_a_task_that_is_ended_before_it_started_never_starts(tmp_path: Path) -> None:
    """It takes no time, and is no failure."""

    async def scene(stage: Stage) -> None:
        task = stage.task()
        await task.end(drain_seconds=0)
        assert task.ended
        assert (task.pid, task.failure) == (None, None)

    play(tmp_path, scene)


def test_a_task_can_move_to_another_deployment(tmp_path: Path) -> None:
    """A rollback keeps the tasks that still run the definition that is rolled back to."""

    async def scene(stage: Stage) -> None:
        task = stage.task()
        task.adopt("d2")
        assert task.view.deployment_id == "d2"
        assert stage.changed.is_set()
        task.kill()
        await task.end(drain_seconds=0)

    play(tmp_path, scene)


def test_a_task_that_takes_long_says_why_and_what_it_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long before its time is over, a task that is not healthy has the failed probe and its last lines."""
    monkeypatch.setattr(task_run, "SLOW_SECONDS", 0.0)

    async def scene(stage: Stage) -> None:
        task = stage.task(mode="sick")
        async with asyncio.timeout(60):
            while "503; it wrote: listening" not in task.trouble:  # noqa: ASYNC110 - each probe may be the one
                await asyncio.sleep(0.02)
        assert task.trouble == "not healthy after 0 s: /health answered 503; it wrote: listening"
        assert task.phase is Phase.STARTING
        await task.end(drain_seconds=0)
        assert task.trouble == ""

    play(tmp_path, scene)


def test_each_container_of_a_task_has_its_own_port(tmp_path: Path) -> None:
    """PORT of a container is where its own container port is on this machine, not where the task's is."""

    async def scene(stage: Stage) -> None:
        made = stage.task()
        await made.end(drain_seconds=0)
        alone, other = made.spec.definition, free_port()
        gate, application = (
            replace(
                alone,
                container=name,
                environment=(("MODE", ""), ("PORT", str(port))),
                ports=(PortMapping(name=name, container_port=port),),
            )
            for name, port in (("gate", 80), ("application", 81))
        )
        spec = replace(made.spec, definition=replace(gate, others=(application,)), other_ports={81: other})
        task = TaskRun(spec, stage.dependencies, stage.changed.set)
        try:
            await stage.until(lambda: task.phase is Phase.HEALTHY)
            found = {(one.info["environ"] or {}).get("PORT") for one in psutil.process_iter(["environ"])}
            assert {str(spec.port), str(other)} <= found
        finally:
            await task.end(drain_seconds=0)

    play(tmp_path, scene)

"""One service whose tasks cannot start: what is counted, and what is said of it. No process is started."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from sandbox.cloud.ecs.definition import TaskDefinition
from sandbox.cloud.ecs.deployment_settings import DeploymentCircuitBreaker, DeploymentSettings
from sandbox.cloud.ecs.reader import EcsSnapshot
from sandbox.cloud.ecs.service import DesiredService
from sandbox.cloud.scheduler.aws_clock import AwsClock
from sandbox.cloud.scheduler.deployment_run import CloudSurroundings
from sandbox.cloud.scheduler.deployments import RolloutState
from sandbox.cloud.scheduler.service_run import ServiceRun
from sandbox.cloud.scheduler.status import (
    healthy_endpoints,
    service_report,
    service_status,
    target_states,
)
from sandbox.cloud.tasks.images import ImageTable
from sandbox.cloud.tasks.injection import Injector
from sandbox.cloud.tasks.probe import Prober
from sandbox.cloud.tasks.task_run import TaskDependencies
from tests.support.log_lines import LogLines

PREFIX = "arn:aws:ecs:us-east-1:123456789012"


def service(revision: int = 1, *, desired: int = 2, deployment: str = "d1") -> DesiredService:
    definition = TaskDefinition(
        arn=f"{PREFIX}:task-definition/axon:{revision}", container="app", image="axon:1"
    )
    return DesiredService(
        arn=f"{PREFIX}:service/test/axon",
        cluster="test",
        name="axon",
        desired_count=desired,
        deployment_id=deployment,
        definition=definition,
        deployment=DeploymentSettings(breaker=DeploymentCircuitBreaker(enabled=True, rollback=True)),
    )


class Runs:
    """A run of a service, in an event loop, on an image table that has no images."""

    def __init__(self, folder: Path) -> None:
        self.prober = Prober()
        self.changed = asyncio.Event()
        ports, sequence = itertools.count(20_001), itertools.count(1)
        dependencies = TaskDependencies(
            images=ImageTable(path=folder / "images.toml", images=()),
            injector=Injector(lambda _: None),
            prober=self.prober,
            log_sink=LogLines(),
            traffic=None,
            host={},
            supplied={},
            project_root=folder,
            python="python",
        )
        self.run = ServiceRun(
            service(),
            dependencies=dependencies,
            ports=lambda: next(ports),
            sequence=lambda: next(sequence),
            on_change=self.changed.set,
            surroundings=CloudSurroundings(aws=lambda _: None, clock=AwsClock()),
        )

    async def until(self, condition: Callable[[ServiceRun], bool]) -> None:
        """Reconcile as the runner does: at each change, and when the planner wants to look again."""
        while True:
            wake_at = self.run.reconcile(EcsSnapshot())
            if condition(self.run):
                return
            timeout = None if wake_at is None else max(0.0, wake_at - time.monotonic())
            try:
                await asyncio.wait_for(self.changed.wait(), timeout)
            except TimeoutError:
                continue
            self.changed.clear()


def play(folder: Path, scene: Callable[[Runs], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        runs = Runs(folder)
        try:
            async with asyncio.timeout(60):
                await scene(runs)
        finally:
            await runs.prober.close()

    asyncio.run(run())


def test_tasks_that_cannot_start_fail_the_first_deployment(tmp_path: Path) -> None:
    """ECS-4: after three failures the circuit is broken, with the last reason, and nothing more starts."""

    async def scene(runs: Runs) -> None:
        await runs.until(lambda run: run.rollout.primary.state is RolloutState.FAILED)
        primary = runs.run.rollout.primary
        assert primary.failed_tasks == 3
        assert "tasks failed to start: axon:1 failed 3 times" in primary.reason
        assert "CannotPullContainerError: image `axon:1` is not in" in primary.reason
        await runs.until(lambda run: not run.tasks)

    play(tmp_path, scene)


def test_starting_tasks_are_described_to_clients(tmp_path: Path) -> None:
    """They are pending and initial, no request may go to them, and the deployment is in progress."""

    async def scene(runs: Runs) -> None:
        runs.run.reconcile(EcsSnapshot())
        status = service_status(runs.run)
        assert (status["name"], status["desired"], status["running"], status["pending"]) == ("axon", 2, 0, 2)
        assert [task["port"] for task in status["tasks"]] == [20_001, 20_002]
        assert healthy_endpoints(runs.run) == ()
        assert set(target_states(runs.run)[0].values()) == {"initial"}
        report = service_report(runs.run)
        (deployment,) = report.deployments
        assert (deployment.status, deployment.rollout_state, deployment.pending) == (
            "PRIMARY",
            "IN_PROGRESS",
            2,
        )
        assert {task.last_status for task in report.tasks} == {"PENDING"}
        assert report.known == {"d1"}

    play(tmp_path, scene)


def test_tasks_of_an_earlier_deployment_are_a_deployment_of_their_own(tmp_path: Path) -> None:
    """It is ACTIVE beside the primary one as long as it has tasks, and wants none."""

    async def scene(runs: Runs) -> None:
        runs.run.reconcile(EcsSnapshot())
        runs.run.update_desired(service(2, deployment="d2"))
        new, old = service_report(runs.run).deployments
        assert (new.id, new.definition.rpartition("/")[2], new.running + new.pending) == ("d2", "axon:2", 0)
        assert (old.id, old.status, old.desired, old.pending) == ("d1", "ACTIVE", 0, 2)
        assert old.reason == "replaced by deployment d2"

    play(tmp_path, scene)


def test_a_deleted_service_ends_its_tasks(tmp_path: Path) -> None:
    """Its run is over when none is left; until then it says that it was deleted and wants nothing."""

    async def scene(runs: Runs) -> None:
        runs.run.reconcile(EcsSnapshot())
        runs.run.update_desired(None)
        status = service_status(runs.run)
        assert (status["desired"], status["reason"]) == (0, "the service was deleted")
        assert not runs.run.ended
        await runs.until(lambda run: run.ended)

    play(tmp_path, scene)


def test_a_task_that_a_client_stops_is_replaced_and_no_failure(tmp_path: Path) -> None:
    """StopTask is what somebody asked for."""

    async def scene(runs: Runs) -> None:
        runs.run.reconcile(EcsSnapshot())
        first = next(iter(runs.run.tasks))
        runs.run.stop_tasks({first: "too old", "unknown": ""}, EcsSnapshot())
        await runs.until(lambda run: first not in run.tasks)
        assert runs.run.rollout.primary.failed_tasks <= 2

    play(tmp_path, scene)

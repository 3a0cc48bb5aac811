"""Keeps the tasks of all ECS services running.

Its watcher waits until something happens (a change in ECS, a process that ended, a health change, the end of
a back-off) and reads the emulated ECS again if that changed. Then the runner

1. reconciles each service: plans, then carries the plan out;
2. publishes: endpoints for the router, the status document, counts and tasks in the emulated ECS and ELBv2.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.cloud.ecs import emulated_ecs_calls, emulated_elbv2
from sandbox.cloud.ecs.emulated_ecs import EmulatedEcs, ServiceReport
from sandbox.cloud.ecs.emulated_elbv2 import EmulatedTargetGroups
from sandbox.cloud.ecs.endpoint import TaskEndpoint, TrafficSplit
from sandbox.cloud.ecs.reader import READ_FAILURES, EcsReader, EcsSnapshot
from sandbox.cloud.scheduler.aws_clock import AwsClock
from sandbox.cloud.scheduler.deployment_run import CloudSurroundings
from sandbox.cloud.scheduler.listener_weights import RoutedWeights
from sandbox.cloud.scheduler.service_run import ServiceRun
from sandbox.cloud.scheduler.status import (
    endpoints_by_name,
    service_report,
    service_status,
    target_states,
    traffic_split,
)
from sandbox.cloud.tasks.environment import INHERITED
from sandbox.cloud.tasks.image_file import Images
from sandbox.cloud.tasks.injection import Injector
from sandbox.cloud.tasks.ports import free_port
from sandbox.cloud.tasks.probe import Prober
from sandbox.cloud.tasks.processes.forks import Forks
from sandbox.cloud.tasks.task_run import TaskDependencies, Traffic
from sandbox.cloud.telemetry.log_sink import LogSink
from sandbox.cloud.time_scale import TimeScale
from sandbox.cloud.watching import ReadPace, Watcher

_KILL_GRACE = 5.0


class TaskRunner:
    """Runs the tasks of every service of the emulated ECS. All methods may be called from any thread."""

    def __init__(
        self,
        aws: Callable[[str], Any],
        images: Images,
        log_sink: LogSink,
        environment: Mapping[str, str],
        on_change: Callable[[], None],
        *,
        project_root: Path | None = None,
        traffic: Traffic | None = None,
        injector: Injector | None = None,
        python: str = sys.executable,
        stop_seconds: float = 10.0,
        pace: ReadPace | None = None,
        routed: RoutedWeights | None = None,
        time_scale: TimeScale | None = None,
    ) -> None:
        """Nothing runs before `start`.

        `aws` gives a boto3 client by service name. `environment` is what AWS itself would supply to every
        task (endpoint, region, X-Ray address) and the marker of the sandbox. `on_change` is called, from
        the runner's thread, when a task starts, ends or changes its health. `project_root` is where commands
        run (default: the current directory). `traffic` gives the mesh proxies and the requests in flight;
        the router is one. `injector` fetches what tasks are given (default: one with `aws`). `stop_seconds`
        bounds the graceful part of `stop`; `pace` says how often ECS is read. `routed` says by which weights
        requests are routed (the router again), `time_scale` how fast the minutes of deployments pass.
        """
        self._aws = aws
        self._injector = injector or Injector(aws)
        self._images = images
        self._log_sink = log_sink
        self._supplied = dict(environment)
        self._on_change = on_change
        self._project_root = project_root or Path.cwd()
        self._traffic = traffic
        self._python = python
        self._stop_seconds = stop_seconds

        self._ecs = EmulatedEcs()
        self._surroundings = CloudSurroundings(aws=aws, clock=AwsClock(time_scale), routed=routed)
        self._groups = EmulatedTargetGroups()
        self._choice = random.Random()  # noqa: S311 - picks ports, nothing secret
        self._sequence = itertools.count(1)
        self._runs: dict[str, ServiceRun] = {}
        self._snapshot = EcsSnapshot()
        self._reported: dict[str, tuple[ServiceReport, dict[int, dict[TaskEndpoint, str]]]] = {}
        self._status: list[dict[str, Any]] = []
        self._endpoints: dict[str, tuple[TaskEndpoint, ...]] = {}
        self._splits: dict[str, TrafficSplit] = {}
        self._changed = False
        self._watcher = Watcher(
            "sandbox-tasks",
            read=EcsReader(aws).snapshot,
            react=self._react,
            expected=READ_FAILURES,
            opening=self._open,
            closing=self._close,
            pace=pace,
        )

    def start(self) -> None:
        """Correct moto's ECS and ELBv2, read the services, and run them from now on."""
        emulated_ecs_calls.install()
        emulated_elbv2.install()
        self._watcher.start()

    def notify(self) -> None:
        """Something in ECS or Secrets Manager changed: look again soon. Does not block."""
        self._watcher.notify()

    def status(self) -> list[dict[str, Any]]:
        """The `services` of the status document."""
        return list(self._status)

    def endpoints(self, service_name: str) -> list[TaskEndpoint]:
        """The healthy tasks of a service, by `cluster/name`, or by name when only one cluster has it.

        Or those of one revision, by the ARN of the target group that they are in.
        """
        endpoints = self._endpoints
        if service_name in endpoints:
            return list(endpoints[service_name])
        found = [key for key in endpoints if key.rpartition("/")[2] == service_name]
        return list(endpoints[found[0]]) if len(found) == 1 else []

    def split(self, service_key: str) -> TrafficSplit | None:
        """Between which revisions the mesh splits a service's traffic; None if it does not."""
        return self._splits.get(service_key)

    def stop(self) -> None:
        """Drain and stop every task, by force after a while; returns when none is left.

        A second call does nothing.
        """
        self._watcher.stop(self._stop_seconds + 2 * _KILL_GRACE)

    async def _open(self) -> None:
        self._prober = Prober()
        host = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._forks = Forks(self._python, {**host, "PYTHONUNBUFFERED": "1", **self._supplied})
        self._dependencies = TaskDependencies(
            images=self._images,
            injector=self._injector,
            prober=self._prober,
            log_sink=self._log_sink,
            traffic=self._traffic,
            host=os.environ,
            supplied=self._supplied,
            project_root=self._project_root,
            python=self._python,
            forks=self._forks,
        )

    async def _close(self) -> None:
        await self._end_all()
        self._publish()
        await self._prober.close()
        self._forks.close()

    async def _react(self, snapshot: EcsSnapshot | None) -> float | None:
        """Reconcile all services with ECS and publish the result; returns when to look again."""
        try:
            if snapshot is not None:
                self._take_over(snapshot)
            wakes = [run.reconcile(self._snapshot) for run in self._runs.values()]
            self._publish()
        except Exception:
            self._changed = True  # it has not been published; the watcher tries again
            raise
        return min((wake for wake in wakes if wake is not None), default=None)

    def _take_over(self, snapshot: EcsSnapshot) -> None:
        self._snapshot = snapshot
        services = self._snapshot.services
        for key in services.keys() - self._runs.keys():
            self._runs[key] = ServiceRun(
                services[key],
                dependencies=self._dependencies,
                ports=self._free_port,
                sequence=lambda: next(self._sequence),
                on_change=self._touch,
                surroundings=self._surroundings,
            )
        for key, run in self._runs.items():
            run.update_desired(services.get(key))
            requested = self._ecs.stop_requested(run.service.arn, run.service.cluster)
            run.stop_tasks(dict(requested), self._snapshot)
            run.deploying.take(self._ecs.deployment_requests(run.service.arn))
        self._changed = True

    def _free_port(self) -> int:
        specs = [task.spec for run in self._runs.values() for task in run.tasks.values()]
        taken = {port for spec in specs for port in (spec.port, *spec.other_ports.values())}
        return free_port(taken, self._choice)

    def _touch(self) -> None:
        self._changed = True
        self._watcher.wake()

    def _publish(self) -> None:
        if not self._changed:
            return
        self._changed = False
        self._endpoints = {
            name: endpoints
            for key, run in self._runs.items()
            if not run.ended
            for name, endpoints in endpoints_by_name(key, run).items()
        }
        splits = {key: traffic_split(key, run) for key, run in self._runs.items() if not run.ended}
        self._splits = {key: split for key, split in splits.items() if split is not None}
        for key, run in list(self._runs.items()):
            self._report(key, run)
            if run.ended:
                del self._runs[key]
                self._reported.pop(key, None)
        self._status = [service_status(self._runs[key]) for key in sorted(self._runs)]
        self._on_change()

    def _report(self, key: str, run: ServiceRun) -> None:
        report, targets = service_report(run), target_states(run)
        if self._reported.get(key) == (report, targets):
            return
        if not self._ecs.report(report):
            self._watcher.notify()
            return
        for link in run.service.target_groups:
            for slot, group in enumerate(link.groups):
                self._groups.report(
                    group, targets.get(slot, {}) if link.alternate_arn else targets[0] | targets[1]
                )
        self._reported[key] = (report, targets)

    async def _end_all(self) -> None:
        tasks: Sequence[Any] = [task for run in self._runs.values() for task in run.tasks.values()]
        ends = [task.end(drain_seconds=1.0) for task in tasks]
        self._publish()
        if not ends:
            return
        _, late = await asyncio.wait(ends, timeout=self._stop_seconds)
        for task in tasks:
            task.kill()
        if late:
            await asyncio.wait(late, timeout=_KILL_GRACE)
        for run in self._runs.values():
            run.update_desired(None)
            run.reconcile(self._snapshot)
        self._changed = True

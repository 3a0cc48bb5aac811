"""Runs one task: fetches its secrets, starts its process, probes its health, drains and stops it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sandbox.cloud.ecs.definition import HealthCheck, TaskDefinition
from sandbox.cloud.ecs.endpoint import TaskEndpoint
from sandbox.cloud.tasks.containers import TaskContainers
from sandbox.cloud.tasks.environment import TaskRoleCredentials, task_environment
from sandbox.cloud.tasks.errors import TaskFailedError
from sandbox.cloud.tasks.health import TaskHealth, next_probe, observe
from sandbox.cloud.tasks.image_file import Images
from sandbox.cloud.tasks.images import Image
from sandbox.cloud.tasks.injection import Injector
from sandbox.cloud.tasks.logs import TaskLog
from sandbox.cloud.tasks.phase import Phase, TaskView
from sandbox.cloud.tasks.probe import Prober
from sandbox.cloud.tasks.processes.forks import Forks
from sandbox.cloud.tasks.processes.process import TaskProcess
from sandbox.cloud.telemetry.log_sink import LogSink

_DRAIN_AT_LEAST = 0.1
"""Seconds between leaving the router and SIGTERM, for requests that had just been sent on their way."""

_DRAIN_POLL = 0.02

SLOW_SECONDS = 5.0
"""After this long a task that is not healthy yet says so, and goes on trying."""
_logger = logging.getLogger(__name__)


class Traffic(Protocol):
    """The router, as far as tasks need it."""

    def sidecar_url(self, service: str) -> str:
        """The URL of a service's mesh proxy; the service is named `cluster/name`."""
        ...

    def in_flight(self, endpoint: TaskEndpoint) -> int:
        """How many requests the router has open on a task."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDependencies:
    """The parts of the sandbox that every task uses, and what every process gets."""

    images: Images
    injector: Injector
    prober: Prober
    log_sink: LogSink
    traffic: Traffic | None
    host: Mapping[str, str]
    supplied: Mapping[str, str]
    project_root: Path
    python: str
    forks: Forks | None = None
    """Where Python programs are started that fit; None: in the ordinary way, as all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """One task to run: of which service and deployment, on which port, and how its health is checked."""

    id: str
    sequence: int
    service_key: str
    deployment_id: str
    definition: TaskDefinition
    port: int
    check: HealthCheck
    grace: float
    other_ports: Mapping[int, int] = field(default_factory=dict)
    """Where the further container ports of the task are, besides the one that `port` stands for."""

    @property
    def ports(self) -> dict[int, int]:
        """All container ports, and the ports of this machine that stand for them."""
        first = self.definition.container_port(None)
        return {**({} if first is None else {first: self.port}), **self.other_ports}


class TaskRun:
    """One running task. To be made and used in one event loop."""

    def __init__(self, spec: TaskSpec, dependencies: TaskDependencies, on_change: Callable[[], None]) -> None:
        """Start the task at once; `on_change` is called whenever its phase changes."""
        self.spec = spec
        self.endpoint = TaskEndpoint(task_id=spec.id, port=spec.port)
        self.started_at = datetime.now(UTC)
        self.ended = False
        self.failure: str | None = None
        """Why the task ended, if it had not been asked to."""
        self._dependencies = dependencies
        self._on_change = on_change
        self._health = TaskHealth(started_at=time.monotonic())
        self._log = TaskLog(spec.definition, spec.id, dependencies.log_sink)
        self._containers: TaskContainers | None = None
        self._launched = asyncio.Event()
        self._slow = False
        self._ending: asyncio.Task[None] | None = None
        self._life = asyncio.create_task(self._live())

    @property
    def pid(self) -> int | None:
        """The process id; None before the process was started."""
        return self._containers.pid if self._containers else None

    @property
    def phase(self) -> Phase:
        """The task's phase; DRAINING as soon as it was asked to end."""
        return Phase.DRAINING if self._ending is not None else self._health.phase

    @property
    def view(self) -> TaskView:
        """The task as a value, for the rolling update."""
        spec = self.spec
        return TaskView(
            id=spec.id, deployment_id=spec.deployment_id, phase=self.phase, sequence=spec.sequence
        )

    @property
    def health_detail(self) -> str:
        """What was wrong in the last failed probe; empty after a good one."""
        return self._health.detail

    @property
    def trouble(self) -> str:
        """Why it is not healthy yet, once it has taken long, with the last lines that it wrote, or empty."""
        if not self._slow or self.phase is not Phase.STARTING:
            return ""
        wrote = "; ".join(self._log.last_lines) or "nothing"
        return f"not healthy after {SLOW_SECONDS:g} s: {self._health.detail}; it wrote: {wrote}"

    def healthy_for(self) -> float:
        """Seconds since it became healthy; 0 when it never did."""
        return self._health.healthy_for(time.monotonic())

    def end(self, *, drain_seconds: float) -> asyncio.Task[None]:
        """End the task in the background; a second call returns the same future.

        Drain for at most `drain_seconds` (0: not at all), then SIGTERM, the stop timeout, SIGKILL.
        """
        if self._ending is None:
            self._ending = asyncio.create_task(self._end(drain_seconds))
            self._on_change()
        return self._ending

    def adopt(self, deployment_id: str) -> None:
        """Move the task to another deployment of the same task definition."""
        self.spec = replace(self.spec, deployment_id=deployment_id)
        self._on_change()

    def kill(self) -> None:
        """Kill the task's processes at once."""
        if self._containers is not None:
            self._containers.kill()

    async def _live(self) -> None:
        try:
            self._containers = await self._launch()
        except TaskFailedError as error:
            self._finish(error.message)
            return
        except Exception as error:
            _logger.exception("task %s could not be started", self.spec.id)
            self._finish(f"{type(error).__name__}: {error}")
            return
        if self._containers is None:
            self._finish(None)
            return
        self._launched.set()
        self._on_change()
        probing = asyncio.create_task(self._probe())
        ended = await self._containers.wait()
        probing.cancel()
        self._finish(ended)

    async def _launch(self) -> TaskContainers | None:
        """Start the containers, those that the main one depends on first; None if the task is to end."""
        spec, injector = self.spec, self._dependencies.injector
        definitions = (*spec.definition.others, spec.definition)
        images = [self._dependencies.images.find(definition.image) for definition in definitions]
        for name in spec.definition.left_out:
            self._log.line(f"container `{name}` of this task is not run in the sandbox")
        credentials = await asyncio.to_thread(injector.credentials, spec.definition, spec.id)
        secrets = [
            await asyncio.to_thread(injector.secrets, definition, spec.id) for definition in definitions
        ]
        if self._ending is not None:
            return None
        containers = TaskContainers(patience=spec.definition.stop_timeout)
        for definition, image, given in zip(definitions, images, secrets, strict=True):
            main = definition is spec.definition
            log = self._log if main else TaskLog(definition, spec.id, self._dependencies.log_sink)
            launching = self._launch_one(definition, image, log, given, credentials)
            await containers.start(definition.container, launching, log)
        return containers

    async def _launch_one(
        self,
        definition: TaskDefinition,
        image: Image,
        log: TaskLog,
        secrets: Mapping[str, str],
        credentials: TaskRoleCredentials | None,
    ) -> TaskProcess:
        spec, dependencies = self.spec, self._dependencies
        first = definition.container_port(None)
        environment = task_environment(
            definition,
            host=dependencies.host,
            image=image.environment,
            secrets=secrets,
            supplied=dependencies.supplied,
            sidecar_url=dependencies.traffic.sidecar_url(spec.service_key) if dependencies.traffic else None,
            credentials=credentials,
            ports=spec.ports,
        )
        return await TaskProcess.launch(
            image.argv(python=dependencies.python, port=spec.port if first is None else spec.ports[first]),
            environment=environment,
            directory=image.directory or dependencies.project_root,
            log=log,
            forks=dependencies.forks,
        )

    def _finish(self, failure: str | None) -> None:
        self.ended = True
        self._launched.set()
        if self._ending is None:
            self.failure = failure
            if failure and self.pid is None:
                self._log.line(failure)
        self._on_change()

    async def _probe(self) -> None:
        check = self.spec.check
        if check.path is None and not self.spec.definition.ports:
            self._health = observe(self._health, None, check, grace=0, now=time.monotonic())
            self._on_change()
            return
        while self._ending is None:
            failure = await self._dependencies.prober.probe(self.endpoint, check)
            before = self._health.phase
            self._health = observe(self._health, failure, check, grace=self.spec.grace, now=time.monotonic())
            slow = time.monotonic() - self._health.started_at >= SLOW_SECONDS
            if self._health.phase is not before or slow is not self._slow:
                self._slow = slow
                self._on_change()
            if self._health.phase is Phase.UNHEALTHY:
                return
            await asyncio.sleep(next_probe(self._health, check))

    async def _end(self, drain_seconds: float) -> None:
        if drain_seconds > 0:
            await self._drain(drain_seconds)
        await self._launched.wait()
        if self._containers is not None:
            await self._containers.stop()
        await self._life

    async def _drain(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        await asyncio.sleep(min(_DRAIN_AT_LEAST, seconds))
        traffic = self._dependencies.traffic
        while traffic is not None and traffic.in_flight(self.endpoint) and time.monotonic() < deadline:  # noqa: ASYNC110
            # the router counts in a loop of its own, which cannot set an event here
            await asyncio.sleep(_DRAIN_POLL)

"""Composes the background process from its parts.

It is ready when the emulator's port answers; moto, task runner and router are loaded behind it, and calls
wait for them.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.cloud.access import credentials_file
from sandbox.cloud.access.keys import CREDENTIALS, OPERATOR, AccessKey, make_access_key
from sandbox.cloud.alarms import web_subscribers
from sandbox.cloud.alarms.web_subscribers import PAUSE_SECONDS, WebSubscribers
from sandbox.cloud.authorization.middleware import AuthorizationMiddleware, Judge, may_call_url
from sandbox.cloud.authorization.record import AuthorizationRecord
from sandbox.cloud.emulator.clients import EmulatorClients
from sandbox.cloud.emulator.door import SignatureMiddleware
from sandbox.cloud.emulator.emulator import ACCOUNT, Emulator
from sandbox.cloud.emulator.server import check_free
from sandbox.cloud.emulator.wsgi import Application, Environ, StartResponse
from sandbox.cloud.faults import middleware as faults
from sandbox.cloud.faults.board import FaultBoard
from sandbox.cloud.functions.events import EventQueue
from sandbox.cloud.functions.executor import FunctionExecutor
from sandbox.cloud.functions.processes.environment import vpc_variables
from sandbox.cloud.functions.urls.urls import PREFIX as URLS
from sandbox.cloud.functions.urls.urls import FindTarget, FunctionUrlMiddleware, UrlTarget
from sandbox.cloud.host.credentials import RoleCredentials
from sandbox.cloud.host.leftovers import MARKER, marker
from sandbox.cloud.host.options import HostOptions
from sandbox.cloud.host.service_keys import LAMBDA, TASKS, ServiceKeys, task_injector
from sandbox.cloud.host.state import Host
from sandbox.cloud.host.version import code_version
from sandbox.cloud.images.store import FOLDER as IMAGES
from sandbox.cloud.images.store import ImageStore
from sandbox.cloud.metrics.lambda_metrics import LambdaMetrics
from sandbox.cloud.metrics.store import MetricStore
from sandbox.cloud.tasks.image_file import ImageFile
from sandbox.cloud.telemetry import trace_summaries
from sandbox.cloud.telemetry.logs import LogShipper
from sandbox.cloud.telemetry.moto_logs import MotoLogs
from sandbox.cloud.telemetry.moto_traces import MotoTraces
from sandbox.cloud.telemetry.retention import TelemetryRetention
from sandbox.cloud.telemetry.xray import XRayReceiver
from sandbox.cloud.time_scale import TimeScale

log = logging.getLogger(__name__)


class EmulatedCloud:
    """The parts of the emulated AWS, from `start()` to `stop()`."""

    def __init__(
        self, directory: Path, options: HostOptions, incarnation: str, shutdown: Callable[[], None]
    ) -> None:
        """Bind the ports and read the image table; raises PortInUseError or ImageTableError.

        `shutdown` is called when the control API is asked to stop the sandbox; it must return at once.
        """
        self._options = options
        self._copies = ImageStore(directory / IMAGES)
        self._images = ImageFile(options.images, self._copies)
        if options.ports.load_balancer:
            check_free(options.ports.load_balancer)
        self._faults = FaultBoard()
        self._operator, self._keys = make_access_key(), ServiceKeys()
        self._authorization = AuthorizationRecord()
        self._judge: Judge | None = None
        token = secrets.token_urlsafe(32)
        self._emulator = Emulator(
            port=options.ports.emulator,
            region=options.region,
            ping=self._ping,
            status=self._status,
            shutdown=shutdown,
            token=token,
            orders={"faults": lambda environ: faults.order(self._faults, environ)},
            middleware=[
                lambda application: SignatureMiddleware(
                    application, self._find_secret, verified_elsewhere=(URLS,)
                ),
                lambda application: faults.FaultMiddleware(application, self._faults),
                lambda application: AuthorizationMiddleware(
                    application,
                    self._find_judge,
                    self._authorization,
                    services=self._keys.services,
                    elsewhere=(URLS,),
                ),
                lambda application: FunctionUrlMiddleware(application, self._url_target, self._may_call),
                self._before_moto,
            ],
            prepare=[self._compose],
        )
        self.host = Host(
            endpoint=self._emulator.endpoint,
            pid=os.getpid(),
            started_at=datetime.now(UTC),
            incarnation=incarnation,
            directory=directory,
            version=code_version(),
            token=token,
        )
        self._aws = self._clients(self._keys.key())
        self._time_scale = TimeScale(factor=options.time_scale)
        self._metrics = MetricStore(resolution=self._time_scale.real_seconds(60))
        self._logs = LogShipper(MotoLogs(options.region, self._emulator.locks, self._metrics))
        self._xray = XRayReceiver(MotoTraces(options.region, self._emulator.locks).store)
        self._retention = TelemetryRetention()
        self._supplied = {
            "AWS_ENDPOINT_URL": self._emulator.endpoint,
            "AWS_XRAY_DAEMON_ADDRESS": self._xray.address,
            MARKER: marker(directory),
        }
        self._function_variables = dict(self._supplied)
        self._functions = FunctionExecutor(
            directory / "functions",
            sink=self._logs,
            credentials=RoleCredentials(self._clients(self._keys.key(LAMBDA))),
            supplied=self._function_variables,
            metrics=LambdaMetrics(self._metrics),
        )
        self._events = EventQueue(self._functions)
        self._runner: Any = None
        self._router: Any = None
        self._rotator: Any = None
        self._alarms: Any = None
        self._web_subscribers = WebSubscribers(pause=self._time_scale.real_seconds(PAUSE_SECONDS))
        self._find_url: FindTarget | None = None
        self._invocations: Application | None = None
        self._composing = threading.Lock()
        self._composed = threading.Event()
        self._stopping = False

    def start(self) -> None:
        """Write the operator's key where commands find it, and begin to serve."""
        credentials_file.write(self.host.directory / CREDENTIALS, {OPERATOR: self._operator})
        self._logs.start()
        self._xray.start()
        self._functions.start()
        self._emulator.start()

    def stop(self) -> None:
        """Stop every part, callers before callees; if one fails, the others are stopped all the same."""
        with self._composing:
            self._stopping = True
        for name, part in (
            ("alarms", self._alarms),
            ("web subscribers", self._web_subscribers),
            ("tasks", self._runner),
            ("router", self._router),
            ("events", self._events),
            ("rotations", self._rotator),
            ("functions", self._functions),
            ("xray", self._xray),
            ("logs", self._logs),
            ("emulator", self._emulator),
        ):
            if part is not None:
                try:
                    part.stop()
                except Exception:
                    log.exception("%s did not stop", name)

    def _compose(self) -> None:
        """Make and start the parts that import moto; runs before moto answers its first call."""
        from sandbox.cloud.alarms import moto_alarms  # noqa: PLC0415 - imports moto
        from sandbox.cloud.alarms.book import MotoAlarmBook  # noqa: PLC0415
        from sandbox.cloud.alarms.watch import AlarmWatch  # noqa: PLC0415
        from sandbox.cloud.authorization.in_moto.judging import MotoJudge  # noqa: PLC0415
        from sandbox.cloud.functions.moto_lambda.backend import MotoLambda  # noqa: PLC0415
        from sandbox.cloud.functions.moto_lambda.credentials import make_operator  # noqa: PLC0415
        from sandbox.cloud.functions.moto_lambda.invoking import InvokeMiddleware  # noqa: PLC0415
        from sandbox.cloud.images import emulated_ecr  # noqa: PLC0415
        from sandbox.cloud.metrics import moto_metrics  # noqa: PLC0415
        from sandbox.cloud.metrics.ecs_metrics import EcsMetrics  # noqa: PLC0415
        from sandbox.cloud.rotation import key_rotation, rotate_secret  # noqa: PLC0415
        from sandbox.cloud.rotation.rotator import Rotator  # noqa: PLC0415
        from sandbox.cloud.router.router import Router  # noqa: PLC0415
        from sandbox.cloud.scheduler.runner import TaskRunner  # noqa: PLC0415

        make_operator(ACCOUNT, self._options.region, self._operator)
        self._judge = MotoJudge(ACCOUNT)
        self._composed.set()
        self._retention.install()
        moto_metrics.install(self._metrics)
        moto_alarms.install()
        trace_summaries.install()
        web_subscribers.install(self._web_subscribers)
        functions = MotoLambda(self._functions, self._events, self._emulator.locks)
        functions.install(self._emulator.endpoint)
        rotator = Rotator(self._emulator.locks)
        rotate_secret.install(rotator)
        key_rotation.install()
        emulated_ecr.install(self._copies)
        self._find_url = functions.url_target
        self._invocations = InvokeMiddleware(self._moto, self._emulator.locks)
        router = Router(
            self._aws,
            self._endpoints,
            self._options.ports.load_balancer,
            faults=self._faults,
            split=lambda service: self._runner.split(service) if self._runner is not None else None,
        )
        # read when a process starts: no function can be deployed before
        self._function_variables |= vpc_variables(router.vpc_door_url())
        runner = TaskRunner(
            self._aws,
            self._images,
            self._logs,
            {
                **self._supplied,
                "AWS_REGION": self._options.region,
                "AWS_DEFAULT_REGION": self._options.region,
            },
            lambda: None,  # the router asks for the endpoints of a service with each request
            project_root=self._options.project_root,
            traffic=router,
            routed=router,
            time_scale=self._time_scale,
            injector=task_injector(self._clients(self._keys.key(TASKS))),
        )
        alarms = AlarmWatch(
            MotoAlarmBook(ACCOUNT, self._options.region, self._emulator.locks, self._aws),
            self._metrics,
            publish_metrics=EcsMetrics(self._metrics, runner.status).publish,
            account=ACCOUNT,
            region=self._options.region,
            time_scale=self._time_scale,
        )
        with self._composing:
            if self._stopping:
                return
            self._runner, self._router, self._rotator, self._alarms = runner, router, rotator, alarms
            rotator.start()
            router.start()
            runner.start()
            self._web_subscribers.start()
            alarms.start()
        subscribe = self._emulator.changes.subscribe
        subscribe("lambda", functions.follow_changes)
        for service in ("ecs", "secretsmanager", "application-autoscaling"):
            subscribe(service, runner.notify)
        for service in ("elasticloadbalancing", "ecs", "ec2"):
            subscribe(service, router.notify)

    def _before_moto(self, application: Application) -> Application:
        """Have invocations answered without moto's web application, once there are functions."""
        self._moto = application

        def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            return (self._invocations or application)(environ, start_response)

        return serve

    def _endpoints(self, service: str) -> Sequence[Any]:
        return self._runner.endpoints(service) if self._runner is not None else ()

    def _url_target(self, url_id: str, access_key: str | None) -> UrlTarget | None:
        return self._find_url(url_id, access_key) if self._find_url is not None else None

    def _clients(self, key: AccessKey) -> EmulatorClients:
        return EmulatorClients(self._emulator.endpoint, self._options.region, key)

    def _find_judge(self) -> Judge:
        self._composed.wait()
        if self._judge is None:
            raise RuntimeError("moto could not be loaded")
        return self._judge

    def _may_call(self, access_key: str, target: UrlTarget) -> bool:
        return may_call_url(self._find_judge(), self._authorization, access_key, target.arn)

    def _find_secret(self, access_key: str) -> tuple[str | None, str | None]:
        own = self._keys.secret(access_key)
        if own is not None:
            return own, None
        self._composed.wait(timeout=30)
        from sandbox.cloud.functions.moto_lambda.credentials import find_secret  # noqa: PLC0415 - imports moto

        return find_secret(ACCOUNT, access_key)

    def _ping(self) -> Mapping[str, Any]:
        return {"incarnation": self.host.incarnation, "pid": self.host.pid}

    def _status(self) -> Mapping[str, Any]:
        document: dict[str, Any] = {
            "incarnation": self.host.incarnation,
            "started_at": self.host.started_at.isoformat(),
            "pid": self.host.pid,
            "services": [],
            "load_balancers": [],
            "functions": self._functions.status(),
            "mesh": [],
            "telemetry": {**self._retention.document(), "metrics": self._metrics.document()},
            "faults": self._faults.document(),
            "authorization": self._authorization.document(),
            "time_scale": self._options.time_scale,
        }
        if self._runner is not None:
            document["services"] = self._runner.status()
        if self._router is not None:
            document |= self._router.status()
        return document

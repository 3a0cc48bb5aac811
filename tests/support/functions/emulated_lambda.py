"""An emulator with moto's Lambda on our executor, in this process, as the host composes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.moto_api._internal.models import moto_api_backend

from sandbox.cloud.emulator.clients import EmulatorClients
from sandbox.cloud.emulator.emulator import Emulator
from sandbox.cloud.functions.events import EventQueue
from sandbox.cloud.functions.executor import FunctionExecutor
from sandbox.cloud.functions.urls.urls import FunctionUrlMiddleware
from sandbox.cloud.host.credentials import RoleCredentials
from sandbox.cloud.metrics.store import MetricStore
from sandbox.cloud.telemetry.logs import LogShipper
from sandbox.cloud.telemetry.moto_logs import MotoLogs
from tests.support.access.keys import ANY_KEY
from tests.support.functions.fixtures import archive

REGION = "us-east-1"
ECHO = """
import os
def handler(event, context):
    print("event", event)
    return {"event": event, "arn": context.invoked_function_arn, "version": context.function_version,
            "mode": os.environ.get("MODE"), "role": os.environ.get("AWS_SESSION_TOKEN", "")}
"""


class EmulatedLambda:
    """Emulator, executor, event queue and log shipper."""

    def __init__(self, directory: Path) -> None:
        self.pauses: list[float] = []
        self.emulator = Emulator(
            ping=dict,
            status=dict,
            shutdown=lambda: None,
            token="",
            preloaded=(),
            middleware=[lambda application: FunctionUrlMiddleware(application, self._find, lambda *_: True)],
            prepare=[self._install],
        )
        self.aws = EmulatorClients(self.emulator.endpoint, REGION, ANY_KEY)
        self.logs = LogShipper(MotoLogs(REGION, self.emulator.locks, MetricStore()))
        self.executor = FunctionExecutor(
            directory,
            sink=self.logs,
            credentials=RoleCredentials(self.aws),
            supplied={"AWS_ENDPOINT_URL": self.emulator.endpoint, "MYELIN_SANDBOX": str(directory)},
            install=lambda requirements, into: "no network",
        )
        self.events = EventQueue(self.executor, retries=(0.01, 0.01))
        self.logs.start()
        self.emulator.start()

    def _install(self) -> None:
        from sandbox.cloud.functions.moto_lambda.backend import MotoLambda  # noqa: PLC0415 - imports moto, as in the host

        self.functions = MotoLambda(self.executor, self.events, self.emulator.locks)
        self.functions.install(self.emulator.endpoint)
        self.emulator.changes.subscribe("lambda", self.functions.follow_changes)
        self._install_rotation()

    def _install_rotation(self) -> None:
        from sandbox.cloud.rotation import rotate_secret  # noqa: PLC0415 - imports moto, as in the host
        from sandbox.cloud.rotation.rotator import Rotator  # noqa: PLC0415

        self.rotator = Rotator(self.emulator.locks, retries=())
        rotate_secret.install(self.rotator)
        self.rotator.start()

    def _find(self, url_id: str, access_key: str | None) -> Any:
        return self.functions.url_target(url_id, access_key)

    def stop(self) -> None:
        self.rotator.stop()
        self.events.stop()
        self.executor.stop()
        self.logs.stop()
        self.emulator.stop()


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmulatedLambda]:
    """One for all tests of a module; it begins with nothing but the role `function-role`."""
    moto_api_backend.reset()
    made = EmulatedLambda(tmp_path_factory.mktemp("functions"))
    made.aws("iam").create_role(RoleName="function-role", AssumeRolePolicyDocument="{}")
    yield made
    made.stop()


@pytest.fixture
def aws(box: EmulatedLambda) -> EmulatorClients:
    return box.aws


@pytest.fixture
def create(aws: EmulatorClients) -> Callable[..., Any]:
    """Make a function and its log group."""
    role = aws("iam").get_role(RoleName="function-role")["Role"]["Arn"]

    def make(name: str, source: str = ECHO, **arguments: Any) -> Any:
        aws("logs").create_log_group(logGroupName=f"/aws/lambda/{name}")
        return aws("lambda").create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=role,
            Code={"ZipFile": archive(source)},
            **arguments,
        )

    return make


def invoke(
    aws: EmulatorClients, name: str, payload: Any = None, **arguments: Any
) -> tuple[dict[str, Any], Any]:
    """Call a function; returns the answer, and its payload as a document (None without one)."""
    answer = aws("lambda").invoke(
        FunctionName=name, Payload=json.dumps({} if payload is None else payload), **arguments
    )
    data = answer["Payload"].read()
    return answer, json.loads(data) if data else None

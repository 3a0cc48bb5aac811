"""Compares a deployment with the same AWS calls made straight with boto3, in one run.

The engine deploys the sandbox environment while every API call is recorded with its answer. Then the same
calls are made again, in the same order, by plain boto3 clients on a second, empty emulator; ids of the
first world that appear in later parameters are replaced by those of the second. Both sides start with
their emulator and clients ready, and neither waits for services to become steady: the rollouts are left
out of both.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from cli.deployment.inputs import read_inputs
from cli.deployment.plan import layer_program
from cli.environment import read_environment
from cli.project import find_project
from sandbox.cloud import host as hosts
from sandbox.engine.engine import Engine
from sandbox.engine.state.store import StateStore
from sandbox.provider.api_clients import connect
from sandbox.provider.provider import AwsProvider
from stacks.names import Layer
from stacks.program import load_layers
from tests.support.access.keys import operator_credentials
from tests.support.paths import ROOT
from tests.support.provider.recorded_calls import CallRecorder, RecordedCall, replay

ENVIRONMENT = "sandbox"
WAITING = "describe_services"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The seconds that the engine took, and those of the bare calls; `calls` is how many there were."""

    calls: float
    engine_seconds: float
    direct_seconds: float

    @property
    def ratio(self) -> float:
        """How many times as long the engine took."""
        return self.engine_seconds / self.direct_seconds


def measure_deployment(folder: Path) -> Deployment:
    """Deploy, then make the same calls again; leaves nothing running."""
    recorder = CallRecorder()
    engine_seconds = _deploy(folder / "engine", recorder)
    calls = tuple(call for call in recorder.calls if call.operation != WAITING)
    return Deployment(
        calls=len(calls), engine_seconds=engine_seconds, direct_seconds=_repeat(folder / "direct", calls)
    )


def _host(folder: Path) -> hosts.Host:
    project = find_project(ROOT)
    return hosts.start(folder, hosts.HostOptions(images=project.images, project_root=ROOT))


def _deploy(folder: Path, recorder: CallRecorder) -> float:
    project = find_project(ROOT)
    environment = read_environment(project, ENVIRONMENT)
    inputs = read_inputs(project, environment)
    host = _host(folder)
    try:
        clients = connect(host.endpoint, environment.region, operator_credentials(folder), on_call=recorder)
        engine = Engine(_Impatient(AwsProvider(clients)), StateStore(folder / "stacks"))
        load_layers()
        programs = [layer_program(project, inputs, environment.stack(layer)) for layer in Layer]
        started = time.perf_counter()
        for program in programs:
            engine.up(program)
        return time.perf_counter() - started
    finally:
        hosts.stop(folder)


class _Impatient:
    """A provider that does not wait for services to become steady."""

    def __init__(self, provider: AwsProvider) -> None:
        self._provider = provider

    def __getattr__(self, name: str) -> Any:
        return getattr(self._provider, name)

    def create(self, operation: Any, token: str, name: str, inputs: Mapping[str, Any]) -> Any:
        """Create without waiting."""
        return self._provider.create(operation, token, name, _without_wait(inputs))


def _without_wait(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in inputs.items() if name != "waitForSteadyState"}


def _repeat(folder: Path, calls: tuple[RecordedCall, ...]) -> float:
    """Make the calls with plain clients, one after the other; gives the seconds inside the calls alone."""
    host = _host(folder)
    spent = 0.0
    try:
        session = boto3.Session(aws_access_key_id="x", aws_secret_access_key="x", region_name="us-east-1")
        config = Config(retries={"total_max_attempts": 1})
        clients = {
            name: session.client(name, endpoint_url=host.endpoint, config=config)
            for name in {call.service for call in calls}
        }

        def send(service: str, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
            nonlocal spent
            started = time.perf_counter()
            answer: Mapping[str, Any] = getattr(clients[service], operation)(**parameters)
            spent += time.perf_counter() - started
            return answer

        replay(calls, send)
        return spent
    finally:
        hosts.stop(folder)

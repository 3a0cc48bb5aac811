"""Fixtures for the tests of the services."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from services.runtime.telemetry import logs
from tests.support.moto_server import moto_server
from tests.support.paths import ROOT
from tests.support.services.doubles import Clock, Lines, SecretsInMemory
from tests.support.services.processes import (
    CREDENTIALS,
    REGION,
    AwsClients,
    Process,
    StartService,
    free_port,
    wait_until_healthy,
)


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """Undo what a test configured: its stream is closed with it, and the next test logs to its own."""
    handlers = logging.root.handlers[:]
    yield
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers


@pytest.fixture
def lines() -> Lines:
    stream = io.StringIO()
    logs.configure(service="tested", level="DEBUG", stream=stream)
    return Lines(stream)


@pytest.fixture
def secrets() -> SecretsInMemory:
    return SecretsInMemory()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    """The URL of an emulated AWS on loopback."""
    with moto_server() as url:
        yield url


@pytest.fixture(scope="session")
def aws(aws_endpoint: str) -> AwsClients:
    return AwsClients(aws_endpoint)


@contextmanager
def service_processes(folder: Path, aws_endpoint: str) -> Iterator[StartService]:
    """Starts `python -m services.runtime.serve FACTORY`, on a free port or a given one; ends all at last."""
    started: list[subprocess.Popen[bytes]] = []

    def start(
        factory: str, environ: Mapping[str, str], *, ready: bool = True, port: int | None = None
    ) -> Process:
        port = port or free_port()
        log = folder / f"service-{len(started)}.log"
        kept = {
            name: os.environ[name]
            for name in ("PATH", "HOME", "COVERAGE_PROCESS_START")
            if name in os.environ
        }
        environment = {
            **kept,
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": aws_endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "MYELIN_ENVIRONMENT": "test",
            "MYELIN_VERSION": "1",
            "NO_PROXY": "127.0.0.1,localhost",
            **environ,
        }
        command = [
            sys.executable,
            "-m",
            "services.runtime.serve",
            factory,
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        with log.open("wb") as out:
            popen = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT)
        started.append(popen)
        process = Process(url=f"http://127.0.0.1:{port}", popen=popen, log=log)
        if ready:
            wait_until_healthy(process)
        return process

    try:
        yield start
    finally:
        for popen in started:
            if popen.poll() is None:
                popen.kill()
            popen.wait(10)


@pytest.fixture
def start_service(tmp_path: Path, aws_endpoint: str) -> Iterator[StartService]:
    """Processes that end with the test."""
    with service_processes(tmp_path, aws_endpoint) as start:
        yield start


@pytest.fixture(scope="module")
def start_shared_service(
    tmp_path_factory: pytest.TempPathFactory, aws_endpoint: str
) -> Iterator[StartService]:
    """Processes that the tests of a module share."""
    with service_processes(tmp_path_factory.mktemp("services"), aws_endpoint) as start:
        yield start

"""Real service processes and an emulated AWS, on loopback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx

from tests.support.paths import ROOT
from tests.support.waiting import wait_until

REGION = "eu-central-1"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
}


HTTP = httpx.Client(
    trust_env=False, verify=False, timeout=20, limits=httpx.Limits(max_keepalive_connections=0)
)
"""For plain HTTP on loopback: made once, as every new client reads all certificates; keeps no connection."""


@dataclass(frozen=True)
class AwsClients:
    """boto3 clients of the emulated AWS, for the arrangements of a test."""

    endpoint: str

    def __call__(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Process:
    """A real service process, its URL and its log."""

    url: str
    popen: subprocess.Popen[bytes]
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """All that was written up to now: a request of the reader's own is the last line, and is left out."""
        mark = uuid.uuid4().hex
        if self.popen.poll() is None:
            HTTP.get(f"{self.url}/last-line", headers={"x-correlation-id": mark})
            wait_until(lambda: f'"{mark}"' in self.log.read_text(), what=f"line of {mark} in {self.log}")
        found = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [line for line in found if line.get("correlation_id") != mark]

    def line_of(self, correlation_id: str) -> dict[str, Any]:
        """The first line of a request, once it is written."""
        mark = f'"correlation_id":"{correlation_id}"'

        def find() -> dict[str, Any] | None:
            lines = self.log.read_text().split("\n")[:-1]
            return next((json.loads(line) for line in lines if mark in line), None)

        found: dict[str, Any] = wait_until(find, what=f"line of {correlation_id} in {self.log}")
        return found

    def wait_for(self, message: str) -> dict[str, Any]:
        def find() -> dict[str, Any] | None:
            whole = self.log.read_text().split("\n")[:-1]
            lines: list[dict[str, Any]] = [json.loads(line) for line in whole]
            return next((line for line in lines if line["message"] == message), None)

        found: dict[str, Any] = wait_until(find, what=f"line `{message}` in {self.log}")
        return found


StartService = Callable[..., Process]


def wait_until_healthy(process: Process) -> None:
    def healthy() -> bool:
        if process.popen.poll() is not None:
            raise AssertionError(f"ended before it was healthy: {process.log.read_text()}")
        try:
            return HTTP.get(f"{process.url}/health").status_code == 200
        except httpx.TransportError:
            return False

    wait_until(healthy, what=f"healthy: {process.url}")


@contextmanager
def service_processes(folder: Path, aws_endpoint: str) -> Iterator[StartService]:
    """Starts `python -m services.runtime.serve FACTORY`, on a free port or a given one, and with a limit of
    file descriptors if one is given; ends all at last.
    """
    started: list[subprocess.Popen[bytes]] = []

    def start(
        factory: str,
        environ: Mapping[str, str],
        *,
        ready: bool = True,
        port: int | None = None,
        descriptors: int | None = None,
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
        if descriptors is not None:
            command = ["sh", "-c", f'ulimit -n {descriptors} && exec "$@"', "sh", *command]
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

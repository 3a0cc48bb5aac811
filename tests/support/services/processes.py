"""Real service processes and an emulated AWS, on loopback."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx

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
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def wait_for(self, message: str, seconds: float = 10.0) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.log.read_text().split("\n")[:-1]:
                found: dict[str, Any] = json.loads(line)
                if found["message"] == message:
                    return found
            time.sleep(0.02)
        raise AssertionError(f"no line `{message}` in {self.log.read_text()}")


StartService = Callable[..., Process]


def wait_until_healthy(process: Process, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.popen.poll() is not None:
            break
        try:
            if HTTP.get(f"{process.url}/health").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"not healthy: {process.log.read_text()}")

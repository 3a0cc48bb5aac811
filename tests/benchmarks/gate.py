"""What the gate adds to a hop: one intent as a service of the kit, and as an application behind the gate.

Real processes on loopback; each request is signed and granted before, one after another on one connection.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from services.runtime import Call, Service
from services.runtime.signing.sign import SigningKey, sign
from tests.support.moto_server import moto_server
from tests.support.paths import ROOT
from tests.support.services.granting import Granting
from tests.support.services.processes import REGION, AwsClients, free_port, service_processes

REQUESTS, WARM = 150, 30
BODY = b'{"input":"why"}'
SECRET = "s" * 64

service = Service()


@service.intent("reason")
async def reason(call: Call[dict[str, Any]]) -> dict[str, Any]:
    """Answer at once."""
    return {"conclusion": "acknowledged"}


async def _reason(request: Request) -> Response:
    await request.body()
    return Response(b'{"conclusion":"acknowledged"}', media_type="application/json")


async def _health(_request: Request) -> Response:
    return Response()


application = Starlette(routes=[Route("/reason", _reason, methods=["POST"]), Route("/health", _health)])


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCost:
    """Medians of one round, in milliseconds."""

    kit_ms: float
    gate_ms: float

    @property
    def added_ms(self) -> float:
        """What the gate adds."""
        return self.gate_ms - self.kit_ms


def measure_gate(folder: Path, *, rounds: int) -> list[GateCost]:
    """Both in turns, in one run."""
    with moto_server() as endpoint, service_processes(folder, endpoint) as start, _application() as behind:
        aws, granting = AwsClients(endpoint), Granting()
        made = aws("secretsmanager").create_secret(Name=f"bench/{uuid.uuid4()}", SecretString=SECRET)
        key = SigningKey(caller="orbit", version=made["VersionId"], secret=SECRET)
        environ = {
            "MYELIN_SERVICE": "axon",
            "LOG_LEVEL": "WARNING",
            "CALLERS": json.dumps(
                [{"service": "orbit", "signing_secret": made["ARN"], "intents": ["reason"]}]
            ),
            "INTENTS": json.dumps([{"name": "reason", "safe_to_repeat": True}]),
            **granting.environ(granting.publish(aws)),
        }
        kit = start("tests.benchmarks.gate:service", environ)
        gate = start(
            "services.gate.app:build",
            environ
            | {
                "APPLICATION_URL": behind,
                "GATE_URL": f"http://127.0.0.1:{free_port()}",
                "GATE_TOKEN": "t" * 64,
            },
        )
        for url in (kit.url, gate.url):
            _median_ms(url, granting, key, WARM)
        return [
            GateCost(
                kit_ms=_median_ms(kit.url, granting, key, REQUESTS),
                gate_ms=_median_ms(gate.url, granting, key, REQUESTS),
            )
            for _ in range(rounds)
        ]


@contextmanager
def _application() -> Iterator[str]:
    port = free_port()
    command = [
        *(sys.executable, "-m", "uvicorn", "tests.benchmarks.gate:application"),
        *("--port", str(port), "--log-level", "warning", "--no-access-log"),
    ]
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait(10)


def _median_ms(url: str, granting: Granting, key: SigningKey, count: int) -> float:
    """The median of that many calls."""
    token = granting.token(key.caller, "axon", "reason")
    requests = [_signed(f"{url}/reason", token, key) for _ in range(count)]
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=10)
    times = []
    for headers in requests:
        started = time.perf_counter()
        connection.request("POST", "/reason", body=BODY, headers=dict(headers))
        answer = connection.getresponse()
        body = answer.read()
        times.append((time.perf_counter() - started) * 1000)
        assert answer.status == 200, body
    connection.close()
    return statistics.median(times)


def _signed(url: str, token: str, key: SigningKey) -> Mapping[str, str]:
    headers = {"content-type": "application/json", "x-correlation-id": "bench", "x-myelin-grant": token}
    return sign(method="POST", url=url, headers=headers, body=BODY, key=key, region=REGION)

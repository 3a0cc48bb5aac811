"""Ways around governance that somebody would try who reaches a port: each is refused, and nothing is done."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.end_to_end.gated import Gated
from tests.support.wire.raw_requests import read_all

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("gated")]

BODY = b'{"input":"x"}'
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")
DONE = {"call admitted", "heartbeat sent", "dispatch completed"}
FORGED = (
    "x-myelin-caller: orbit",
    "x-myelin-tenant: acme",
    "x-myelin-grant: eyJhbGciOiJFZDI1NTE5In0.e30.AA",
    f"x-myelin-gate-token: {'t' * 64}",
    f"x-myelin-request: {'0' * 32}",
)
OTHER_PATHS = {"SCRIPT_NAME": "/prices", "X-Original-URL": "/quote", "X-Forwarded-Prefix": "/prices"}


def spellings(path: str) -> Iterator[str]:
    """Of an intent's path, as some server may take it."""
    name = path.removeprefix("/")
    yield from (
        path,
        f"{path}/",
        f"/{path}",
        f"/.{path}",
        f"/x/..{path}",
        f"{path};x",
        f"{path}?x=1",
        f"{path}.json",
    )
    yield from (
        f"/{name.capitalize()}",
        f"/%{ord(name[0]):02x}{name[1:]}",
        f"{path}%2f",
        f"{path}%00",
        f"*{path}",
    )
    yield from (
        f"http://axon:8081{path}",
        f"//axon:8081{path}",
        f"{path}#x",
        f"/prices%2f..{path}",
        f"/prices/..{path}",
    )


def environment_of(gated: Gated, service: str) -> Mapping[str, str]:
    """The variables of a service's process; of one behind the gate, those of its application."""
    return next(
        found
        for found in (process.environ() for process in gated.copy.processes())
        if found.get("MYELIN_SERVICE") == service
    )


def ways(gated: Gated) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Port, request line and header fields of each."""
    port = {name: int(gated.copy.tasks(name)[0]["port"]) for name in ("orbit", "axon", "quotes")}
    balancer = urlsplit(gated.copy.address).port or 80
    application = environment_of(gated, "quotes")
    token = application["GATE_TOKEN"]
    for fields in ((), FORGED, (f"x-myelin-gate-token: {token}", "x-myelin-caller: orbit")):
        for target in spellings("/reason"):
            yield port["axon"], f"POST {target} HTTP/1.1", fields
            yield balancer, f"POST {target} HTTP/1.1", fields
        for target in (*spellings("/quote"), *spellings("/call/rates/rate")):
            yield port["quotes"], f"POST {target} HTTP/1.1", fields
            yield balancer, f"POST {target} HTTP/1.1", fields
        for target in spellings("/dispatch"):
            yield port["orbit"], f"POST {target} HTTP/1.1", fields
        for version in ("HTTP/1.0", "HTTP/2.0"):
            yield port["axon"], f"POST /reason {version}", fields
            yield port["quotes"], f"POST /quote {version}", fields
    for name, value in OTHER_PATHS.items():
        yield port["quotes"], "POST /prices/quote HTTP/1.1", (f"{name}: {value}",)
    # who is on this loopback finds the inner ports as well
    for inner, path in (
        (application["GATE_URL"].rpartition(":")[2], "/call/rates/rate"),
        (application["PORT"], "/quote"),
    ):
        for target in spellings(path):
            yield int(inner), f"POST {target} HTTP/1.1", FORGED


def send(port: int, line: str, fields: tuple[str, ...], name: str) -> int:
    """The status of the answer, 0 if the connection ends without one."""
    head = [
        line,
        "host: orbit",
        "content-type: application/json",
        f"content-length: {len(BODY)}",
        f"x-correlation-id: {name}",
        "connection: close",
        *fields,
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.sendall("\r\n".join((*head, "", "")).encode() + BODY)
        answer = STATUS.match(read_all(connection))
        return int(answer[1]) if answer else 0


def all_lines(gated: Gated) -> Iterator[dict[str, Any]]:
    """Every line of the services that is of the kit's; applications write what they like."""
    pages = gated.copy.client("logs").get_paginator("filter_log_events")
    for group in gated.copy.workloads.log_groups:
        for page in pages.paginate(logGroupName=group):
            for event in page["events"]:
                if event["message"].startswith('{"timestamp"'):
                    yield json.loads(event["message"])


def test_no_port_and_no_spelling_is_a_way_around(gated: Gated) -> None:
    """The ports of services, gate, application and balancer, an intent's path in every spelling, with headers
    that only the gate may write, also with its true token: 3xx or 4xx, and no line of what was done. ZTN-1
    """
    tried = {f"around-{number}": way for number, way in enumerate(ways(gated))}
    found = {name: send(*way, name) for name, way in tried.items()}
    through = {
        f"{tried[name][1]} {tried[name][2]}": code for name, code in found.items() if not 300 <= code < 500
    }
    assert through == {}

    honest = gated.dispatch("quote", "quotes", correlation="around-at-last")
    assert honest.status_code == 200, honest.text
    gated.copy.logs("around-at-last", "heartbeat sent")
    done = {line.get("correlation_id") for line in all_lines(gated) if line["message"] in DONE}
    assert "around-at-last" in done
    assert done & tried.keys() == set()


ASKING = """
import json, os, boto3
answer = boto3.client("lambda", region_name=os.environ["AWS_REGION"]).invoke(
    FunctionName=os.environ["GOVERNANCE_FUNCTION"].replace("caller-orbit", "caller-quotes"),
    Payload=json.dumps({"service": "quotes", "intent": "rate", "target": "rates"}),
)
"""


def test_another_s_alias_is_not_one_s_own(gated: Gated) -> None:
    """With all that Orbit's task has, its role included, nobody asks governance as another service. GOV-4"""
    orbit = environment_of(gated, "orbit")
    ran = subprocess.run(
        [sys.executable, "-I", "-c", ASKING],
        env={**orbit, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 1
    assert "AccessDenied" in ran.stderr, ran.stderr

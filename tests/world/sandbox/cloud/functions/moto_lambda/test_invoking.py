"""Invocations answered in front of moto, and what is left to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from sandbox.cloud.emulator.locks import ServiceLocks
from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Environ, StartResponse, WsgiResponse, capture
from sandbox.cloud.functions.moto_lambda.invoking import InvokeMiddleware
from tests.support.emulator.applications import SCOPE

pytestmark = pytest.mark.sandbox

PATH = "/2015-03-31/functions/{}/invocations"


def moto(_environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    return WsgiResponse(status="418 Moto", headers=(), body=b"moto").send(start_response)


def invoke(name: str, *, service: str = "lambda", **headers: str) -> WsgiResponse:
    environ: Environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": PATH.format(name),
        "QUERY_STRING": "",
        "HTTP_AUTHORIZATION": SCOPE.format(service),
        BODY: b'{"a": 1}',
        HEADERS: tuple((key.replace("_", "-"), value) for key, value in headers.items()),
    }
    return capture(InvokeMiddleware(moto, ServiceLocks()), environ)


def test_a_function_is_run_here(create: Callable[..., Any]) -> None:
    """By name and by ARN; its payload is the answer, with the headers of the API."""
    arn = create("here")["FunctionArn"]
    for name in ("here", arn.replace(":", "%3A")):
        answer = invoke(name)
        assert answer.status_code == 200
        assert json.loads(answer.body)["event"] == {"a": 1}
        names = {key.lower() for key, _ in answer.headers}
        assert "x-amz-executed-version" in names
        assert "x-amz-log-result" not in names
    tail = invoke("here", x_amz_log_type="Tail")
    assert "x-amz-log-result" in {key.lower() for key, _ in tail.headers}


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("nobody", {}),
        ("later", {"x_amz_invocation_type": "Event"}),
        ("never", {"x_amz_invocation_type": "DryRun"}),
        ("other", {"service": "s3"}),
    ],
)
def test_what_is_asked_otherwise_is_motos(
    create: Callable[..., Any], name: str, more: dict[str, str]
) -> None:
    """An unknown function, another kind of invocation, another service."""
    if name != "nobody":
        create(name)
    assert invoke(name, **more).body == b"moto"

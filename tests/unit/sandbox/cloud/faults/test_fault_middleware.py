"""Faults at the emulator's edge."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from sandbox.cloud.emulator.wsgi import Environ, WsgiResponse, capture
from sandbox.cloud.faults.board import FaultBoard
from sandbox.cloud.faults.fault import Fault
from sandbox.cloud.faults.middleware import FaultMiddleware, order, target_of
from tests.support.emulator.applications import RecordingApplication

ROLE = "AWS4-HMAC-SHA256 Credential=ASIAX/20260101/us-east-1/{}/aws4_request, SignedHeaders=host, Signature=0"
INVOKED = "/2015-03-31/functions/{}/invocations"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:decide:caller-orbit"


def of_role(environ: Callable[..., Environ], service: str, path: str = "/") -> Environ:
    return environ("", HTTP_AUTHORIZATION=ROLE.format(service), PATH_INFO=path)


@pytest.mark.parametrize("name", ["decide", "decide:caller-orbit", ARN, ARN.replace(":", "%3A")])
def test_invocations_are_known_by_the_function(environ: Callable[..., Environ], name: str) -> None:
    """By name, with an alias, or by ARN: it is the same function."""
    assert target_of(of_role(environ, "lambda", INVOKED.format(name))) == "function:decide"


def test_only_roles_are_struck(environ: Callable[..., Environ]) -> None:
    """Tasks and functions are; the operator, and what is not signed, are not. Nor is another Lambda call."""
    assert target_of(of_role(environ, "dynamodb")) == "dynamodb"
    assert target_of(environ("dynamodb")) == ""
    assert target_of(environ("")) == ""
    assert target_of(of_role(environ, "lambda", "/2015-03-31/functions/decide")) == ""


@pytest.mark.parametrize(
    ("fault", "service", "status", "said"),
    [
        ({"down": True}, "dynamodb", 503, "ServiceUnavailable"),
        ({"throttle": 1}, "dynamodb", 400, "ThrottlingException"),
        ({"throttle": 1}, "lambda", 429, "TooManyRequestsException"),
        ({"errors": 1}, "secretsmanager", 500, "InternalServerError"),
        ({"errors": 1}, "lambda", 200, "Sandbox.Fault"),
    ],
)
def test_trouble_looks_as_on_aws(
    environ: Callable[..., Environ],
    recorder: RecordingApplication,
    fault: dict[str, float],
    service: str,
    status: int,
    said: str,
) -> None:
    """Status and error code are those of the service, and nothing behind is called."""
    target = "function:decide" if service == "lambda" else service
    board = FaultBoard()
    board.begin(Fault.read({"target": target, "seconds": 60, **fault}))
    called = of_role(environ, service, INVOKED.format("decide") if service == "lambda" else "/")
    answer = capture(FaultMiddleware(recorder, board), called)
    assert (answer.status_code, said in answer.body.decode()) == (status, True)
    assert recorder.calls == []
    names = {name.lower() for name, _ in answer.headers}
    assert ("x-amz-function-error" in names) == (said == "Sandbox.Fault")


def test_latency_is_waited_for_and_the_call_goes_on(
    environ: Callable[..., Environ], recorder: RecordingApplication
) -> None:
    """A slow service does its work all the same."""
    board, slept = FaultBoard(), list[float]()
    board.begin(Fault(target="dynamodb", seconds=60, latency=2))
    answer = capture(FaultMiddleware(recorder, board, sleep=slept.append), of_role(environ, "dynamodb"))
    assert (answer.body, slept) == (b"done", [2])


def ordered(environ: Callable[..., Environ], board: FaultBoard, document: object) -> WsgiResponse:
    return order(board, environ("", body=json.dumps(document).encode()))


def test_orders_begin_and_end_faults(environ: Callable[..., Environ]) -> None:
    """The answer says what is on; what is no fault is refused with the reason."""
    board = FaultBoard()
    begun = ordered(environ, board, {"target": "dynamodb", "seconds": 60, "down": True})
    assert [fault["target"] for fault in json.loads(begun.body)["faults"]] == ["dynamodb"]
    assert json.loads(ordered(environ, board, {"end": "dynamodb"}).body) == {"ended": True, "faults": []}
    wrong = ordered(environ, board, {"target": "s3", "seconds": 60, "down": True})
    assert (wrong.status_code, "`s3` is no target" in wrong.body.decode()) == (400, True)
    assert order(board, environ("", body=b"{")).status_code == 400

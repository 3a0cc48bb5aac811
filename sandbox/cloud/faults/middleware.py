"""Plays faults of AWS services at the emulator's edge, and takes orders for all faults.

Only calls of tasks and functions are struck: their credentials are those of a role (access keys that begin
with ASIA). The operator's commands and the sandbox's own parts go on working, so that a fault can be looked
at and ended.

What AWS answers: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable
from urllib.parse import unquote

from sandbox.cloud.emulator.call import identify
from sandbox.cloud.emulator.error_response import error_response
from sandbox.cloud.emulator.wsgi import BODY, Application, Environ, StartResponse, WsgiResponse, json_response
from sandbox.cloud.faults.board import FaultBoard
from sandbox.cloud.faults.fault import Effect, Fault, FaultError

_INVOKE = re.compile(r"/functions/(?P<name>[^/]+)/invocations/?$")
_ROLE_KEY = re.compile(r"Credential=ASIA")


class FaultMiddleware:
    """WSGI middleware in front of the emulated AWS: delays, fails or throttles what a fault strikes."""

    def __init__(
        self, application: Application, board: FaultBoard, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._application = application
        self._board = board
        self._sleep = sleep

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the call on, or answer as AWS does in such trouble."""
        target = target_of(environ)
        effect = self._board.strike(target) if target else None
        if effect is None:
            return self._application(environ, start_response)
        if effect.latency:
            self._sleep(effect.latency)
        refusal = _refusal(environ, target, effect)
        return self._application(environ, start_response) if refusal is None else refusal.send(start_response)


def target_of(environ: Environ) -> str:
    """The target of faults that a call is for; empty if there can be none."""
    if not _ROLE_KEY.search(str(environ.get("HTTP_AUTHORIZATION", ""))):
        return ""
    service = identify(environ).service
    if service != "lambda":
        return service
    invoked = _INVOKE.search(unquote(str(environ.get("PATH_INFO", ""))))
    if invoked is None:
        return ""
    # a name, name:alias, or an ARN whose seventh part is the name
    parts = invoked["name"].split(":")
    return f"function:{parts[6] if len(parts) > 6 else parts[0]}"


def _refusal(environ: Environ, target: str, effect: Effect) -> WsgiResponse | None:
    if effect.down:
        return error_response(environ, "503 Service Unavailable", "ServiceUnavailable", "a fault is on: down")
    if effect.throttled:
        if target.startswith("function:"):
            return error_response(environ, "429 Too Many Requests", "TooManyRequestsException", _THROTTLED)
        return error_response(environ, "400 Bad Request", "ThrottlingException", _THROTTLED)
    if effect.failing:
        if target.startswith("function:"):
            body = json.dumps({"errorType": "Sandbox.Fault", "errorMessage": "a fault is on: errors"})
            headers = (("Content-Type", "application/json"), ("X-Amz-Function-Error", "Unhandled"))
            return WsgiResponse(status="200 OK", headers=headers, body=body.encode())
        return error_response(
            environ, "500 Internal Server Error", "InternalServerError", "a fault is on: errors"
        )
    return None


_THROTTLED = "Rate Exceeded. (a fault is on)"


def order(board: FaultBoard, environ: Environ) -> WsgiResponse:
    """Carry out an order of the control API: a fault to begin, or `{"end": target}`; answers what is on."""
    body: bytes = environ.get(BODY, b"")
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return json_response("400 Bad Request", {"message": "the order is not JSON"})
    if isinstance(asked, dict) and set(asked) == {"end"}:
        ended = board.end(str(asked["end"]))
        return json_response("200 OK", {"ended": ended, "faults": board.document()})
    try:
        board.begin(Fault.read(asked))
    except FaultError as error:
        return json_response("400 Bad Request", {"message": error.message})
    return json_response("200 OK", {"faults": board.document()})

"""Answers the Invoke API without moto's web application, which takes three times as long as what it calls.

Only what goes well is answered here: whatever is refused, or is asked in another way, goes on to moto, which
has the words for it. Imports moto, so import this module late.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, unquote

from moto.awslambda.models import lambda_backends
from moto.core.exceptions import ServiceException
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException

from sandbox.cloud.emulator.call import identify
from sandbox.cloud.emulator.emulator import ACCOUNT
from sandbox.cloud.emulator.locks import ServiceLocks
from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Application, Environ, StartResponse, WsgiResponse

_INVOKE = re.compile(r"^/2015-03-31/functions/(?P<name>[^/]+)/invocations$")
MOST_BYTES = 6_291_556
"""A larger payload is moto's to refuse."""


class InvokeMiddleware:
    """WSGI middleware: runs the function of a synchronous invocation, and passes all else on."""

    def __init__(self, application: Application, locks: ServiceLocks) -> None:
        """`locks` are held while the function is looked up, and released while it runs."""
        self._application = application
        self._locks = locks

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Run the function, or pass the call on."""
        invoked = _INVOKE.match(str(environ.get("PATH_INFO", "")))
        call = identify(environ)
        if invoked is None or call.service != "lambda" or environ["REQUEST_METHOD"] != "POST":
            return self._application(environ, start_response)
        headers = Headers(list(environ.get(HEADERS, ())))
        if headers.get("x-amz-invocation-type", "RequestResponse") != "RequestResponse":
            return self._application(environ, start_response)
        answered: dict[str, str] = {}
        qualifier = parse_qs(str(environ.get("QUERY_STRING", ""))).get("Qualifier", [None])[0]
        backend: Any = lambda_backends[ACCOUNT][call.region]
        try:
            with self._locks.held("lambda"):
                payload: bytes = backend.invoke(
                    unquote(invoked["name"]), qualifier, environ[BODY], headers, answered
                )
        except (ServiceException, HTTPException):
            return self._application(environ, start_response)
        if headers.get("x-amz-log-type") != "Tail":
            answered.pop("x-amz-log-result", None)
        answered.pop("Content-Length", None)
        response = WsgiResponse(
            status="200 OK",
            headers=(("Content-Type", "application/json"), *answered.items()),
            body=payload,
        )
        return response.send(start_response)

"""Serves function URLs: a request to `/_function-url/<id>/...` runs the function behind that URL.

On AWS each URL has a host name of its own. Here it is a path, because a host name would have to be resolved.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Application, Environ, StartResponse, WsgiResponse
from sandbox.cloud.functions.errors import FunctionsError, ThrottledError
from sandbox.cloud.functions.invocation import InvocationResult
from sandbox.cloud.functions.urls.event import (
    IamCaller,
    UrlRequest,
    build_event,
    build_response,
    failure_response,
)
from sandbox.cloud.functions.urls.signature import (
    Authorization,
    SignedRequest,
    is_valid_signature,
    read_authorization,
)

PREFIX = "/_function-url/"


def url_of(endpoint: str, url_id: str) -> str:
    """The address of a function URL on an emulator."""
    return f"{endpoint}{PREFIX}{url_id}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlTarget:
    """The function behind a URL: how to run it, whether a signature is needed, and for which caller.

    `caller`, `secret` and `session_token` belong to the access key that was asked for. Without a secret no
    signature is valid.
    """

    needs_signature: bool
    region: str
    caller: IamCaller | None
    secret: str | None = None
    session_token: str | None = None
    run: Callable[[Mapping[str, Any], Mapping[str, str]], InvocationResult]


FindTarget = Callable[[str, str | None], UrlTarget | None]
"""Finds the target of a URL, given its id and the access key of the request's signature."""


class FunctionUrlMiddleware:
    """WSGI middleware that runs functions for requests to their URLs, and passes other requests on.

    With AWS_IAM a request must be signed by an identity that the emulator knows, and the function is told
    which. The emulator's own API accepts any signature; here it is verified, because a function trusts what
    it is told of its caller.
    """

    def __init__(
        self,
        application: Application,
        find: FindTarget,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._application = application
        self._find = find
        self._now = now

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Run the function of a URL, or pass the request on."""
        target = str(environ.get("RAW_URI", ""))
        if not target.startswith(PREFIX):
            return self._application(environ, start_response)
        url_id, _, rest = target.removeprefix(PREFIX).partition("/")
        return self._answer(environ, url_id.partition("?")[0], "/" + rest.partition("?")[0]).send(
            start_response
        )

    def _answer(self, environ: Environ, url_id: str, path: str) -> WsgiResponse:
        signed = read_authorization(str(environ.get("HTTP_AUTHORIZATION", "")))
        target = self._find(url_id, signed.access_key if signed else None)
        if target is None:
            return failure_response("404 Not Found")
        if target.needs_signature and not self._is_signed(environ, signed, target):
            return failure_response("403 Forbidden")
        request = UrlRequest(
            url_id=url_id,
            region=target.region,
            method=str(environ["REQUEST_METHOD"]),
            path=path,
            query=str(environ.get("QUERY_STRING", "")),
            headers=environ[HEADERS],
            body=environ[BODY],
        )
        caller = target.caller if target.needs_signature else None
        event = build_event(request, caller, request_id=str(uuid.uuid4()), at=datetime.now(UTC))
        trace = environ.get("HTTP_X_AMZN_TRACE_ID")
        try:
            outcome = target.run(event, {"X-Amzn-Trace-Id": trace} if trace else {})
        except ThrottledError:
            return failure_response("429 Too Many Requests")
        except FunctionsError:
            return failure_response("502 Bad Gateway")
        return failure_response("502 Bad Gateway") if outcome.failed else build_response(outcome.payload)

    def _is_signed(self, environ: Environ, given: Authorization | None, target: UrlTarget) -> bool:
        if given is None or target.secret is None or target.caller is None:
            return False
        request = SignedRequest(
            method=str(environ["REQUEST_METHOD"]),
            target=str(environ["RAW_URI"]),
            headers=environ[HEADERS],
            body=environ[BODY],
        )
        return given.region == target.region and is_valid_signature(
            request, given, target.secret, session_token=target.session_token, now=self._now()
        )

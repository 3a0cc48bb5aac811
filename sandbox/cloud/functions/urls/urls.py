"""Serves function URLs: a request to `/_function-url/<id>/...` runs the function behind that URL.

On AWS each URL has a host name of its own. Here it is a path, because a host name would have to be resolved.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.cloud.access.errors import SignatureError
from sandbox.cloud.access.signature import verify
from sandbox.cloud.access.signed_request import SignatureClaim, SignedRequest, read_claim
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

PREFIX = "/_function-url/"
_SERVICE = "lambda"


def url_of(endpoint: str, url_id: str) -> str:
    """The address of a function URL on an emulator."""
    return f"{endpoint}{PREFIX}{url_id}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlTarget:
    """The function behind a URL (`arn`): how to run it, whether a signature is needed, and for which caller.

    `caller`, `secret` and `session_token` belong to the access key that was asked for. Without a secret no
    signature is valid.
    """

    arn: str
    needs_signature: bool
    region: str
    caller: IamCaller | None
    secret: str | None = None
    session_token: str | None = None
    run: Callable[[Mapping[str, Any], Mapping[str, str]], InvocationResult]


MayCall = Callable[[str, UrlTarget], bool]
"""Whether IAM lets the owner of an access key call a URL."""

FindTarget = Callable[[str, str | None], UrlTarget | None]
"""Finds the target of a URL, given its id and the access key of the request's signature."""


class FunctionUrlMiddleware:
    """WSGI middleware that runs functions for requests to their URLs, and passes other requests on.

    With AWS_IAM a request must be signed by an identity that the emulator knows and that IAM lets call it,
    and the function is told which. A URL of type NONE is open to unsigned requests, unlike every other
    address of the emulator.
    """

    def __init__(
        self,
        application: Application,
        find: FindTarget,
        may_call: MayCall,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._application = application
        self._find = find
        self._may_call = may_call
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
        asked = SignedRequest(
            method=str(environ["REQUEST_METHOD"]),
            target=str(environ["RAW_URI"]),
            headers=environ[HEADERS],
            body=environ[BODY],
        )
        claim = _claim_of(asked)
        target = self._find(url_id, claim.access_key if claim else None)
        if target is None:
            return failure_response("404 Not Found")
        if target.needs_signature and not self._may_enter(asked, claim, target):
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

    def _may_enter(self, asked: SignedRequest, claim: SignatureClaim | None, target: UrlTarget) -> bool:
        if claim is None or target.caller is None or claim.region != target.region:
            return False
        try:
            verify(asked, lambda _: (target.secret, target.session_token), self._now())
        except SignatureError:
            return False
        return self._may_call(claim.access_key, target)


def _claim_of(asked: SignedRequest) -> SignatureClaim | None:
    """The signature of a request for Lambda in its header; one in its query is none here."""
    try:
        claim = read_claim(asked)
    except SignatureError:
        return None
    return claim if claim is not None and claim.service == _SERVICE and claim.expires is None else None

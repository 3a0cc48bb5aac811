"""Function URLs: requests to `/_function-url/<id>/...` run the function behind that URL.

On AWS a URL has a host name of its own; here a path stands for it, because a name would have to be resolved.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.emulator.answer import BODY, HEADERS, Answer, Application, Environ, StartResponse
from sandbox.functions.errors import FunctionsError, ThrottledError
from sandbox.functions.invocation import Outcome
from sandbox.functions.url_event import Caller, UrlRequest, answer_of, event_of, failure

PREFIX = "/_function-url/"
_SIGNED = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/,\s]+)/\d{8}/[^/]+/lambda/aws4_request")


def url_of(endpoint: str, url_id: str) -> str:
    """The address of a function URL on an emulator."""
    return f"{endpoint}{PREFIX}{url_id}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class UrlTarget:
    """What a URL leads to: whether a signature is needed, whose it is, and how to run the function."""

    needs_signature: bool
    region: str
    caller: Caller | None
    run: Callable[[Mapping[str, Any], Mapping[str, str]], Outcome]


FindTarget = Callable[[str, str | None], UrlTarget | None]
"""Finds the target for a URL's id and the access key of the request's signature."""


class FunctionUrlLayer:
    """Answers requests to function URLs and passes everything else on.

    A signature must be there for AWS_IAM and tells who calls; like every signature in the sandbox it is not
    verified.
    """

    def __init__(self, application: Application, find: FindTarget) -> None:
        """Wrap `application`; `find` looks functions up."""
        self._application = application
        self._find = find

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Run the function of a URL, or pass on."""
        target = str(environ.get("RAW_URI", ""))
        if not target.startswith(PREFIX):
            return self._application(environ, start_response)
        url_id, _, rest = target.removeprefix(PREFIX).partition("/")
        return self._answer(environ, url_id.partition("?")[0], "/" + rest.partition("?")[0]).send(
            start_response
        )

    def _answer(self, environ: Environ, url_id: str, path: str) -> Answer:
        signed = _SIGNED.match(str(environ.get("HTTP_AUTHORIZATION", "")))
        target = self._find(url_id, signed.group(1) if signed else None)
        if target is None:
            return failure("404 Not Found")
        if target.needs_signature and signed is None:
            return failure("403 Forbidden")
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
        event = event_of(request, caller, request_id=str(uuid.uuid4()), at=datetime.now(UTC))
        trace = environ.get("HTTP_X_AMZN_TRACE_ID")
        try:
            outcome = target.run(event, {"X-Amzn-Trace-Id": trace} if trace else {})
        except ThrottledError:
            return failure("429 Too Many Requests")
        except FunctionsError:
            return failure("502 Bad Gateway")
        return failure("502 Bad Gateway") if outcome.failed else answer_of(outcome.payload)

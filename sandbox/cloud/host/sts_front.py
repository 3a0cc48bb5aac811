"""Verifies the signatures of requests to STS, before moto answers whoever asks.

moto takes any secret, and answers for the access key alone. The admin function believes what STS says of a
caller, so here a signature has to hold as it does on AWS. Requests for temporary credentials by a token of
another provider carry no signature there either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from sandbox.cloud.emulator.error_response import error_response
from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Application, Environ, StartResponse
from sandbox.cloud.functions.urls.signature import SignedRequest, is_valid_signature, read_authorization

FindSecret = Callable[[str], tuple[str | None, str | None]]
"""Secret key and session token of an access key; (None, None) if it is unknown."""

_SCOPE = "/sts/aws4_request"
_SIGNED_ACTIONS = (
    b"Action=GetCallerIdentity",
    b"Action=AssumeRole&",
    b"Action=GetSessionToken",
    b"Action=GetFederationToken",
    b"Action=GetAccessKeyInfo",
)


class StsSignatureMiddleware:
    """WSGI middleware that refuses requests to STS whose signature does not hold."""

    def __init__(
        self,
        application: Application,
        find: FindSecret,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._application = application
        self._find = find
        self._now = now

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, or refuse it with the code that STS has for it."""
        if _is_for_sts(environ) and not self._is_signed(environ):
            return error_response(
                environ,
                "403 Forbidden",
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided.",
            ).send(start_response)
        return self._application(environ, start_response)

    def _is_signed(self, environ: Environ) -> bool:
        given = read_authorization(str(environ.get("HTTP_AUTHORIZATION", "")), "sts")
        if given is None:
            return False
        secret, token = self._find(given.access_key)
        if secret is None:
            return False
        request = SignedRequest(
            method=str(environ["REQUEST_METHOD"]),
            target=str(environ["RAW_URI"]),
            headers=environ[HEADERS],
            body=environ[BODY],
        )
        return is_valid_signature(request, given, secret, session_token=token, now=self._now())


def _is_for_sts(environ: Environ) -> bool:
    """Whether moto would take a request for one that STS answers only if it is signed."""
    query = f"{environ.get('QUERY_STRING', '')}&".encode()
    if _SCOPE in str(environ.get("HTTP_AUTHORIZATION", "")) or b"%2Fsts%2Faws4_request" in query:
        return True
    form = str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")
    texts = (query, environ[BODY] + b"&") if form else (query,)
    return any(action in text for action in _SIGNED_ACTIONS for text in texts)

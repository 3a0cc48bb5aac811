"""Lets in who may ask the emulator: programs of this machine, with requests signed by keys of this sandbox.

moto takes any secret, and answers for the access key alone. Requests for temporary credentials by a token of
another provider carry no signature on AWS; moto cannot verify such a token, so here they are refused, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from sandbox.cloud.access.errors import SignatureError
from sandbox.cloud.access.keys import FindSecret
from sandbox.cloud.access.page_requests import page_refusal
from sandbox.cloud.access.signature import verify
from sandbox.cloud.access.signed_request import SignedRequest
from sandbox.cloud.emulator.error_response import error_response
from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Application, Environ, StartResponse, json_response

_MOTOS_OWN = ("/moto-api", "/latest/meta-data", "/latest/api", "/favicon.ico")


class PageMiddleware:
    """WSGI middleware that refuses requests of web pages, and those for moto's dashboard and its reset."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, or answer 403 or 404."""
        refusal = page_refusal(environ[HEADERS])
        if refusal is not None:
            return json_response("403 Forbidden", {"message": refusal}).send(start_response)
        if str(environ.get("PATH_INFO", "")).startswith(_MOTOS_OWN):
            return json_response("404 Not Found", {"message": "not part of AWS"}).send(start_response)
        return self._application(environ, start_response)


class SignatureMiddleware:
    """WSGI middleware that refuses requests whose signature does not hold."""

    def __init__(
        self,
        application: Application,
        find: FindSecret,
        *,
        verified_elsewhere: tuple[str, ...] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`verified_elsewhere` are beginnings of paths that another middleware looks after."""
        self._application = application
        self._find = find
        self._elsewhere = verified_elsewhere
        self._now = now

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, or refuse it with the code that AWS has for it."""
        target = str(environ["RAW_URI"])
        if not target.startswith(self._elsewhere):
            request = SignedRequest(
                method=str(environ["REQUEST_METHOD"]),
                target=target,
                headers=environ[HEADERS],
                body=environ[BODY],
            )
            try:
                verify(request, self._find, self._now())
            except SignatureError as error:
                message = f"{error.message} ({error.hint})"
                return error_response(environ, "403 Forbidden", error.code, message).send(start_response)
        return self._application(environ, start_response)

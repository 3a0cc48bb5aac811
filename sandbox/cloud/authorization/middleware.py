"""WSGI middleware that refuses what IAM does not allow to whoever signed a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from sandbox.cloud.access.errors import SignatureError
from sandbox.cloud.access.signed_request import SignedRequest, read_claim
from sandbox.cloud.authorization.judgement import JudgedNeed, denial_response
from sandbox.cloud.authorization.mappings.functions import URL_ACTIONS
from sandbox.cloud.authorization.need import Need
from sandbox.cloud.authorization.one_meaning import second_meaning
from sandbox.cloud.authorization.received_call import ReceivedCall, read_call
from sandbox.cloud.authorization.record import AuthorizationRecord
from sandbox.cloud.emulator.error_response import error_response
from sandbox.cloud.emulator.wsgi import BODY, HEADERS, Application, Environ, StartResponse

EMULATOR = ""
"""The name of the emulator itself among `services`: what it does to keep itself going is not judged."""


class Judge(Protocol):
    """Decides by policies."""

    def call(self, access_key: str, call: ReceivedCall, now: datetime) -> tuple[JudgedNeed, ...]:
        """Of a call that a user or role signed."""

    def needs(
        self, access_key: str, needs: tuple[Need, ...], region: str, now: datetime
    ) -> tuple[JudgedNeed, ...]:
        """Of needs that are known already."""

    def service(self, name: str, call: ReceivedCall, now: datetime) -> tuple[JudgedNeed, ...]:
        """Of a call that an AWS service makes for a resource of the account."""


class AuthorizationMiddleware:
    """Passes on what is allowed; stands behind whatever verifies signatures."""

    def __init__(
        self,
        application: Application,
        judge: Callable[[], Judge],
        record: AuthorizationRecord,
        *,
        services: Mapping[str, str],
        elsewhere: tuple[str, ...] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`judge` gives the judge, once there is one. `services` are names of AWS services by access key.

        `elsewhere` are beginnings of paths that another middleware looks after.
        """
        self._application = application
        self._judge = judge
        self._record = record
        self._services = services
        self._elsewhere = elsewhere
        self._now = now

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, or refuse it as AWS does."""
        if str(environ["RAW_URI"]).startswith(self._elsewhere):
            return self._application(environ, start_response)
        access_key = _access_key(environ)
        service = self._services.get(access_key)
        if service == EMULATOR:
            return self._application(environ, start_response)
        if (other := second_meaning(environ)) is not None:
            message = f"the request can be read in two ways: {other}"
            return error_response(environ, "400 Bad Request", "ValidationException", message).send(
                start_response
            )
        call, now = read_call(environ), self._now()
        judge = self._judge()
        judged = judge.call(access_key, call, now) if service is None else judge.service(service, call, now)
        self._record.add(judged, now)
        if judged and not judged[-1].decision.allowed:
            return denial_response(environ, call.service, judged[-1].message).send(start_response)
        return self._application(environ, start_response)


def _access_key(environ: Environ) -> str:
    """Whose signature it is, which has been verified; S3's older form names them in the query."""
    request = SignedRequest(
        method=str(environ["REQUEST_METHOD"]),
        target=str(environ["RAW_URI"]),
        headers=environ[HEADERS],
        body=environ[BODY],
    )
    try:
        claim = read_claim(request)
    except SignatureError:
        return ""
    return claim.access_key if claim else dict(request.query()).get("AWSAccessKeyId", "")


def may_call_url(judge: Judge, record: AuthorizationRecord, access_key: str, arn: str) -> bool:
    """Whether the owner of an access key may call the URL of a function (an ARN)."""
    now = datetime.now(UTC)
    needs = tuple(Need(action=action, resource=arn) for action in URL_ACTIONS)
    judged = judge.needs(access_key, needs, arn.split(":")[3], now)
    record.add(judged, now)
    return bool(judged) and judged[-1].decision.allowed

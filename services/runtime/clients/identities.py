"""Authenticates the clients of the door by their IAM identity, which STS confirms for each request.

Nobody is let in by default: a request without a proof, with one that STS does not confirm for just this
request, or of an identity that the declaration does not name, is 401; while STS does not answer, it is 503.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from urllib.parse import urlsplit

from starlette.requests import Request

from services.runtime.calls.http import BrokenError, HttpClient, NotSentError, TooLargeAnswerError
from services.runtime.clients.client_proof import (
    PROOF_HEADER,
    STS_BODY,
    ClientProof,
    ClientRequest,
    read_identity,
    read_proof,
)
from services.runtime.clients.doorkeeper import Client
from services.runtime.errors import BodyTooLargeError
from services.runtime.places import NoPlaceError, Places
from services.runtime.process.health import Dependency
from services.runtime.requests.bodies import read_body, replay
from services.runtime.requests.problems import ProblemError, too_large
from services.runtime.signing.replay import ReplayCache, Use
from services.runtime.telemetry import logs, tracing

log = logs.get_logger()

VALID_SECONDS = 60
"""How far from now the date of a proof may be; STS itself would take a quarter of an hour."""
STS_SECONDS = 5.0
AT_ONCE, WAITING, WAIT_SECONDS = 16, 64, 1.0
"""Questions to STS: any stranger can cause one."""


class ProofFault(StrEnum):
    """Why a client is refused. For the log: the answer says no more than that it is."""

    MISSING = "no_proof"
    MALFORMED = "malformed_proof"
    EXPIRED = "expired"
    NOT_CONFIRMED = "not_confirmed_by_sts"
    ACCOUNT = "of_another_account"
    IDENTITY = "identity_not_declared"
    REPLAYED = "replayed"


class IdentityAuthenticator:
    """Of one process."""

    def __init__(
        self,
        *,
        identities: Mapping[str, str],
        audience: str,
        region: str,
        sts: str,
        http: HttpClient,
        max_body_bytes: int,
        epoch_seconds: Callable[[], float] = time.time,
    ) -> None:
        """`identities` (`user/ada`, `role/shop`) may come in, each for its tenant, "" for none. `audience` is
        `<account>/<region>/<environment>/<service>`, `sts` the URL of the region's STS.
        """
        self._identities = identities
        self._audience = audience
        self._account = audience.partition("/")[0]
        self._region = region
        self._sts = sts.rstrip("/")
        self._http = http
        self._max_body_bytes = max_body_bytes
        self._epoch_seconds = epoch_seconds
        self._used = ReplayCache()
        self._places = Places(at_once=AT_ONCE, waiting=WAITING, wait_seconds=WAIT_SECONDS)

    async def load(self) -> None:
        """Nothing has to be read."""

    def background(self, seconds: float) -> Sequence[Callable[[], Awaitable[None]]]:  # noqa: ARG002
        """Nothing has to be read again."""
        return ()

    def probe(self) -> dict[str, Dependency]:
        """Whether STS answers shows with each request."""
        return {}

    async def admit(self, request: Request) -> tuple[Client, Request]:
        """The client, and the request with its body to be read once more."""
        found = request.headers.getlist(PROOF_HEADER)
        if len(found) != 1:
            raise _refused(ProofFault.MISSING)
        proof = read_proof(found[0])
        if proof is None:
            raise _refused(ProofFault.MALFORMED)
        signed_at = proof.signed_at()
        if signed_at is None or abs(self._epoch_seconds() - signed_at) > VALID_SECONDS:
            raise _refused(ProofFault.EXPIRED)
        try:
            body = await read_body(request.scope, request.receive, limit=self._max_body_bytes)
        except BodyTooLargeError as error:
            raise too_large(error.limit) from error
        identity = await self._confirmed(proof, self._bound(request, body))
        tenant = self._identities.get(identity)
        if tenant is None:
            raise _refused(ProofFault.IDENTITY, identity)
        used = self._used.use(
            proof.signature, expires_at=signed_at + VALID_SECONDS, now=self._epoch_seconds()
        )
        if used is not Use.FIRST:
            raise _refused(ProofFault.REPLAYED, identity)
        log.info("client authenticated", identity=identity, tenant=tenant or None)
        client = Client(subject=identity, tenant=tenant or None, claims={})
        return client, Request(request.scope, replay(body, request.receive))

    def _bound(self, request: Request, body: bytes) -> ClientRequest:
        scope = request.scope
        return ClientRequest(
            audience=self._audience,
            method=scope["method"],
            path=(scope.get("raw_path") or scope["path"].encode()).decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            body=body,
        )

    async def _confirmed(self, proof: ClientProof, bound: ClientRequest) -> str:
        """The identity that STS names for this request. Raises ProblemError."""
        host = urlsplit(self._sts).netloc
        headers = proof.sts_headers(host=host, region=self._region, request=bound)
        try:
            await self._places.take()
        except NoPlaceError:
            raise _unavailable("too many questions at once") from None
        try:
            with tracing.subsegment("identify"):
                async with asyncio.timeout(STS_SECONDS):
                    answer = await self._http.post(f"{self._sts}/", headers, STS_BODY)
        except (TimeoutError, NotSentError, BrokenError, TooLargeAnswerError) as error:
            raise _unavailable(type(error).__name__) from error
        finally:
            self._places.give_back()
        if answer.status >= 500 or answer.status == 429:
            raise _unavailable(f"it answered {answer.status}")
        found = read_identity(answer.body) if answer.status == 200 else None
        if found is None:
            raise _refused(ProofFault.NOT_CONFIRMED)
        account, identity = found
        if account != self._account:
            raise _refused(ProofFault.ACCOUNT, account)
        return identity


def _refused(fault: ProofFault, detail: str = "") -> ProblemError:
    log.warning("client refused", reason=fault.value, detail=detail)
    return ProblemError(
        slug="client-unauthenticated",
        title="Client unauthenticated",
        status=401,
        detail=f"the request needs `{PROOF_HEADER}` with a proof of an identity that this service accepts",
        headers={"www-authenticate": 'Myelin-Identity realm="myelin"'},
    )


def _unavailable(why: str) -> ProblemError:
    log.error("clients cannot be identified", problem=why)
    return ProblemError(
        slug="clients-unidentified",
        title="Clients unidentified",
        status=503,
        detail="who asks cannot be found out at the moment",
        headers={"retry-after": "1"},
    )

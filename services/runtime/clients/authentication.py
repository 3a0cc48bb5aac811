"""Authenticates the clients of the door, by the bearer token of each request (RFC 6750).

Nobody is let in by default: a request without a token, or with one that is not accepted, is 401; while the
keys of tokens are not known, nobody can be told from anybody, and every request is 503.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from starlette.requests import Request

from services.runtime.clients.client_keys import ClientKey, read_client_keys
from services.runtime.clients.doorkeeper import Client
from services.runtime.clients.token import TokenRefused, TrustedIssuer, read_head, read_token
from services.runtime.errors import ClientKeysError
from services.runtime.process.health import Dependency
from services.runtime.requests.problems import ProblemError
from services.runtime.signing.keys import SecretReader
from services.runtime.signing.public_keys import PublicKeySet
from services.runtime.telemetry import logs

log = logs.get_logger()

SPACING_SECONDS = 10.0
"""Between two readings for an unknown key: any stranger can name one."""


class ClientAuthenticator:
    """Of one process. It belongs to one event loop; no keys are known before `load`."""

    def __init__(
        self,
        *,
        reader: SecretReader,
        secret_id: str,
        trusted: TrustedIssuer,
        monotonic: Callable[[], float] = time.monotonic,
        epoch_seconds: Callable[[], float] = time.time,
    ) -> None:
        """`secret_id` is the ARN of the secret with the issuer's JWK Set."""
        self.keys: PublicKeySet[ClientKey] = PublicKeySet(
            reader=reader,
            secret_id=secret_id,
            read=read_client_keys,
            error=ClientKeysError,
            name="client keys",
            spacing_seconds=SPACING_SECONDS,
            monotonic=monotonic,
        )
        self._trusted = trusted
        self._epoch_seconds = epoch_seconds

    async def load(self) -> None:
        """Read the keys. That fails in silence but for the log: without them, clients are told 503."""
        try:
            await self.keys.load()
        except ClientKeysError as error:
            log.warning("client keys not read", problem=error.message)

    def probe(self) -> dict[str, Dependency]:
        """What `/health` tells of the keys."""
        try:
            count = len(self.keys.known())
        except ClientKeysError as error:
            return {"client-keys": Dependency(status="degraded", detail=error.message)}
        return {"client-keys": Dependency(status="ok", detail=f"{count} known")}

    def background(self, seconds: float) -> Sequence[Callable[[], Awaitable[None]]]:
        """Reads the keys again."""
        return (partial(self.keys.refresh_forever, seconds),)

    async def admit(self, request: Request) -> tuple[Client, Request]:
        """The client that the token of a request names."""
        return await self.authenticate(request.headers.getlist("authorization")), request

    async def authenticate(self, authorization: Sequence[str]) -> Client:
        """The client with these values of the header `authorization`. Raises ProblemError: 401 or 503."""
        if not authorization:
            raise _unauthenticated("")
        scheme, _, token = authorization[0].partition(" ")
        if len(authorization) > 1 or scheme.lower() != "bearer":
            log.warning("client refused", reason="no_bearer_token")
            raise _unauthenticated("")
        head = read_head(token.strip(" "))
        if isinstance(head, TokenRefused):
            raise _refused(head)
        try:
            keys = await self.keys.find(head.key)
        except ClientKeysError as error:
            log.error("client keys unavailable", problem=error.message)  # noqa: TRY400 - it is foreseen
            raise ProblemError(
                slug="client-keys-unavailable",
                title="Client keys unavailable",
                status=503,
                detail="tokens cannot be verified at the moment",
                headers={"retry-after": "1"},
            ) from error
        client = read_token(token.strip(" "), keys, self._trusted, now=self._epoch_seconds())
        if isinstance(client, TokenRefused):
            raise _refused(client)
        log.info("client authenticated", tenant=client.tenant)
        return client


def _refused(refused: TokenRefused) -> ProblemError:
    log.warning("client refused", reason=refused.fault.value, detail=refused.detail)
    return _unauthenticated(', error="invalid_token"')


def _unauthenticated(error: str) -> ProblemError:
    return ProblemError(
        slug="client-unauthenticated",
        title="Client unauthenticated",
        status=401,
        detail="the request needs `authorization: Bearer` with a token that this service accepts",
        headers={"www-authenticate": f'Bearer realm="myelin"{error}'},
    )

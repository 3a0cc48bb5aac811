"""On whose behalf a route of the clients' door acts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from services.runtime.clients.authentication import ClientAuthenticator
from services.runtime.clients.token import TrustedIssuer
from services.runtime.intents.call import Origin, origin
from services.runtime.intents.door import at_the_door
from services.runtime.requests.problems import ProblemError
from tests.support.services.doubles import SecretsInMemory
from tests.support.wire.tokens import AUDIENCE, ISSUER, fresh, jwks


def acting(clients: ClientAuthenticator | None, **headers: str) -> Origin:
    """The origin that an endpoint has, behind the door."""
    seen = []

    async def endpoint(_request: Request) -> Response:
        seen.append(origin())
        return Response()

    scope: dict[str, Any] = {
        "type": "http",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(_ask(at_the_door(endpoint, clients, limit_seconds=8), Request(scope)))
    return seen[0]


async def _ask(serve: Any, request: Request) -> None:
    await serve(request)


def test_without_authentication_it_acts_for_somebody() -> None:
    """Unproven, for no tenant, within the time that the client gives."""
    found = acting(None, authorization="Bearer any", x_myelin_deadline_ms="50")
    assert (found.tenant, found.proven, found.authenticated) == (None, False, False)
    assert found.deadline is not None


def test_with_it_only_for_whom_the_token_says() -> None:
    """The endpoint does not run for anybody else."""
    secrets = SecretsInMemory()
    secrets.rotate("arn", "1", jwks())
    trusted = TrustedIssuer(issuer=ISSUER, audience=AUDIENCE, tenant_claim="tenant")

    def clients() -> ClientAuthenticator:
        return ClientAuthenticator(reader=secrets, secret_id="arn", trusted=trusted)

    found = acting(clients(), authorization=f"Bearer {fresh()}")
    assert (found.tenant, found.proven, found.authenticated) == ("acme", True, True)
    with pytest.raises(ProblemError):
        acting(clients())

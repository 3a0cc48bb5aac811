"""What every doorkeeper does, whichever way clients say who they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from starlette.requests import Request

from services.runtime.clients.authentication import ClientAuthenticator
from services.runtime.clients.doorkeeper import Doorkeeper
from services.runtime.clients.identities import IdentityAuthenticator
from services.runtime.clients.token import TrustedIssuer
from services.runtime.requests.problems import ProblemError
from tests.support.services.doubles import SecretsInMemory
from tests.support.services.scripted_calls import ScriptedHttp


def tokens() -> Doorkeeper:
    trusted = TrustedIssuer(issuer="https://login.example", audience="orbit", tenant_claim="tenant")
    return ClientAuthenticator(reader=SecretsInMemory(), secret_id="arn", trusted=trusted)


def identities() -> Doorkeeper:
    return IdentityAuthenticator(
        identities={"user/ada": ""},
        audience="111122223333/us-east-1/dev/orbit",
        region="us-east-1",
        sts="http://sts.test",
        http=ScriptedHttp([]),
        max_body_bytes=100,
    )


@pytest.mark.parametrize("make", [tokens, identities])
def test_nobody_is_let_in_by_default(make: Callable[[], Doorkeeper]) -> None:
    """Who shows nothing is 401 with a challenge, also before anything could be read."""

    async def story() -> ProblemError:
        keeper = make()
        await keeper.load()
        assert all(found.status != "ok" for found in keeper.probe().values())
        with pytest.raises(ProblemError) as caught:
            await keeper.admit(Request({"type": "http", "method": "GET", "headers": []}))
        return caught.value

    refused = asyncio.run(story())
    assert refused.status == 401
    assert refused.headers["www-authenticate"].endswith('realm="myelin"')

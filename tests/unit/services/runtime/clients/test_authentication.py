"""Clients at the door: let in, told 401, or told 503."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.runtime.clients.authentication import SPACING_SECONDS, ClientAuthenticator
from services.runtime.clients.doorkeeper import Client
from services.runtime.clients.token import TrustedIssuer
from services.runtime.requests.problems import ProblemError
from tests.support.services.doubles import Clock, SecretsInMemory
from tests.support.wire.tokens import AUDIENCE, ISSUER, NOW, claims, jwks, public, token

SECRET = "arn:client-keys"
TRUSTED = TrustedIssuer(issuer=ISSUER, audience=AUDIENCE, tenant_claim="tenant")


class Door:
    """A door, its clock, and the secret behind it."""

    def __init__(self, value: str | None = None) -> None:
        self.secrets, self.clock = SecretsInMemory(), Clock()
        self.secrets.rotate(SECRET, "1", value or jwks())
        self.door = ClientAuthenticator(
            reader=self.secrets,
            secret_id=SECRET,
            trusted=TRUSTED,
            monotonic=lambda: self.clock.now,
            epoch_seconds=lambda: NOW,
        )

    async def ask(self, *authorization: str) -> Client | tuple[int, str, dict[str, str]]:
        try:
            return await self.door.authenticate(authorization)
        except ProblemError as error:
            return error.status, error.slug, error.headers


def ask(authorization: Sequence[str]) -> Client | tuple[int, str, dict[str, str]]:
    async def story() -> Client | tuple[int, str, dict[str, str]]:
        door = Door()
        await door.door.load()
        return await door.ask(*authorization)

    return asyncio.run(story())


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_lets_its_client_in(scheme: str) -> None:
    """The scheme's letters may be of either case (RFC 9110)."""
    assert ask([f"{scheme} {token()}"]) == Client(subject="ada", tenant="acme", claims={})


@pytest.mark.parametrize(
    ("authorization", "challenge"),
    [
        ([], 'Bearer realm="myelin"'),
        (["Basic YTpi"], 'Bearer realm="myelin"'),
        ([f"Bearer {token()}", f"Bearer {token()}"], 'Bearer realm="myelin"'),
        (["Bearer"], 'Bearer realm="myelin", error="invalid_token"'),
        ([f"Bearer {token()}, Bearer {token()}"], 'Bearer realm="myelin", error="invalid_token"'),
        ([f"Bearer {token(claims(exp=NOW - 60))}"], 'Bearer realm="myelin", error="invalid_token"'),
        ([f"Bearer {token(name='two')}"], 'Bearer realm="myelin", error="invalid_token"'),
    ],
)
def test_everybody_else_is_401_and_told_what_it_takes(authorization: list[str], challenge: str) -> None:
    """No credentials, others, two of them, or a token that is not accepted (RFC 6750); never why."""
    assert ask(authorization) == (401, "client-unauthenticated", {"www-authenticate": challenge})


def test_without_keys_nobody_is_let_in_and_that_is_not_their_fault() -> None:
    """Before the issuer's keys are in the secret, and when they cannot be read: 503, also for good tokens."""

    async def story() -> None:
        door = Door("the first value, which is random")
        await door.door.load()
        assert door.door.probe()["client-keys"].status == "degraded"
        refused = (503, "client-keys-unavailable", {"retry-after": "1"})
        assert await door.ask(f"Bearer {token()}") == refused
        assert await door.ask() == (
            401, "client-unauthenticated", {"www-authenticate": 'Bearer realm="myelin"'},
        )  # fmt: skip
        door.secrets.failing = "ThrottlingException"
        door.clock.now += SPACING_SECONDS
        assert await door.ask(f"Bearer {token()}") == refused
        door.secrets.failing = None
        door.secrets.rotate(SECRET, "2", jwks())
        assert await door.ask(f"Bearer {token()}") == refused
        door.clock.now += SPACING_SECONDS
        assert isinstance(await door.ask(f"Bearer {token()}"), Client)
        assert door.door.probe()["client-keys"].status == "ok"

    asyncio.run(story())


def test_the_issuer_s_next_key_is_found_at_its_first_token() -> None:
    """Without a restart; and a key that has left lets nobody in."""

    async def story() -> None:
        door = Door()
        await door.door.load()
        door.secrets.rotate(SECRET, "2", jwks(public("two")))
        assert isinstance(await door.ask(f"Bearer {token(name='two')}"), tuple)
        door.clock.now += SPACING_SECONDS
        assert isinstance(await door.ask(f"Bearer {token(name='two')}"), Client)
        assert isinstance(await door.ask(f"Bearer {token()}"), tuple)
        assert len(door.secrets.reads) == 2

    asyncio.run(story())

"""Clients with IAM credentials at the door: let in, told 401, or told 503. ZTN-1"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pytest
from starlette.requests import Request

from cli.policies.identity import Prover
from services.runtime.calls.http import BrokenError, HttpAnswer, NotSentError
from services.runtime.clients.client_proof import STS_BODY, ClientRequest
from services.runtime.clients.doorkeeper import Client
from services.runtime.clients.identities import AT_ONCE, VALID_SECONDS, WAITING, IdentityAuthenticator
from services.runtime.requests.problems import ProblemError
from tests.support.governance import fake_sts
from tests.support.services.doubles import Lines

ACCOUNT = "111122223333"
AUDIENCE = f"{ACCOUNT}/us-east-1/dev/orbit"
SHOP = f"arn:aws:sts::{ACCOUNT}:assumed-role/shop/session"
ADA = f"arn:aws:iam::{ACCOUNT}:user/ada"
BODY = b'{"intent":"reason"}'
UNAUTHENTICATED = (401, "client-unauthenticated")
UNIDENTIFIED = (503, "clients-unidentified")


@dataclass
class Sts:
    """STS behind an HTTP client: verifies signatures, unless it is in trouble."""

    trouble: Exception | HttpAnswer | None = None
    asked: int = 0
    gate: asyncio.Event | None = None
    full: asyncio.Event = field(default_factory=asyncio.Event)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        assert (url, body) == (f"{fake_sts.URL}/", STS_BODY)
        self.asked += 1
        if self.asked == AT_ONCE:
            self.full.set()
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(self.trouble, Exception):
            raise self.trouble
        if self.trouble is not None:
            return self.trouble
        status, answer = fake_sts.ask(headers)
        return HttpAnswer(status=status, body=answer)

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Door:
    """A door for the role `shop` (tenant acme) and the user `ada` (no tenant)."""

    sts: Sts = field(default_factory=Sts)
    late: float = 0.0

    @cached_property
    def keeper(self) -> IdentityAuthenticator:
        """The door's own."""
        return IdentityAuthenticator(
            identities={"role/shop": "acme", "user/ada": ""},
            audience=AUDIENCE,
            region="us-east-1",
            sts=fake_sts.URL,
            http=self.sts,
            max_body_bytes=100,
            epoch_seconds=lambda: time.time() + self.late,
        )

    async def ask(self, *proofs: str, body: bytes = BODY) -> Client | tuple[int, str]:
        scope: dict[str, Any] = {
            "type": "http",
            "method": "POST",
            "path": "/dispatch",
            "raw_path": b"/dispatch",
            "query_string": b"",
            "headers": [(b"x-myelin-identity", proof.encode()) for proof in proofs],
        }

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        try:
            client, request = await self.keeper.admit(Request(scope, receive))
        except ProblemError as error:
            return error.status, error.slug
        # the endpoint reads what was verified
        assert await request.body() == body
        return client


def proof(arn: str = SHOP, *, audience: str = AUDIENCE, body: bytes = BODY) -> str:
    prover = Prover(credentials=fake_sts.credentials_of(arn, "token"), region="us-east-1", sts=fake_sts.URL)
    request = ClientRequest(audience=audience, method="POST", path="/dispatch", query="", body=body)
    return prover.prove(request).encode()


def asked(door: Door, *proofs: str, body: bytes = BODY) -> Client | tuple[int, str]:
    return asyncio.run(door.ask(*proofs, body=body))


def last(lines: Lines, message: str) -> dict[str, Any]:
    return [line for line in lines.all() if line["message"] == message][-1]


def test_a_declared_identity_comes_in_for_its_tenant(lines: Lines) -> None:
    """A role for the one that the declaration says, a user for none; the log says who."""
    assert asked(Door(), proof()) == Client(subject="role/shop", tenant="acme", claims={})
    assert asked(Door(), proof(ADA)) == Client(subject="user/ada", tenant=None, claims={})
    assert last(lines, "client authenticated")["identity"] == "user/ada"


@pytest.mark.parametrize(
    ("arn", "changes", "reason"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/bob", {}, "identity_not_declared"),
        (f"arn:aws:iam::{ACCOUNT}:user/shop", {}, "identity_not_declared"),
        (f"arn:aws:iam::{ACCOUNT}:root", {}, "not_confirmed_by_sts"),
        ("arn:aws:sts::999999999999:assumed-role/shop/session", {}, "of_another_account"),
        (SHOP, {"audience": f"{ACCOUNT}/us-east-1/dev/axon"}, "not_confirmed_by_sts"),
        (SHOP, {"body": b"{}"}, "not_confirmed_by_sts"),
    ],
)
def test_everybody_else_is_401(lines: Lines, arn: str, changes: dict[str, Any], reason: str) -> None:
    """Whoever is not declared, and a proof for another service or body; never why."""
    assert asked(Door(), proof(arn, **changes)) == UNAUTHENTICATED
    assert last(lines, "client refused")["reason"] == reason


def test_what_is_no_proof_asks_nobody(lines: Lines) -> None:
    """None, two, another form, or an old one: 401, and STS hears nothing of it."""
    door = Door()
    for proofs in ((), ("x",), (proof(), proof())):
        assert asked(door, *proofs) == UNAUTHENTICATED
    door.late = VALID_SECONDS + 5
    assert asked(door, proof()) == UNAUTHENTICATED
    assert last(lines, "client refused")["reason"] == "expired"
    assert asked(Door(), proof(body=b"x" * 101), body=b"x" * 101) == (413, "request-too-large")
    assert door.sts.asked == 0


def test_a_proof_is_used_once(lines: Lines) -> None:
    """Also when two copies come at the same time."""

    async def story() -> None:
        door = Door()
        caught = proof()
        both = await asyncio.gather(door.ask(caught), door.ask(caught))
        assert {type(one) for one in both} == {tuple, Client}
        assert await door.ask(caught) == UNAUTHENTICATED

    asyncio.run(story())
    assert last(lines, "client refused")["reason"] == "replayed"


@pytest.mark.parametrize(
    "trouble",
    [
        NotSentError("x"),
        BrokenError("x"),
        TimeoutError(),
        HttpAnswer(status=500, body=b""),
        HttpAnswer(status=429, body=b""),
    ],
)
def test_without_sts_nobody_comes_in_and_that_is_not_their_fault(trouble: Any, lines: Lines) -> None:
    """503, which says when to come back; the same proof is good afterwards."""
    door, kept = Door(Sts(trouble=trouble)), proof()
    assert asked(door, kept) == UNIDENTIFIED
    door.sts.trouble = None
    assert isinstance(asked(door, kept), Client)
    assert last(lines, "clients cannot be identified")


def test_a_flood_of_strangers_is_bounded(lines: Lines) -> None:
    """No more questions at once than there are places, and no more wait than may."""

    async def story() -> None:
        door = Door(Sts(gate=asyncio.Event()))
        waiting = [asyncio.create_task(door.ask(proof())) for _ in range(AT_ONCE + WAITING)]
        await door.sts.full.wait()
        assert await door.ask(proof()) == UNIDENTIFIED
        assert door.sts.asked == AT_ONCE
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    asyncio.run(story())
    assert "too many" in last(lines, "clients cannot be identified")["problem"]

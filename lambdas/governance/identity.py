"""Finds out who asks for a change: rebuilds the caller's request to STS, sends it, and reads the answer."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import urllib3

from policies.calls.changing.actors import Actor, People, identity_of
from policies.calls.changing.errors import UnprovenActorError
from policies.calls.changing.identity_proof import STS_BODY, BoundRequest, read_proof
from policies.calls.store.errors import StoreUnreachableError

MAX_ANSWER_BYTES = 16 * 1024
_NAMESPACE = "{https://sts.amazonaws.com/doc/2011-06-15/}"
_TIMEOUT = urllib3.Timeout(connect=2, read=5)

AskSts = Callable[[Mapping[str, str]], tuple[int, bytes]]
"""Posts STS_BODY with these headers to the region's STS; gives status and body of the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """Proves actors. `host` is that of the region's STS as `ask` reaches it."""

    host: str
    region: str
    people: People
    ask: AskSts
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def identify(self, header: str | None, request: BoundRequest) -> Actor:
        """Who signed the proof of a request. Raises UnprovenActorError or StoreUnreachableError."""
        proof = read_proof(header)
        proof.require_fresh(self.now())
        status, body = self.ask(proof.sts_headers(host=self.host, region=self.region, request=request))
        if status >= 500:
            raise _unreachable()
        if status != 200:
            raise UnprovenActorError("AWS does not accept its signature for this request")
        arn, account = _read_answer(body)
        own = request.audience.split(":")[4]
        if account != own:
            raise UnprovenActorError("it is of another account")
        identity = identity_of(arn, own)
        return Actor(identity=identity, person=self.people.person_of(identity), nonce=proof.nonce)


def ask_sts(endpoint: str) -> AskSts:
    """Ask STS at this URL; neither redirects nor retries, nor a proxy of the environment."""
    http = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)

    def ask(headers: Mapping[str, str]) -> tuple[int, bytes]:
        try:
            answer: Any = http.request(
                "POST",
                f"{endpoint.rstrip('/')}/",
                body=STS_BODY.encode(),
                headers=dict(headers),
                redirect=False,
                preload_content=False,
            )
            body = answer.read(MAX_ANSWER_BYTES + 1)
            answer.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise _unreachable() from error
        return int(answer.status), bytes(body)

    return ask


def sts_host(endpoint: str) -> str:
    """The host that a client signs for an endpoint: with its port where that is not the usual one."""
    return urlsplit(endpoint).netloc


def _read_answer(body: bytes) -> tuple[str, str]:
    """ARN and account, of an answer that has nothing but what STS's has."""
    if len(body) > MAX_ANSWER_BYTES or b"<!" in body:
        raise UnprovenActorError("the answer of STS is not readable")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - without a document type there are no entities
    except ElementTree.ParseError as error:
        raise UnprovenActorError("the answer of STS is not readable") from error
    results = root.findall(f"{_NAMESPACE}GetCallerIdentityResult")
    if root.tag != f"{_NAMESPACE}GetCallerIdentityResponse" or len(results) != 1:
        raise UnprovenActorError("the answer of STS is not readable")
    values = [
        [each.text or "" for each in results[0].findall(f"{_NAMESPACE}{name}")] for name in ("Arn", "Account")
    ]
    if any(len(found) != 1 for found in values):
        raise UnprovenActorError("the answer of STS is not readable")
    return values[0][0], values[1][0]


def _unreachable() -> StoreUnreachableError:
    return StoreUnreachableError("STS did not answer who asks", table="", hint="try again")

"""A service with an intent and a door, for tests of what a process takes from the wire.

Its caller is `orbit` of `signed_calls`; the variable LEDGER_GRANT_KEYS has the public keys of the grants.
"""

from __future__ import annotations

import os
from typing import Any

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from services.runtime.correlation import CorrelationMiddleware
from services.runtime.grants.key_set import read_key_set
from services.runtime.intents.call import Call
from services.runtime.intents.endpoint import IntentMiddleware
from services.runtime.intents.handler import read_handler
from services.runtime.process.lifecycle import Lifecycle, LifespanMiddleware, lifespan
from services.runtime.requests.capacity import Capacity
from services.runtime.requests.linger import LingerMiddleware
from services.runtime.telemetry import logs
from tests.support.services.signed_calls import BALANCE, ORBIT, CallerKeys, ledger_admission

DONE = "balance-was-told"
"""Stands in an answer if and only if a handler ran."""


class Balance(BaseModel):
    """What `balance` answers."""

    balance: str


class KeysOfEnvironment(CallerKeys):
    """The signing key of `orbit`, and the grants' public keys that the environment has."""

    def __init__(self) -> None:
        super().__init__()
        self._grants = read_key_set(os.environ["LEDGER_GRANT_KEYS"])

    async def find(self, peer: str, version: str | None = None) -> Any:
        if version is None:
            return {header: key.public for header, key in self._grants.items()}
        return ORBIT.secret if (peer, version) == (ORBIT.caller, ORBIT.version) else None


def balance(_call: Call[Any]) -> Balance:
    return Balance(balance=DONE)


async def door(request: Request) -> Response:
    """Tells what arrived, without any signature."""
    body = await request.body()
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.headers.raw]
    return JSONResponse({"method": request.method, "body": body.decode("latin-1"), "headers": headers})


hoarded: list[int] = []


async def hoard(_request: Request) -> Response:
    """Takes all file descriptors that there are."""
    try:
        while True:
            hoarded.append(os.open(os.devnull, os.O_RDONLY))
    except OSError:
        return PlainTextResponse(str(len(hoarded)))


async def release(_request: Request) -> Response:
    while hoarded:
        os.close(hoarded.pop())
    return PlainTextResponse("released")


async def health(_request: Request) -> Response:
    return PlainTextResponse("ok")


def create_app() -> Starlette:
    logs.configure(service="ledger")
    keys, lifecycle = KeysOfEnvironment(), Lifecycle()

    async def load() -> None: ...

    app = Starlette(
        routes=[
            Route("/health", health),
            Route("/hoard", hoard),
            Route("/release", release),
            Route("/door", door, methods=["GET", "POST", "OPTIONS"]),
        ],
        middleware=[
            Middleware(LifespanMiddleware),
            Middleware(LingerMiddleware),
            Middleware(CorrelationMiddleware),
            Middleware(
                IntentMiddleware,
                service="ledger",
                intents={"balance": (BALANCE, read_handler("balance", balance))},
                admission=ledger_admission(keys, capacity=100_000),
                deeds=None,
                capacity=Capacity(at_once=50, waiting=1000, wait_seconds=10),
                limit_seconds=30,
                max_body_bytes=1000,
            ),
        ],
        lifespan=lifespan(lifecycle, load=load),
    )
    app.state.lifecycle = lifecycle
    return app

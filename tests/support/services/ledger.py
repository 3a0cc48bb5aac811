"""A service `ledger` with two intents and a door for clients, and its records in memory."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services.runtime.correlation import CorrelationMiddleware
from services.runtime.errors import IdempotencyError
from services.runtime.idempotency.record import Deed, KeptAnswer, Record, Refusal, again
from services.runtime.intents.call import Call
from services.runtime.intents.endpoint import IntentMiddleware
from services.runtime.intents.handler import read_handler
from services.runtime.requests.capacity import Capacity
from services.runtime.signing.canonical import SignableRequest
from tests.support.services.signed_calls import BALANCE, CREDIT, CallerKeys, SignedCall, ledger_admission


class Amount(BaseModel):
    amount: int


class Balance(BaseModel):
    balance: int


@dataclass
class DeedsInMemory:
    """Records of deeds, without DynamoDB; can be made to fail."""

    records: dict[str, Record] = field(default_factory=dict)
    failing: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, deed: Deed, *, signature: str, owner: str, now: float) -> KeptAnswer | Refusal | None:
        if self.failing:
            raise IdempotencyError("ThrottlingException")
        with self.lock:
            record = self.records.get(deed.id)
            if record is not None:
                return again(record, deed, signature, now=now)
            self.records[deed.id] = Record(
                body_hash=deed.body_hash,
                signatures=frozenset({signature}),
                begun_at=now,
                expires_at=now + 1000,
                answer=None,
            )
        return None

    def complete(self, deed: Deed, answer: KeptAnswer, *, owner: str) -> None:
        if self.failing:
            raise IdempotencyError("ThrottlingException")
        self.records[deed.id] = replace(self.records[deed.id], answer=answer)

    def forget(self, deed: Deed, *, owner: str) -> None:
        if self.failing:
            raise IdempotencyError("ThrottlingException")
        del self.records[deed.id]


class Ledger:
    """A service with two intents and a door for clients; counts what its handlers do."""

    def __init__(self, *, at_once: int = 10, deeds: DeedsInMemory | None = None) -> None:
        self.balance = 0
        self.seen: list[Call[Any]] = []
        self.behave: Callable[[], Any] = lambda: None
        self.keys = CallerKeys()
        self.deeds = deeds or DeedsInMemory()

        async def credit(call: Call[Amount]) -> Balance:
            self.seen.append(call)
            self.balance += call.payload.amount
            told = self.behave()
            return await told if asyncio.iscoroutine(told) else told or Balance(balance=self.balance)

        def balance(call: Call[Any]) -> Balance:
            self.seen.append(call)
            return Balance(balance=self.balance)

        async def door(request: Request) -> PlainTextResponse:
            return PlainTextResponse(f"the door, {request.url.path}")

        self.app = CorrelationMiddleware(
            IntentMiddleware(
                Starlette(routes=[Route("/{rest:path}", door, methods=["GET", "POST"])]),
                service="ledger",
                intents={
                    "credit": (CREDIT, read_handler("credit", credit)),
                    "balance": (BALANCE, read_handler("balance", balance)),
                },
                admission=ledger_admission(self.keys),
                deeds=self.deeds,
                capacity=Capacity(at_once=at_once, waiting=0, wait_seconds=0.1),
                limit_seconds=5.0,
                max_body_bytes=1000,
            )
        )

    def send(self, *requests: SignableRequest, method: str | None = None) -> list[httpx.Response]:
        async def run() -> list[httpx.Response]:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://ledger:9000") as client:
                return list(
                    await asyncio.gather(
                        *(
                            client.request(
                                method or each.method,
                                each.path,
                                headers=list(each.headers),
                                content=each.body,
                            )
                            for each in requests
                        )
                    )
                )

        return asyncio.run(run())

    def credit(self, call: SignedCall | None = None) -> httpx.Response:
        return self.send((call or SignedCall()).request())[0]

"""Asking a handler without a process."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from services.runtime import Call, Service
from services.runtime.errors import HandlerError
from services.runtime.testing import ask

service = Service(title="Bank")


class Amount(BaseModel):
    """A payload."""

    amount: int


@service.intent("credit")
async def credit(call: Call[Amount]) -> dict[str, Any]:
    booked = await service.call("ledger", "book", {"amount": call.payload.amount})
    return {"by": call.caller, "tenant": call.tenant, "booked": booked}


@service.intent("wrong")
async def wrong(call: Call[Amount]) -> int:
    return "text"  # type: ignore[return-value]


def test_a_handler_is_asked_as_the_kit_asks_it() -> None:
    """The payload is read by its type, calls of others get the given answers, the answer is JSON."""
    answers = {("ledger", "book"): {"number": 7}}
    answered = ask(service, "credit", {"amount": 5}, caller="orbit", tenant="acme", answers=answers)
    assert answered == {"by": "orbit", "tenant": "acme", "booked": {"number": 7}}


def test_what_does_not_fit_is_raised() -> None:
    """A payload or an answer of another type, and a call that the test gives no answer for."""
    with pytest.raises(ValidationError):
        ask(service, "credit", {"amount": "much"})
    with pytest.raises(HandlerError, match="returned str"):
        ask(service, "wrong", {"amount": 1})
    with pytest.raises(KeyError):
        ask(service, "credit", {"amount": 1})

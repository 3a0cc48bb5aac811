"""Asks a handler as the kit does, without a process, keys or governance: for the tests of a service.

    answered = ask(service, "credit", {"amount": 5}, caller="orbit")

The payload is read and the answer written by the handler's own types, through JSON and back.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from services.runtime.deadline import Deadline
from services.runtime.intents.call import Call
from services.runtime.service import Service

SECONDS = 8.0
"""What a handler has left, as a task would have by default."""


def ask(
    service: Service,
    intent: str,
    payload: Any,
    *,
    caller: str = "tester",
    answers: Mapping[tuple[str, str], Any] | None = None,
    tenant: str | None = None,
    context: Mapping[str, Any] | None = None,
    idempotency_key: str | None = None,
) -> Any:
    """What the handler of `intent` answers to `caller`, as JSON values.

    `answers` are what other services answer, by service and intent; a call of any other raises KeyError.
    Raises whatever the handler raises, pydantic's ValidationError for a payload of another type, and
    HandlerError for an answer of another type.
    """
    handler = service.handlers[intent]

    async def call_other(target: str, wanted: str, _payload: Any, **_more: Any) -> Any:
        return (answers or {})[target, wanted]

    call: Call[Any] = Call(
        payload=handler.read(json.dumps(payload).encode()),
        caller=caller,
        intent=intent,
        tenant=tenant,
        context=context or {},
        proven=True,
        correlation_id="test",
        deadline=Deadline.within(SECONDS, now=time.monotonic()),
        idempotency_key=idempotency_key,
        decision_id="test",
        policy_version="test",
    )
    with patch.object(service, "call", call_other):
        return json.loads(asyncio.run(handler.run(call)))

"""Handlers that do what none should, over real HTTP: told by status and one line, and the process lives."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from services.runtime.errors import HandlerError
from services.runtime.intents.call import Call
from services.runtime.intents.handler import read_handler
from tests.support.services.doubles import Lines
from tests.support.services.ledger import Balance, Ledger
from tests.support.services.serving import serving
from tests.support.services.signed_calls import SignedCall


def raising(error: BaseException) -> Callable[[], Any]:
    def behave() -> Any:
        raise error

    return behave


async def never() -> None:
    await asyncio.sleep(60)


def recursion() -> Any:
    return recursion()


class Unwritable:
    """Says nothing of itself."""

    def __repr__(self) -> str:
        """Fail."""
        raise RuntimeError("no")


BEHAVIOURS: dict[str, tuple[Callable[[], Any], int, str, str]] = {
    "an error": (raising(ValueError("what")), 500, "exception", "ValueError: what"),
    "sys.exit": (lambda: sys.exit(3), 500, "problem", "credit` raised SystemExit: 3"),
    "an interrupt": (raising(KeyboardInterrupt()), 500, "problem", "credit` raised KeyboardInterrupt"),
    "a cancellation": (
        raising(asyncio.CancelledError()),
        500,
        "problem",
        "credit` raised CancelledError, and nobody had cancelled it",
    ),
    "a generator's end": (raising(GeneratorExit()), 500, "problem", "credit` raised GeneratorExit"),
    "the end of an iteration": (raising(StopIteration()), 500, "exception", "StopIteration"),
    "a time-out of its own": (raising(TimeoutError("socket")), 500, "exception", "TimeoutError: socket"),
    "no memory": (raising(MemoryError()), 500, "exception", "MemoryError"),
    "endless recursion": (recursion, 500, "exception", "RecursionError"),
    "another type": (lambda: 7, 500, "problem", "credit` returned int, not what it is annotated with"),
    "a value of no type": (Unwritable, 500, "problem", "credit` returned Unwritable"),
    "never ending": (never, 504, "handler", "credit"),
}


def test_each_is_told_and_the_process_lives(lines: Lines) -> None:
    """One table of misbehaviour, asked one after the other of one server: the status, exactly one line that
    names the handler, nothing of it in the answer; and after each a call in good order is answered.
    """
    ledger = Ledger()
    with serving(ledger.app) as (host, port), httpx.Client(trust_env=False, timeout=20) as client:

        def credit(key: str) -> httpx.Response:
            request = SignedCall(idempotency_key=key, headers={"x-myelin-deadline-ms": "700"}).request()
            url = f"http://{host}:{port}{request.path}"
            return client.post(url, headers=list(request.headers), content=request.body)

        for number, (name, (behave, status, field, words)) in enumerate(BEHAVIOURS.items()):
            told = len(lines.all())
            ledger.behave = behave
            answer = credit(f"bad-{number}")
            assert answer.status_code == status, (name, answer.text)
            assert status != 500 or words not in answer.text, name
            about = [line for line in lines.all()[told:] if line["level"] in ("error", "warning")]
            assert len(about) == 1, (name, about)
            assert words in about[0][field], (name, about)
            ledger.behave = lambda: Balance(balance=1)
            assert credit(f"good-{number}").json() == {"balance": 1}, name


@pytest.mark.parametrize(
    "function", [print, object(), lambda call: call, type("Odd", (), {"__call__": lambda self, call: call})()]
)
def test_what_is_no_handler_is_refused_when_it_is_registered(function: Any) -> None:
    """A function without the annotations, and what is none at all: named, before anything starts."""
    with pytest.raises(HandlerError):
        read_handler("credit", function)


def test_the_end_of_an_iteration_in_a_thread_is_told() -> None:
    """A plain function that raises StopIteration: no future could carry that, and its caller would wait."""

    def credit(call: Call[int]) -> int:
        raise StopIteration

    with pytest.raises(HandlerError, match="raised StopIteration"):
        asyncio.run(read_handler("credit", credit).run(None))  # type: ignore[arg-type]

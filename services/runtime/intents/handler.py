"""The handler of an intent: a function that takes a `Call` and returns a value, and what its types say.

    async def credit(call: Call[CreditRequest]) -> Balance: ...

The payload is read as the type in `Call[...]`, the result written as the annotated one, both by pydantic: any
type that it knows will do. Plain functions run in a thread, so that they do not stop the others.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, get_args, get_origin, get_type_hints

from pydantic import PydanticUserError, TypeAdapter, ValidationError

from services.runtime.errors import HandlerError
from services.runtime.intents.call import Call

Function = Callable[[Call[Any]], Any]


class Handles(Protocol):
    """Does an intent. `Handler` does it with a function of the service, the gate with its application."""

    @property
    def name(self) -> str:
        """What does it, for the log."""
        ...

    def read(self, body: bytes) -> Any:
        """The payload in `body`. Raises pydantic's ValidationError."""
        ...

    async def run(self, call: Call[Any]) -> bytes:
        """Do it; the JSON of the result."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """A handler with the adapters of its payload and its result."""

    intent: str
    function: Function
    payload: TypeAdapter[Any]
    result: TypeAdapter[Any]
    payload_type: Any
    result_type: Any

    @property
    def name(self) -> str:
        """Where it stands, for the log."""
        return f"{self.function.__module__}.{self.function.__qualname__}"

    def read(self, body: bytes) -> Any:
        """The payload in `body`. Raises pydantic's ValidationError."""
        return self.payload.validate_json(body)

    async def run(self, call: Call[Any]) -> bytes:
        """Do the work; the JSON of the result. Raises HandlerError for a result of another type and for what
        would end the process, and whatever else the function raises.
        """
        try:
            result = await self._result(call)
        except (SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            raise HandlerError(self.name, f"raised {type(error).__name__}: {error}") from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise HandlerError(self.name, "raised CancelledError, and nobody had cancelled it") from error
        try:
            checked = self.result.validate_python(result, strict=True)
        except ValidationError as error:
            expected = inspect.signature(self.function).return_annotation
            raise HandlerError(
                self.name, f"returned {type(result).__name__}, not what it is annotated with: {expected}"
            ) from error
        return self.result.dump_json(checked)

    async def _result(self, call: Call[Any]) -> Any:
        if inspect.iscoroutinefunction(self.function):
            return await self.function(call)
        result = await asyncio.to_thread(self._run_plainly, call)
        return await result if isinstance(result, Awaitable) else result

    def _run_plainly(self, call: Call[Any]) -> Any:
        try:
            return self.function(call)
        except StopIteration as error:
            # no future can carry it: its waiter would wait for ever
            raise HandlerError(self.name, "raised StopIteration") from error


def read_handler(intent: str, function: Function) -> Handler:
    """The handler in an annotated function. Raises HandlerError, which says what the function lacks."""
    if not inspect.isroutine(function):
        raise HandlerError(repr(function), "is no function")
    name = f"{function.__module__}.{function.__qualname__}"
    try:
        hints = get_type_hints(function)
        parameters = list(inspect.signature(function).parameters)
    except (NameError, TypeError, ValueError) as error:
        raise HandlerError(name, f"has annotations that cannot be read: {error}") from error
    annotation = hints.get(parameters[0]) if len(parameters) == 1 else None
    if get_origin(annotation) is not Call:
        raise HandlerError(
            name, "has to take one parameter, annotated `Call[...]` with the type of its payload"
        )
    if "return" not in hints:
        raise HandlerError(name, "has to be annotated with the type of its result")
    try:
        return Handler(
            intent=intent,
            function=function,
            payload=TypeAdapter(get_args(annotation)[0]),
            result=TypeAdapter(hints["return"]),
            payload_type=get_args(annotation)[0],
            result_type=hints["return"],
        )
    except PydanticUserError as error:
        raise HandlerError(name, f"has a type that pydantic does not know: {error.message}") from error

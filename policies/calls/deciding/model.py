"""The question and the answer of the decide function, as it takes and gives them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from policies.calls.deciding.reason_codes import ReasonCode

MAX_CONTEXT_BYTES = 4096
MAX_CONTEXT_DEPTH = 8
_INT64 = range(-(2**63), 2**63)

# visible ASCII: a name that only looks like another one is no name
Name = Annotated[str, Field(pattern=r"^[!-~]{1,64}$")]


class Question(BaseModel):
    """May `service` do `intent` on `target`? Without `target`: on the one service that it declares for it."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    service: Name
    intent: Name
    target: Name | None = None
    tenant: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    context: dict[str, Any] | None = None
    unproven: bool = False
    """Tenant and context are those of a client that nobody authenticated: `context.proven` is false."""
    correlation_id: Annotated[str, Field(pattern=r"^[!-~]{1,128}$")] | None = None

    @field_validator("context")
    @classmethod
    def _plain_values_only(cls, context: dict[str, Any] | None) -> dict[str, Any] | None:
        if context is not None:
            _check_context(context)
        return context


class Answer(BaseModel):
    """A decision, with everything that is needed to understand it later; `evaluated_at` is UTC."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    allowed: bool
    reason: str
    reason_code: ReasonCode
    policies: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    policy_version: str | None
    decision_id: str
    evaluated_at: datetime
    service: str | None
    intent: str | None
    target: str | None
    correlation_id: str

    @model_validator(mode="after")
    def _allowed_means_permitted(self) -> Answer:
        if self.allowed != (self.reason_code is ReasonCode.PERMITTED):
            raise ValueError("only `permitted` allows")
        return self


def invalid_fields(error: ValidationError) -> tuple[str, ...]:
    """What is wrong with the fields of a question, at most ten; values are not repeated."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return tuple(f"{_field(fault['loc'])}: {_sentence(fault['msg'])}" for fault in faults[:10])


def _field(location: tuple[int | str, ...]) -> str:
    """The name of a field; an unknown name is not repeated."""
    if not location:
        return "the request"
    first = str(location[0])
    return first if first in Question.model_fields else "a field that does not exist"


def _sentence(message: str) -> str:
    text = message.removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def _check_context(context: dict[str, Any]) -> None:
    """Raise ValueError for what Cedar would interpret or cannot hold.

    Walks without recursion, since the caller chooses the depth.
    """
    pending: list[tuple[Any, int]] = [(context, 1)]
    budget = MAX_CONTEXT_BYTES
    while pending:
        value, depth = pending.pop()
        budget -= 1
        if budget < 0:
            raise ValueError(f"is larger than {MAX_CONTEXT_BYTES} bytes")
        if depth > MAX_CONTEXT_DEPTH and isinstance(value, dict | list):
            raise ValueError(f"is nested deeper than {MAX_CONTEXT_DEPTH} levels")
        pending.extend((item, depth + 1) for item in _inner_values(value))
    try:
        size = len(json.dumps(context, ensure_ascii=False).encode())
    except UnicodeEncodeError as error:
        raise ValueError("has text that is not Unicode") from error
    if size > MAX_CONTEXT_BYTES:
        raise ValueError(f"is larger than {MAX_CONTEXT_BYTES} bytes")


def _inner_values(value: object) -> Iterable[object]:
    """The values inside a value. Raises ValueError for a value that may not be in a context."""
    match value:
        case bool() | str():
            return ()
        case int() if value in _INT64:
            return ()
        case int():
            raise ValueError("has a number that does not fit into 64 bits")
        case list():
            return value
        # Cedar reads {"__entity": ...}, {"__extn": ...} and {"__expr": ...} as other than records
        case dict() if any(not isinstance(key, str) or key.startswith("__") for key in value):
            raise ValueError("has a name that starts with `__`")
        case dict():
            return value.values()
        case _:
            raise ValueError("may hold text, whole numbers, booleans, lists and objects only")

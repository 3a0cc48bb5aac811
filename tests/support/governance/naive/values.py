"""Cedar's values for the naive evaluator, from https://docs.cedarpolicy.com/policies/syntax-datatypes.html.

A value is a pair of its kind and its content, so that `true` never equals `1`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

Value = tuple[str, Any]
"""`(kind, content)`; kinds: bool, long, string, set, record, entity, datetime, duration (both in ms)."""

TRUE: Value = ("bool", True)
FALSE: Value = ("bool", False)
_LONG = range(-(2**63), 2**63)


class EvaluationError(Exception):
    """The expression has no value: a wrong type, a missing attribute, an overflow, a malformed literal."""


def boolean(value: bool) -> Value:
    return TRUE if value else FALSE


def long(value: int) -> Value:
    if value not in _LONG:
        raise EvaluationError("overflow")
    return ("long", value)


def string(value: str) -> Value:
    return ("string", value)


def entity(kind: str, name: str) -> Value:
    return ("entity", (kind, name))


def record(members: dict[str, Value]) -> Value:
    return ("record", frozenset(members.items()))


def instant(moment: datetime) -> Value:
    return ("datetime", int(moment.timestamp() * 1000))


def content(value: Value, kind: str) -> Any:
    """The content of a value that has to be of this kind."""
    if value[0] != kind:
        raise EvaluationError(f"{value[0]} instead of {kind}")
    return value[1]


@dataclass(frozen=True, kw_only=True)
class Request:
    """Who wants to do what on what, and what is known besides."""

    principal: Value
    action: Value
    resource: Value
    context: Value

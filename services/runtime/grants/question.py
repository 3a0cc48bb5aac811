"""What the callee computes of a request for itself: payload, attributes, and the hash of the question.

Nothing that the caller says of these is believed: they come from the bytes that arrived, by the callee's own
declaration.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

from services.runtime.errors import PayloadError

PREFIX = b"myelin-question-1\n"
MAX_DEPTH = 64
"""Levels of nesting in a payload."""
_MAX_INTEGER = 2**53 - 1


def read_payload(body: bytes) -> Any:
    """The JSON value in `body`, if every parser of JSON would read the same in it. Raises PayloadError.

    Refused: text that is not UTF-8, names that repeat or differ by case alone, lone surrogates, NaN and
    Infinity, nesting beyond 64 levels.
    """
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_members, parse_constant=_no_constant)
        _walk(value)
    except PayloadError:
        raise
    except (ValueError, RecursionError) as error:
        raise PayloadError("the body is not JSON in UTF-8") from error
    return value


def attributes_of(payload: Any, context: Mapping[str, Any], declared: Sequence[str]) -> dict[str, Any] | None:
    """What a decision looks at, or None if the intent declares no attributes.

    Each declared name is taken from the payload's members, else from the context that the caller sent along;
    a name that is in neither is left out. Raises PayloadError for a value that a policy cannot look at.
    """
    if not declared:
        return None
    members = payload if isinstance(payload, dict) else {}
    found: dict[str, Any] = {}
    for name in declared:
        if name in members:
            found[name] = members[name]
        elif name in context:
            found[name] = context[name]
    for name, value in found.items():
        if problem := _unfit(value):
            raise PayloadError(f"`{name}` {problem}, and a policy looks at it")
    return found


def question_hash(
    *,
    caller: str,
    callee: str,
    intent: str,
    tenant: str | None,
    attributes: Mapping[str, Any] | None,
    unproven: bool,
) -> str:
    """SHA-256 of the question in its one spelling (RFC 8785), base64url without padding."""
    question: dict[str, Any] = {"caller": caller, "callee": callee, "intent": intent}
    if tenant is not None:
        question["tenant"] = tenant
    if attributes is not None:
        question["attributes"] = dict(attributes)
    if unproven:
        question["unproven"] = True
    digest = hashlib.sha256(PREFIX + rfc8785.dumps(question)).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The members of an object, each name once, whatever its case."""
    seen = {name.casefold() for name, _ in pairs}
    if len(seen) != len(pairs):
        raise PayloadError("the body has a name twice in one object")
    return dict(pairs)


def _no_constant(text: str) -> Any:
    raise PayloadError(f"the body has `{text}`, which is not JSON")


def _walk(value: Any) -> None:
    """Refuse nesting beyond the bound, and text that is not Unicode; without recursion."""
    pending = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        match item:
            case str():
                _unicode(item)
            case list() | dict() if depth > MAX_DEPTH:
                raise PayloadError(f"the body is nested deeper than {MAX_DEPTH} levels")
            case dict():
                for name in item:
                    _unicode(name)
                pending.extend((inner, depth + 1) for inner in item.values())
            case list():
                pending.extend((inner, depth + 1) for inner in item)


def _unicode(text: str) -> None:
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise PayloadError("the body has half a surrogate pair") from error


def _unfit(value: Any) -> str | None:
    """Why a policy cannot look at this value, or None."""
    pending = [value]
    while pending:
        item = pending.pop()
        match item:
            case None:
                return "is null"
            case bool() | str():
                pass
            case int() if abs(item) > _MAX_INTEGER:
                return "is an integer beyond 2^53 - 1"
            case int():
                pass
            case float():
                return "is not a whole number"
            case list():
                pending.extend(item)
            case dict():
                pending.extend(item.values())
    return None

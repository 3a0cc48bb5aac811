"""The hash of a question: what a grant is bound to, and what the callee computes for itself. Pure."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Any

import rfc8785

from policies.calls.granting.errors import GrantError

PREFIX = b"myelin-question-1\n"
"""Keeps the hash apart from that of any other document."""


def question_hash(
    *,
    caller: str,
    callee: str,
    intent: str,
    tenant: str | None,
    attributes: Mapping[str, Any] | None,
    unproven: bool,
) -> str:
    """SHA-256 of the question in its one spelling (RFC 8785), base64url without padding: 43 characters.

    `attributes` None means that the intent declares none; `{}` that it declares some, and the request has
    none of them. Raises GrantError for values that have no one spelling (integers beyond 2^53 - 1, lone
    surrogates).
    """
    question: dict[str, Any] = {"caller": caller, "callee": callee, "intent": intent}
    if tenant is not None:
        question["tenant"] = tenant
    if attributes is not None:
        question["attributes"] = dict(attributes)
    if unproven:
        question["unproven"] = True
    try:
        spelled = rfc8785.dumps(question)
    except (ValueError, RecursionError) as error:
        raise GrantError(
            f"the attributes of the question cannot be hashed: {error}",
            hint="use text, booleans, lists, objects, and integers up to 2^53 - 1",
        ) from error
    return urlsafe_b64encode(hashlib.sha256(PREFIX + spelled).digest()).rstrip(b"=").decode()

"""Parses single policies: by Cedar's syntax, and by our own rules for `@id` and `@reason`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import cedarpy

from policies.calls.language.errors import PolicyError
from policies.calls.language.faults import fault_at, find_quoted, plain
from policies.calls.language.text import CedarStatement
from policies.calls.language.values import Policy

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_MAX_REASON = 300


def parse_all(
    statements: Sequence[CedarStatement],
) -> tuple[list[tuple[CedarStatement, Policy]], list[PolicyError]]:
    """Parse statements as policies; gives each policy with its statement, and a fault for each other one.

    All are parsed at once; only if that fails, one by one.
    """
    good: list[tuple[CedarStatement, Policy]] = []
    faults: list[PolicyError] = []
    try:
        cedarpy.PolicySet.from_str("\n".join(statement.text for statement in statements))
        fields: Iterable[dict[str, Any] | None] = parse_heads(statements)
    except ValueError:
        fields = (None for _ in statements)
    for statement, known in zip(statements, fields, strict=True):
        try:
            good.append((statement, _policy_of(statement, known or _parse_one(statement))))
        except PolicyError as fault:
            faults.append(fault)
    return good, faults


def parse_heads(statements: Sequence[CedarStatement]) -> list[dict[str, Any]]:
    """Effect, scope and annotations of each statement, in Cedar's JSON form. Raises ValueError.

    Conditions are left out: the JSON of a long one is nested too deeply to be read.
    """
    document = json.loads(cedarpy.policies_to_json_str("\n".join(item.head for item in statements)))
    static = document["staticPolicies"]
    if len(static) != len(statements):
        raise ValueError("a statement is a template, or not one policy")
    return [static[f"policy{index}"] for index in range(len(statements))]


def _parse_one(statement: CedarStatement) -> dict[str, Any]:
    try:
        policies = cedarpy.PolicySet.from_str(statement.text)
    except ValueError as error:
        raise fault_at(
            statement,
            f"the policy does not parse: {plain(str(error))}",
            "see https://docs.cedarpolicy.com/policies/syntax-policy.html",
            offset=_locate_fault(statement, str(error)),
        ) from error
    if policies.templates() or len(policies) != 1:
        raise fault_at(
            statement, "the policy is a template", "name the principal and the resource instead of `?...`"
        )
    return parse_heads([statement])[0]


def _locate_fault(statement: CedarStatement, message: str) -> int | None:
    """Where parsing stops, as an offset. Cedar names the token, but not its position.

    A text that ends before that token has another fault, so bisection finds it.
    """
    tokens = statement.tokens
    low, high = 0, len(tokens) - 1
    if message.endswith("token `;`"):
        return tokens[high].start
    if not message.startswith("unexpected token"):
        found = find_quoted(message, statement.text)
        return None if found is None else tokens[0].start + found
    while low < high:
        middle = (low + high) // 2
        cut = statement.document.text[tokens[0].start : tokens[middle].end]
        if _parse_message(f"{cut} ;") == message:
            high = middle
        else:
            low = middle + 1
    return tokens[low].start


def _parse_message(text: str) -> str | None:
    try:
        cedarpy.PolicySet.from_str(text)
    except ValueError as error:
        return str(error)
    return None


def _policy_of(statement: CedarStatement, fields: dict[str, Any]) -> Policy:
    annotations = fields.get("annotations", {})
    name = annotations.get("id")
    reason = annotations.get("reason")
    if not name:
        raise fault_at(statement, "the policy has no `@id`", 'add a line such as `@id("no-erase")` above it')
    if not _ID.fullmatch(name):
        raise fault_at(
            statement,
            f"`{name}` cannot be the id of a policy",
            "use at most 128 letters, digits, `-`, `_` and `.`, and start with a letter or digit",
        )
    if not reason or not reason.strip():
        raise fault_at(
            statement,
            f"the policy `{name}` has no `@reason`",
            "add `@reason(...)` that tells a person why the call is allowed or denied",
        )
    if len(reason) > _MAX_REASON or not reason.isprintable():
        raise fault_at(
            statement,
            f"the reason of `{name}` is not one plain line",
            f"use at most {_MAX_REASON} printable characters",
        )
    return Policy(
        id=name,
        reason=reason,
        effect=fields["effect"],
        principal=_exact_name(fields["principal"]),
        action=_exact_name(fields["action"]),
        text=statement.text,
        path=statement.document.path,
        line=None if statement.document.generated else statement.line,
        resource=_one_service(fields["resource"]),
    )


def _one_service(scope: dict[str, Any]) -> str | None:
    """The service that a scope is about; `in` means the same as `==`, since services have no parents."""
    entity = scope.get("entity")
    return entity["id"] if entity is not None and entity["type"] == "Service" else None


def _exact_name(scope: dict[str, Any]) -> str | None:
    """The name after `==` in a scope; None for every other form, which may match more than one."""
    return scope["entity"]["id"] if scope["op"] == "==" else None

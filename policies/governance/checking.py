"""Parses policies, checks them against the schema and against our own rules. Pure: text in, values out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

import cedarpy

from policies.governance.defaults import declaration, permits
from policies.governance.errors import PolicyError
from policies.governance.text import MAX_DEPTH, Statement, place, split
from policies.governance.values import DeclaredCall, Document, Policy, PolicySources

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_MAX_REASON = 300
_MAX_SCHEMA_BYTES = 256 * 1024


def check(
    schema: Document, documents: Iterable[Document], calls: Iterable[DeclaredCall] = ()
) -> PolicySources:
    """Turn the schema, the declared calls and the policy files into a checked set.

    Raises PolicyError for the first fault, those of the calls first.
    """
    handle = _schema(schema)
    actions = _actions(handle)
    declared = tuple(calls)
    _refuse_unknown_intents(declared, actions)
    statements = [item for document in (*permits(declared), *documents) for item in split(document)]
    parsed = _parse(statements)
    policies = [_policy(statement, fields) for statement, fields in zip(statements, parsed, strict=True)]
    _refuse_duplicates(policies, statements)
    _validate(policies, statements, handle)
    return PolicySources(
        policies=tuple(sorted(policies, key=lambda policy: policy.id)),
        schema=schema.text,
        actions=actions,
    )


def _refuse_unknown_intents(calls: Iterable[DeclaredCall], actions: Sequence[str]) -> None:
    for call in calls:
        if call.intent not in actions:
            known = ", ".join(f"`{name}`" for name in actions)
            raise PolicyError(
                f"`{call.caller}` calls `{call.callee}` with the unknown intent `{call.intent}`",
                path=call.path or declaration(call.caller),
                line=call.line,
                hint=f"use one of {known}, or add it as an action to schema.cedarschema",
            )


def _schema(document: Document) -> Any:
    depth = 0
    for offset, character in enumerate(document.text):
        depth += (character in "([{<") - (character in ")]}>")
        if depth > MAX_DEPTH or offset > _MAX_SCHEMA_BYTES:
            line, column = place(document.text, offset)
            raise PolicyError(
                "the schema is too large or nested too deeply",
                path=document.path,
                line=line,
                column=column,
                hint=f"keep it under {_MAX_SCHEMA_BYTES} bytes and {MAX_DEPTH} levels of brackets",
            )
    try:
        return cedarpy.Schema.from_str(document.text)
    except ValueError as error:
        found = _find_quoted(str(error), document.text)
        line, column = place(document.text, found or 0)
        raise PolicyError(
            f"the schema does not parse: {_plain(str(error))}",
            path=document.path,
            line=line,
            column=column,
            hint="see https://docs.cedarpolicy.com/schema/human-readable-schema.html",
        ) from error


def _actions(handle: Any) -> tuple[str, ...]:
    """The names of the schema's actions; the printed schema has each on a line of its own, quoted."""
    names = re.findall(r'^action ("(?:[^"\\]|\\.)*")', str(handle), flags=re.MULTILINE)
    return tuple(sorted(json.loads(name) for name in names))


def _parse(statements: Sequence[Statement]) -> list[dict[str, Any]]:
    """Effect, scope and annotations of each statement, in Cedar's JSON form.

    Only heads are turned into JSON: a long condition becomes JSON nested so deeply that reading it fails.
    All are parsed at once, and one by one only to find the faulty one.
    """
    try:
        cedarpy.PolicySet.from_str("\n".join(statement.text for statement in statements))
        return _heads(statements)
    except ValueError:
        return [_parse_one(statement) for statement in statements]


def _heads(statements: Sequence[Statement]) -> list[dict[str, Any]]:
    document = json.loads(cedarpy.policies_to_json_str("\n".join(item.head for item in statements)))
    static = document["staticPolicies"]
    if len(static) != len(statements):
        raise ValueError("a statement is a template, or not one policy")
    return [static[f"policy{index}"] for index in range(len(statements))]


def _parse_one(statement: Statement) -> dict[str, Any]:
    try:
        policies = cedarpy.PolicySet.from_str(statement.text)
    except ValueError as error:
        raise _at(
            statement,
            f"the policy does not parse: {_plain(str(error))}",
            "see https://docs.cedarpolicy.com/policies/syntax-policy.html",
            offset=_parse_fault(statement, str(error)),
        ) from error
    if policies.templates() or len(policies) != 1:
        raise _at(
            statement, "the policy is a template", "name the principal and the resource instead of `?...`"
        )
    return _heads([statement])[0]


def _parse_fault(statement: Statement, message: str) -> int | None:
    """Where parsing stops. Cedar names a token but no position; a text ended before it has another fault."""
    tokens = statement.tokens
    low, high = 0, len(tokens) - 1
    if message.endswith("token `;`"):
        return tokens[high].start
    if not message.startswith("unexpected token"):
        found = _find_quoted(message, statement.text)
        return None if found is None else tokens[0].start + found
    while low < high:
        middle = (low + high) // 2
        cut = statement.document.text[tokens[0].start : tokens[middle].end]
        if _fault(f"{cut} ;") == message:
            high = middle
        else:
            low = middle + 1
    return tokens[low].start


def _fault(text: str) -> str | None:
    try:
        cedarpy.PolicySet.from_str(text)
    except ValueError as error:
        return str(error)
    return None


def _policy(statement: Statement, fields: dict[str, Any]) -> Policy:
    annotations = fields.get("annotations", {})
    name = annotations.get("id")
    reason = annotations.get("reason")
    if not name:
        raise _at(statement, "the policy has no `@id`", 'add a line such as `@id("no-erase")` above it')
    if not _ID.fullmatch(name):
        raise _at(
            statement,
            f"`{name}` can not be the id of a policy",
            "use at most 128 letters, digits, `-`, `_` and `.`, and start with a letter or digit",
        )
    if not reason or not reason.strip():
        raise _at(
            statement,
            f"the policy `{name}` has no `@reason`",
            "add `@reason(...)` that tells a person why the call is allowed or denied",
        )
    if len(reason) > _MAX_REASON or not reason.isprintable():
        raise _at(
            statement,
            f"the reason of `{name}` is not one plain line",
            f"use at most {_MAX_REASON} printable characters",
        )
    return Policy(
        id=name,
        reason=reason,
        effect=fields["effect"],
        principal=_fixed(fields["principal"]),
        action=_fixed(fields["action"]),
        text=statement.text,
        path=statement.document.path,
        line=None if statement.document.generated else statement.line,
    )


def _fixed(scope: dict[str, Any]) -> str | None:
    """The one entity that a scope names with `==`; every other form may match more than one."""
    return scope["entity"]["id"] if scope["op"] == "==" else None


def _refuse_duplicates(policies: Sequence[Policy], statements: Sequence[Statement]) -> None:
    seen: dict[str, Policy] = {}
    for policy, statement in zip(policies, statements, strict=True):
        first = seen.setdefault(policy.id, policy)
        if first is not policy:
            where = ":".join(str(part) for part in (first.path, first.line) if part is not None)
            raise _at(
                statement,
                f"the id `{policy.id}` is already used by {where}",
                "give each policy an id of its own; a declared call has its permit already",
            )


def _validate(policies: Sequence[Policy], statements: Sequence[Statement], handle: Any) -> None:
    result = cedarpy.validate_policies("\n".join(policy.text for policy in policies), handle)
    if result.validation_passed:
        return
    fault = min(result.errors, key=_number)
    index, text = _number(fault), fault.error
    statement, policy = statements[index], policies[index]
    message = re.sub(r"^for policy `policy\d+`, ", "", text)
    found = _find_quoted(message, statement.text)
    raise _at(
        statement,
        f"the policy `{policy.id}` does not fit the schema: {_plain(message)}",
        "use what the schema names, or add it to schema.cedarschema",
        offset=None if found is None else statement.tokens[0].start + found,
    )


def _number(fault: Any) -> int:
    """The position of the policy that a fault is about; Cedar numbers them as they stand in the text."""
    number = fault.policy_id.removeprefix("policy")
    return int(number) if number.isdigit() else 0


def _find_quoted(message: str, text: str) -> int | None:
    """Where the text first has something that a message of Cedar quotes."""
    for quoted in re.findall(r"`([^`]+)`", message):
        found = re.search(rf"(?<!\w){re.escape(quoted)}(?!\w)", text)
        if found:
            return found.start()
    return None


def _plain(message: str) -> str:
    """A message of Cedar on one line and in our form."""
    text = " ".join(message.split()).rstrip(".")
    return text[:1].lower() + text[1:]


def _at(statement: Statement, message: str, hint: str, *, offset: int | None = None) -> PolicyError:
    """An error in a statement: at `offset` of its file if given, else where the statement starts."""
    line: int | None = statement.line
    column: int | None = statement.column
    if statement.document.generated:
        line = column = None
    elif offset is not None:
        line, column = statement.place(offset)
    return PolicyError(message, path=statement.document.path, line=line, column=column, hint=hint)

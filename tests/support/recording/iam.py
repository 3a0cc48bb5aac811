"""An evaluator of IAM policies, for one question: does a document say yes, no or nothing.

It takes no side where a question is incomplete: who asks has to be named if the document says who may, and
an operator or an element that it does not know fails the test that meets it.
Logic: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

ALLOW, DENY, SILENT = "allow", "deny", "silent"
Context = Mapping[str, "str | tuple[str, ...]"]
_ELEMENTS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)


def verdict(
    document: str,
    *,
    action: str,
    context: Context,
    resource: str | None = None,
    principal: str | None = None,
) -> str:
    """What a policy document says about an action.

    `resource` is an ARN; none: what the policy is attached to, or an action that has no resource.
    `principal` is an ARN or the name of an AWS service; none: who `aws:PrincipalArn` says, or the identity
    that the policy is attached to. `context` has the condition keys; those of the principal follow from it.
    """
    asker = principal or _only(context.get("aws:PrincipalArn"))
    known = {key.lower(): value for key, value in {**_of_principal(asker), **context}.items()}
    said = SILENT
    for statement in statements(document):
        if _applies(statement, action, resource, asker, known):
            if statement["Effect"] == "Deny":
                return DENY
            assert statement["Effect"] == "Allow", statement["Effect"]
            said = ALLOW
    return said


@cache
def statements(document: str) -> tuple[Mapping[str, Any], ...]:
    """The statements of a document."""
    found = json.loads(document)
    assert found["Version"] == "2012-10-17", "without it, IAM reads variables and `*` otherwise"
    return tuple(_many(found["Statement"]))


def names_action(document: str, action: str) -> bool:
    """Whether any statement speaks of an action, whoever asks and for whatever."""
    return any(is_action(statement, action) for statement in statements(document))


def _applies(
    statement: Mapping[str, Any], action: str, resource: str | None, asker: str | None, context: Context
) -> bool:
    assert statement.keys() <= _ELEMENTS, statement.keys() - _ELEMENTS
    return (
        is_action(statement, action)
        and _is_principal(statement, asker)
        and _is_resource(statement, resource)
        and all(
            _holds(operator, context.get(key.lower()), _many(wanted))
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def is_action(statement: Mapping[str, Any], action: str) -> bool:
    """Whether a statement speaks of an action."""
    patterns, negated = _either(statement, "Action")
    assert patterns is not None, "a statement has an Action or a NotAction"
    return any(_like(pattern.lower(), action.lower()) for pattern in patterns) is not negated


def _is_resource(statement: Mapping[str, Any], resource: str | None) -> bool:
    patterns, negated = _either(statement, "Resource")
    if patterns is None:
        # as in a trust policy: it speaks of what it is attached to, and of nothing else
        assert resource is None, "the document names no resource, and the question does"
        return True
    if resource is None:
        return ("*" in patterns) is not negated
    return any(_arn_like(pattern, resource) for pattern in patterns) is not negated


def _is_principal(statement: Mapping[str, Any], asker: str | None) -> bool:
    named, negated = statement.get("Principal"), False
    if "NotPrincipal" in statement:
        named, negated = statement["NotPrincipal"], True
    if named is None:
        assert asker is None, "the policy of an identity names no principal, and the question does"
        return True
    assert asker is not None, "the document says who may, so the question has to say who asks"
    return _named(named, asker) is not negated


def _named(named: Any, asker: str) -> bool:
    if named == "*":
        return True
    kind = "AWS" if asker.startswith("arn:") else "Service"
    assert named.keys() <= {"AWS", "Service", "Federated"}, named.keys()
    account = asker.split(":")[4] if kind == "AWS" else None
    return any(
        one in ("*", asker) or (account and one in (account, f"{asker.partition('::')[0]}::{account}:root"))
        for one in _many(named.get(kind, ()))
    )


def _of_principal(asker: str | None) -> dict[str, str]:
    """The condition keys that AWS fills in about who asks."""
    if asker is None or not asker.startswith("arn:"):
        return {}
    return {"aws:PrincipalArn": asker, "aws:PrincipalAccount": asker.split(":")[4]}


def _holds(operator: str, value: str | tuple[str, ...] | None, wanted: list[str]) -> bool:
    """One condition. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html"""
    quantifier, _, plain = operator.rpartition(":")
    optional = plain.endswith("IfExists")
    plain = plain.removesuffix("IfExists")
    if plain == "Null":
        return str(value is None).lower() in wanted
    if optional and value is None:
        return True
    values = () if value is None else (value,) if isinstance(value, str) else value
    match quantifier:
        case "":
            assert len(values) < 2, f"{operator} is for one value"
            return _compares(plain, values[0] if values else None, wanted)
        case "ForAllValues":  # of no values each one matches
            return all(_compares(plain, one, wanted) for one in values)
        case "ForAnyValue":
            return any(_compares(plain, one, wanted) for one in values)
        case _:
            raise AssertionError(operator)


def _compares(operator: str, value: str | None, wanted: list[str]) -> bool:
    negated = "Not" in operator
    return (value is not None and _matches(operator.replace("Not", ""), value, wanted)) is not negated


def _matches(operator: str, value: str, wanted: list[str]) -> bool:
    match operator:
        case "StringEquals":
            return value in wanted
        case "StringEqualsIgnoreCase" | "Bool":
            return value.lower() in [one.lower() for one in wanted]
        case "StringLike":
            return any(_like(pattern, value) for pattern in wanted)
        case "ArnEquals" | "ArnLike":  # AWS treats them alike
            return any(_arn_like(pattern, value) for pattern in wanted)
        case _:
            raise AssertionError(operator)


def _arn_like(pattern: str, value: str) -> bool:
    """Each of the six parts of an ARN is compared by itself: no `*` reaches over a colon but in the last."""
    if pattern == "*":
        return True
    parts, found = pattern.split(":", 5), value.split(":", 5)
    return len(parts) == len(found) and all(_like(*pair) for pair in zip(parts, found, strict=True))


@cache
def _like(pattern: str, value: str) -> bool:
    return _expression(pattern).fullmatch(value) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    assert "${" not in pattern, "policy variables are not known here"
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def _either(statement: Mapping[str, Any], element: str) -> tuple[list[str] | None, bool]:
    """The patterns of an element or of its negation, and whether it is the negation; None: neither."""
    assert not {element, f"Not{element}"} <= statement.keys(), f"{element} and Not{element} in one statement"
    if f"Not{element}" in statement:
        return _many(statement[f"Not{element}"]), True
    return (_many(statement[element]), False) if element in statement else (None, False)


def _only(value: str | tuple[str, ...] | None) -> str | None:
    assert value is None or isinstance(value, str), "one principal asks"
    return value


def _many(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Iterable) and not isinstance(value, (str, Mapping)) else [value]

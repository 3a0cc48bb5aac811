"""A small evaluator of IAM policies, for one question: does a document say yes, no or nothing.

Only the operators that this project writes are known; any other fails the test that meets it.
Logic: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

ALLOW, DENY, SILENT = "allow", "deny", "silent"


def verdict(document: str, *, action: str, resource: str = "*", context: Mapping[str, str]) -> str:
    """What a policy document says about an action on a resource; `context` has the condition keys."""
    said = SILENT
    for statement in json.loads(document)["Statement"]:
        if _applies(statement, action, resource, context):
            if statement["Effect"] == "Deny":
                return DENY
            said = ALLOW
    return said


def _applies(statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str]) -> bool:
    resources = _many(statement.get("Resource", "*"))
    return (
        action in _many(statement["Action"])
        and any(fnmatchcase(resource, pattern) for pattern in resources)
        and all(
            _holds(operator, context.get(key), _many(values))
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def _holds(operator: str, value: str | None, wanted: list[str]) -> bool:
    matches = value is not None and any(fnmatchcase(value, pattern) for pattern in wanted)
    match operator:
        case "ArnEquals" | "ArnLike" | "StringLike":
            return matches
        case "ArnNotEquals" | "ArnNotLike":
            return not matches
        case "ForAllValues:StringLike":
            return value is None or matches  # of no values each one matches
        case "Null":
            return str(value is None).lower() in wanted
        case "StringEquals" | "Bool":
            return value in wanted
        case _:
            raise AssertionError(operator)


def _many(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)

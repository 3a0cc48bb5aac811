"""A second evaluator, written from AWS's flow chart as literally as it goes: the reference for the first one.

It knows what the random policies of the tests have, reads plain JSON, and uses nothing of the first.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Statement = Mapping[str, Any]


def fits(pattern: str, text: str) -> bool:
    """Whether a text fits a pattern, letter by letter."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(fits(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and fits(pattern[1:], text[1:])


def _is_resource(pattern: str, resource: str) -> bool:
    if pattern == "*":
        return True
    wanted, found = pattern.split(":", 5), resource.split(":", 5)
    return len(wanted) == len(found) == 6 and all(map(fits, wanted, found))


def _meets(operator: str, wanted: Sequence[str], value: str | None) -> bool:
    if operator == "Null":
        return ("true" if value is None else "false") in wanted
    if operator.endswith("IfExists"):
        return value is None or _meets(operator.removesuffix("IfExists"), wanted, value)
    if operator == "StringEquals":
        return value is not None and value in wanted
    if operator == "StringNotEquals":
        return value is None or value not in wanted
    if operator == "StringLike":
        return value is not None and any(fits(one, value) for one in wanted)
    assert operator == "StringNotLike", operator
    return value is None or not any(fits(one, value) for one in wanted)


def applying(
    policies: Sequence[Sequence[Statement]], action: str, resource: str, keys: Mapping[str, str]
) -> Iterator[Statement]:
    """The statements that speak of a request, whoever asks."""
    for statements in policies:
        for one in statements:
            named = (
                any(fits(pattern.lower(), action.lower()) for pattern in one["Action"])
                if "Action" in one
                else not any(fits(pattern.lower(), action.lower()) for pattern in one["NotAction"])
            )
            on = (
                any(_is_resource(pattern, resource) for pattern in one["Resource"])
                if "Resource" in one
                else not any(_is_resource(pattern, resource) for pattern in one["NotResource"])
            )
            met = all(
                _meets(operator, wanted, keys.get(key))
                for operator, pairs in one.get("Condition", {}).items()
                for key, wanted in pairs.items()
            )
            if named and on and met:
                yield one


def names_of(role: str, session: str) -> tuple[str, ...]:
    """How policies of resources may name a session of a role."""
    account = role.split(":")[4]
    return ("*", account, f"arn:aws:iam::{account}:root", role, session)


def allowed(
    *,
    role: str,
    session: str,
    action: str,
    resource: str,
    keys: Mapping[str, str],
    identity: Sequence[Sequence[Statement]],
    boundary: Sequence[Statement] | None,
    limits: Sequence[Statement] | None,
    attached: Sequence[Statement] | None,
    takes_its_own_word: bool,
) -> bool:
    """Whether a session of a role may, in one account.

    `limits` is its session policy, `attached` that of the resource.
    """

    def found(*policies: Sequence[Statement] | None) -> list[Statement]:
        given = [policy for policy in policies if policy is not None]
        return list(applying(given, action, resource, keys))

    of_resource = [
        one
        for one in found(attached)
        if one["Principal"] == "*" or set(one["Principal"]["AWS"]) & set(names_of(role, session))
    ]
    if any(one["Effect"] == "Deny" for one in [*found(*identity, boundary, limits), *of_resource]):
        return False
    lets = [one["Principal"] for one in of_resource if one["Effect"] == "Allow"]
    if takes_its_own_word and not lets:
        return False
    if any(who == "*" or {"*", session} & set(who["AWS"]) for who in lets):
        return True
    by_role = any(role in who["AWS"] for who in lets)
    return (
        (by_role or bool(found(*identity)))
        and (boundary is None or bool(found(boundary)))
        and (limits is None or bool(found(limits)))
    )

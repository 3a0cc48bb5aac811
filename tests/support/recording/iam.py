"""What one policy document says, for tests that look at documents one by one.

A question has to be complete: what the evaluator would not judge fails the test that meets it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sandbox.cloud.iam.context import Context as Circumstances
from sandbox.cloud.iam.document import parse_policy
from sandbox.cloud.iam.evaluation import NO_RESOURCE, AccessRequest, PolicyEffect, PolicyKind, judge
from sandbox.cloud.iam.patterns import like
from sandbox.cloud.iam.principal import Principal, principal_of

ALLOW, DENY, SILENT = (
    effect.value for effect in (PolicyEffect.ALLOW, PolicyEffect.DENY, PolicyEffect.SILENT)
)
Context = Mapping[str, "str | tuple[str, ...]"]
_ITSELF = principal_of("arn:aws:iam::000000000000:role/whose-policy-it-is")


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
    named = principal or context.get("aws:PrincipalArn")
    assert named is None or isinstance(named, str), "one principal asks"
    asker = _asker(named) if named else _ITSELF
    of_resource = _names_principals(document)
    assert (principal is not None) <= of_resource, "the policy of an identity names no principal"
    assert of_resource <= (named is not None), "the document says who may, so the question says who asks"
    said = judge(
        PolicyKind.RESOURCE if of_resource else PolicyKind.IDENTITY,
        (parse_policy(document),),
        AccessRequest(principal=asker, action=action, resource=resource or NO_RESOURCE),
        Circumstances({**(asker.condition_keys() if named else {}), **context}),
    )
    assert not said.unjudged, said.unjudged
    return said.effect.value


@cache
def statements(document: str) -> tuple[Mapping[str, Any], ...]:
    """The statements of a document."""
    found = json.loads(document)
    assert found["Version"] == "2012-10-17", "without it, IAM reads variables and `*` otherwise"
    given = found["Statement"]
    return (given,) if isinstance(given, Mapping) else tuple(given)


def names_action(document: str, action: str) -> bool:
    """Whether any statement speaks of an action, whoever asks and for whatever."""
    return any(is_action(statement, action) for statement in statements(document))


def is_action(statement: Mapping[str, Any], action: str) -> bool:
    """Whether a statement speaks of an action."""
    negated = "NotAction" in statement
    given = statement["NotAction" if negated else "Action"]
    patterns: Iterable[str] = [given] if isinstance(given, str) else given
    return any(like(pattern.lower(), action.lower()) for pattern in patterns) is not negated


@cache
def _asker(named: str) -> Principal:
    return principal_of(named)


@cache
def _names_principals(document: str) -> bool:
    return any("Principal" in one or "NotPrincipal" in one for one in statements(document))

"""Who may do what in an environment, by the evaluator. IAM-1, IAM-2, KEY-1, SEC-1."""

from __future__ import annotations

import pytest

from sandbox.cloud.iam.context import Context
from sandbox.cloud.iam.document import parse_policy
from sandbox.cloud.iam.evaluation import AccessDecision, AccessRequest, ApplicablePolicies, decide
from sandbox.cloud.iam.principal import principal_of
from tests.support.iam.operations import CASES, EVERYBODY, OPERATIONS, NeededPermission
from tests.support.iam.small_account import OPERATOR, identity_documents, resource_document, role_arn


def decided(who: str, need: NeededPermission) -> AccessDecision:
    attached, boundary = identity_documents(who)
    resource = resource_document(need.resource)
    asker = principal_of(OPERATOR) if who == "operator" else principal_of(role_arn(who), session="s")
    return decide(
        AccessRequest(
            principal=asker,
            action=need.action,
            resource=need.resource,
            context=Context({"aws:SecureTransport": "true", **need.keys}),
        ),
        ApplicablePolicies(
            identity=(parse_policy(attached),),
            boundary=None if boundary is None else parse_policy(boundary),
            resource=None if resource is None else parse_policy(resource),
        ),
    )


def test_most_cases_are_denials() -> None:
    """At least 80 cases, more than half of them denied."""
    allowed = sum(len(one.by) for one in OPERATIONS.values())
    assert len(CASES) >= 80
    assert allowed * 2 < len(CASES)
    assert all(one.by <= EVERYBODY for one in OPERATIONS.values())


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_for_those_who_are_named_and_nobody_else(name: str) -> None:
    """Every permission that AWS looks for has to be there; nothing is left unjudged."""
    operation = OPERATIONS[name]
    found = {who: [decided(who, need) for need in operation.needs] for who in EVERYBODY}
    assert {who for who, decisions in found.items() if all(one.allowed for one in decisions)} == operation.by
    assert [one for decisions in found.values() for one in decisions if one.unjudged] == []


def test_without_tls_nobody_reaches_the_trail() -> None:
    """The bucket's policy denies it before anything else is asked."""
    need = OPERATIONS["export to the trail"].needs[0]
    plain = NeededPermission(need.action, need.resource, {"aws:SecureTransport": "false"})
    assert not any(decided(who, plain).allowed for who in EVERYBODY)

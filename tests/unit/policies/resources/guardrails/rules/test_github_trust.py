"""Roles that GitHub's workflows may assume."""

from __future__ import annotations

from typing import Any

import pytest

from policies.resources.graph.values import UNKNOWN, Resource
from policies.resources.guardrails.rules.github_trust import GITHUB_TRUST
from tests.support.resources.judged import FAILED, OPEN, PASSED, detail, resource, verdict

ROLE = "aws:iam/role:Role"
ISSUER = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"
AUD, SUB = f"{ISSUER}:aud", f"{ISSUER}:sub"
GOOD = {"StringEquals": {AUD: "sts.amazonaws.com", SUB: "repo:acme/shop:environment:prod"}}


def role(conditions: Any = None, provider: Any = PROVIDER, **more: Any) -> Resource:
    statement: dict[str, Any] = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        **more,
    }
    if conditions is not None:
        statement["Condition"] = conditions
    return resource(ROLE, assumeRolePolicy={"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    "it",
    [
        role(GOOD),
        role(GOOD, UNKNOWN),
        role(GOOD, [PROVIDER]),
        role({"StringEquals": {AUD.upper(): "sts.amazonaws.com", SUB: ["repo:a/b:ref:refs/heads/main"]}}),
        role({"StringEquals": {AUD: "sts.amazonaws.com"}, "StringLike": {SUB: "repo:a/b:environment:prod"}}),
        role({"ForAnyValue:StringEquals": {AUD: "sts.amazonaws.com", SUB: "repo:a@1/b@2:environment:x"}}),
        role(
            {"StringEquals": {f"{ISSUER}/acme:aud": "x", f"{ISSUER}/acme:sub": "repo:a/b:environment:prod"}},
            f"{PROVIDER}/acme",
        ),
    ],
)
def test_audience_and_subject_in_full(it: Resource) -> None:
    """Named exactly, in any operator that wants them to be there."""
    assert verdict(GITHUB_TRUST.id, it) is PASSED


@pytest.mark.parametrize(
    ("it", "said"),
    [
        (role(), "no condition on `aud`"),
        (role({"StringEquals": {SUB: "repo:a/b:environment:x"}}), "no condition on `aud`"),
        (role({"StringEquals": {AUD: "sts.amazonaws.com"}}), "no condition on `sub`"),
        (
            role({"StringEquals": {AUD: "sts.amazonaws.com"}, "StringLike": {SUB: "repo:a/b:*"}}),
            "`repo:a/b:*`",
        ),
        (role({"StringEquals": {AUD: "sts.amazonaws.com"}, "StringLike": {SUB: "*"}}), "`*`"),
        (
            role({"StringEquals": {AUD: "sts.amazonaws.com"}, "NotIpAddress": UNKNOWN}),
            "no condition on `sub`",
        ),
        (role({"StringLike": {AUD: "*", SUB: "repo:a/b:environment:x"}}), "`aud` may be `*`"),
        (
            role({"StringLike": {AUD: "sts.amazonaws.com", SUB: ["repo:a/b:x", "repo:a/c?:x"]}}),
            "`repo:a/c?:x`",
        ),
        (role({"StringEqualsIfExists": {AUD: "sts.amazonaws.com", SUB: "repo:a/b:x"}}), "`aud`"),
        (role({"ForAllValues:StringEquals": {AUD: "sts.amazonaws.com", SUB: "repo:a/b:x"}}), "`aud`"),
        (
            role({"StringEquals": {f"{ISSUER}/acme:sub": "repo:a/b:environment:x"}}, f"{PROVIDER}/acme"),
            "no condition on `aud`",
        ),
        (role({"StringNotEquals": {AUD: "x", SUB: "y"}}), "`aud`"),
        (role(None, ISSUER), "no condition on `aud`"),
        (role(None, Action="*"), "no condition on `aud`"),
        (role({"StringLike": {SUB: "repo:a/*"}}, UNKNOWN), "no condition on `aud`"),
    ],
)
def test_what_lets_others_in(it: Resource, said: str) -> None:
    """A missing audience or subject, a wildcard, and operators that a missing key meets."""
    assert verdict(GITHUB_TRUST.id, it) is FAILED
    assert said in detail(GITHUB_TRUST.id, it)


@pytest.mark.parametrize(
    "it",
    [
        role(None, UNKNOWN),
        role(UNKNOWN),
        role({"StringEquals": {AUD: "sts.amazonaws.com", SUB: UNKNOWN}}),
        role({"StringEquals": {AUD: "sts.amazonaws.com"}, "ForAnyValue:StringLike": UNKNOWN}),
        role({"StringEquals": UNKNOWN, "StringLike": {"x": "y"}}, UNKNOWN),
        resource(ROLE, assumeRolePolicy=UNKNOWN),
    ],
)
def test_what_is_not_known_is_undecided(it: Resource) -> None:
    """A provider that may be GitHub's, a subject that comes with the deployment, a policy as a whole."""
    assert verdict(GITHUB_TRUST.id, it) is OPEN


@pytest.mark.parametrize(
    "it",
    [
        role(None, "arn:aws:iam::111122223333:oidc-provider/accounts.google.com"),
        role({"StringEquals": {"accounts.google.com:aud": "x"}}, UNKNOWN),
        role(None, Effect="Deny"),
        role(None, Principal={"Service": "x.amazonaws.com"}, Action="sts:AssumeRole"),
        resource(ROLE, name="r"),
    ],
)  # fmt: skip
def test_other_roles_are_not_spoken_of(it: Resource) -> None:
    """The rule is about GitHub's provider alone."""
    assert verdict(GITHUB_TRUST.id, it) is None

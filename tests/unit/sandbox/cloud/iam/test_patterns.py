"""Wildcards, ARNs and policy variables."""

from __future__ import annotations

import pytest

from sandbox.cloud.iam.context import Context
from sandbox.cloud.iam.patterns import exactly, like, like_arn
from sandbox.cloud.iam.truth import Truth

CONTEXT = Context({"aws:username": "JohnDoe", "s3:prefix": "a*"}, judged=lambda key: "unknown" not in key)


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("s3:Get*", "s3:GetObject", True),
        ("s3:Get*", "s3:PutObject", False),
        ("iam:*AccessKey*", "iam:CreateAccessKey", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a.c", "abc", False),
        ("home/${aws:username}/*", "home/JohnDoe/x", True),
        ("home/${aws:username}/*", "home/JaneDoe/x", False),
        ("home/${AWS:UserName}/*", "home/JohnDoe/x", True),
        ("home/${aws:PrincipalTag/team}/*", "home//x", False),
        ("home/${aws:PrincipalTag/team, 'company-wide'}", "home/company-wide", True),
        ("home/${aws:username, 'company-wide'}", "home/JohnDoe", True),
        ("home/${aws:unknown}/*", "home/JohnDoe/x", None),
        ("${*}x", "*x", True),
        ("${*}x", "yx", False),
        ("${?}${$}", "?$", True),
        ("${s3:prefix}", "ab", False),
        ("costs$", "costs$", True),
    ],
)
def test_patterns_of_text(pattern: str, value: str, fits: Truth) -> None:
    """Values of variables are text, whatever stands in them; one without a value fits nothing."""
    assert like(pattern, value, CONTEXT) is fits


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        ("*", "arn:aws:s3:::a", True),
        ("*", "no arn", True),
        ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket/a/b:c", True),
        ("arn:aws:s3:::bucket/*", "arn:aws:s3:::bucket", False),
        ("arn:aws:sqs:*:123456789012:q", "arn:aws:sqs:us-east-1:123456789012:q", True),
        ("arn:aws:sqs:*:q", "arn:aws:sqs:us-east-1:123456789012:q", None),
        ("arn:aws:sqs:*", "arn:aws:sqs:us-east-1:123456789012:q", None),
        ("arn:aws:*:::b", "arn:aws:sqs:us-east-1:123456789012:b", False),
        ("arn:aws:s3:::bucket/${aws:username}/*", "arn:aws:s3:::bucket/JohnDoe/x", True),
        ("arn:aws:s3:::bucket/${aws:username}/*", "arn:aws:s3:::bucket/JaneDoe/x", False),
        ("arn:aws:iam::*:user/${aws:username}", "arn:aws:iam::1:user/JohnDoe", True),
        ("arn:aws:s3:::bucket/${aws:unknown}", "arn:aws:s3:::bucket/x", None),
        ("arn:aws:s3:::bucket/*", "no arn", False),
        ("${aws:username}", "arn:aws:s3:::JohnDoe", None),
        ("arn:aws:s3:::${aws:username}", "no arn", False),
    ],
)
def test_patterns_of_arns(pattern: str, value: str, fits: Truth) -> None:
    """A wildcard stays in its part of the ARN, but for the last; half an ARN is not judged."""
    assert like_arn(pattern, value, CONTEXT) is fits


def test_without_a_context_a_variable_is_text() -> None:
    """As the policy language of 2008 has it."""
    assert like("${aws:username}", "${aws:username}")
    assert like_arn("arn:aws:s3:::${aws:username}", "arn:aws:s3:::JohnDoe") is False


@pytest.mark.parametrize(
    ("text", "value", "same"),
    [("${aws:username}*", "JohnDoe*", True), ("${aws:username}*", "JohnDoe2", False)],
)
def test_where_text_is_compared_wildcards_are_text(text: str, value: str, same: Truth) -> None:
    """StringEquals knows variables, and no wildcards."""
    assert exactly(text, value, CONTEXT) is same

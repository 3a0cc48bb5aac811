"""Statements as values, and the wildcards they refuse. IAM-2."""

from __future__ import annotations

import json

import pytest

from components.identity.statement import (
    UNSCOPED_ACTIONS,
    Condition,
    IamEffect,
    IamStatement,
    Principals,
    WildcardError,
    document,
)


def test_a_statement_as_json() -> None:
    """Every part is written as the policy grammar has it; single values stand alone."""
    statement = IamStatement(
        sid="Read",
        effect=IamEffect.DENY,
        actions=("s3:PutObject", "s3:GetObject"),
        resources=("arn:aws:s3:::one", "arn:aws:s3:::two"),
        principals=Principals(arns=("arn:aws:iam::1:root",), services=("a.amazonaws.com", "b.amazonaws.com")),
        conditions=(
            Condition(operator="StringEquals", key="aws:SourceAccount", values=("1",)),
            Condition(operator="StringEquals", key="aws:Region", values=("x", "y")),
            Condition(operator="ArnLike", key="aws:PrincipalArn", values=("z",)),
        ),
    )
    assert json.loads(document([statement])) == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Deny",
                "Principal": {
                    "AWS": "arn:aws:iam::1:root",
                    "Service": ["a.amazonaws.com", "b.amazonaws.com"],
                },
                "Action": ["s3:GetObject", "s3:PutObject"],
                "Resource": ["arn:aws:s3:::one", "arn:aws:s3:::two"],
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": "1", "aws:Region": ["x", "y"]},
                    "ArnLike": {"aws:PrincipalArn": "z"},
                },
            }
        ],
    }


def test_everybody_and_this_resource() -> None:
    """A resource policy may speak of everybody, and of the resource it is attached to."""
    statement = IamStatement(
        sid="All", actions=("kms:Decrypt",), principals=Principals(everybody=True), this_resource=True
    )
    assert statement.render() == {
        "Sid": "All",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "kms:Decrypt",
        "Resource": "*",
    }


@pytest.mark.parametrize(
    ("actions", "resources", "wildcard"),
    [
        (("s3:*",), ("arn:aws:s3:::one",), "s3:*"),
        (("s3:Get*",), ("arn:aws:s3:::one",), "s3:Get*"),
        (("s3:GetObject",), ("*",), "*"),
        (("xray:PutTraceSegments", "s3:GetObject"), ("*",), "*"),
    ],
)
def test_wildcards_are_refused(actions: tuple[str, ...], resources: tuple[str, ...], wildcard: str) -> None:
    """IAM-2: no wildcard action ever, and a wildcard resource only where all actions are on the list."""
    with pytest.raises(WildcardError) as caught:
        IamStatement(sid="Bad", actions=actions, resources=resources)
    assert caught.value.message == f"the policy statement `Bad` has the wildcard `{wildcard}`"
    assert caught.value.hint == (
        "name each action and resource; what AWS cannot narrow goes into UNSCOPED_ACTIONS"
    )


def test_every_exception_has_its_reason() -> None:
    """IAM-2: each action that AWS cannot narrow is named in one list with the reason."""
    for action, reason in UNSCOPED_ACTIONS.items():
        assert len(reason) > 10
        IamStatement(sid="Fine", actions=(action,), resources=("*",))
    IamStatement(sid="Fine", actions=tuple(UNSCOPED_ACTIONS), resources=("*",))

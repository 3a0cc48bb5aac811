"""Condition operators, with AWS's own examples where it has some.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_multi-value-conditions.html
"""

from __future__ import annotations

import pytest

from sandbox.cloud.iam.conditions import OPERATORS, PolicyCondition
from sandbox.cloud.iam.context import Context
from sandbox.cloud.iam.truth import Truth

JOHN = "arn:aws:iam::123456789012:user/JohnDoe"
CASES: list[tuple[str, str | tuple[str, ...], str | tuple[str, ...] | None, Truth]] = [
    # operator, wanted, value of the key (None: absent), met
    ("StringEquals", ("a", "b"), "b", True),
    ("StringEquals", "a", "A", False),
    ("StringEquals", "a*", "ab", False),
    ("StringEquals", "a", None, False),
    ("StringNotEquals", ("a", "b"), "b", False),
    ("StringNotEquals", ("a", "b"), "c", True),
    ("StringNotEquals", "a", None, True),
    ("StringEqualsIgnoreCase", "JohnDoe", "johndoe", True),
    ("StringNotEqualsIgnoreCase", "JohnDoe", "johndoe", False),
    ("StringLike", ("${aws:username}/*",), "JohnDoe/x", True),
    ("StringLike", "", "", True),
    ("StringNotLike", "a*", "ab", False),
    ("StringEquals", "${aws:username}", "JohnDoe", True),
    ("StringEqualsIgnoreCase", "${aws:username}", "JohnDoe", None),
    ("NumericLessThanEquals", "10", "10", True),
    ("NumericLessThan", "10", "10", False),
    ("NumericGreaterThan", "3600", "3601", True),
    ("NumericGreaterThanEquals", "3600", "3599", False),
    ("NumericEquals", "10", "10.0", True),
    ("NumericNotEquals", "10", "11", True),
    ("NumericEquals", "ten", "10", None),
    ("NumericEquals", "10", "ten", False),
    ("DateGreaterThan", "2019-07-16T12:00:00Z", "2019-07-16T15:00:00Z", True),
    ("DateLessThan", "2019-07-16T12:00:00Z", "2019-07-16T15:00:00Z", False),
    ("DateLessThanEquals", "1563278400", "2019-07-16T12:00:00Z", True),
    ("DateGreaterThanEquals", "2019-07-16T12:00:00Z", "tomorrow", False),
    ("DateEquals", "tomorrow", "2019-07-16T12:00:00Z", None),
    ("DateEquals", "2019-07-16", "2019-07-16T00:00:00Z", True),
    ("DateNotEquals", "2019-07-16", "2019-07-17", True),
    ("Bool", "true", "True", True),
    ("Bool", "false", "true", False),
    ("Bool", "true", None, False),
    ("Bool", "yes", "true", None),
    ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
    ("IpAddress", "203.0.113.0/24", "203.0.114.7", False),
    ("NotIpAddress", ("203.0.113.0/24", "2001:DB8:1234:5678::/64"), "2001:db8:1234:5678::1", False),
    ("IpAddress", "the office", "203.0.113.7", None),
    ("IpAddress", "203.0.113.0/24", "vpc", False),
    ("ArnEquals", "arn:aws:iam::*:user/John*", JOHN, True),
    ("ArnLike", "arn:aws:iam::999999999999:user/*", JOHN, False),
    ("ArnNotEquals", "arn:aws:iam::*:user/John*", JOHN, False),
    ("ArnNotLike", "arn:aws:iam::*:role/*", JOHN, True),
    ("ArnNotLike", "arn:aws:iam::*:role/*", None, True),
    ("Null", "true", None, True),
    ("Null", "true", "x", False),
    ("Null", "false", "x", True),
    ("Null", "perhaps", "x", None),
    ("StringEqualsIfExists", "a", None, True),
    ("StringEqualsIfExists", "a", "b", False),
    ("StringNotEqualsIfExists", "a", "a", False),
    ("ForAllValues:StringEquals", ("ID", "Message", "Tags"), ("ID", "Tags"), True),
    ("ForAllValues:StringEquals", ("ID", "Message", "Tags"), ("ID", "UserName"), False),
    ("ForAllValues:StringEquals", "ID", None, True),
    ("ForAllValues:StringNotEquals", ("ID", "Post"), ("Tags", "Post"), False),
    ("ForAnyValue:StringEquals", ("ID", "PostDateTime"), ("ID", "UserName"), True),
    ("ForAnyValue:StringEquals", "ID", None, False),
    ("ForAnyValue:StringNotEquals", "ID", ("ID", "UserName"), True),
    ("ForAnyValue:StringNotEquals", "ID", None, False),
    ("ForAllValues:StringLike", ("orbit#*",), ("orbit#1", "orbit#2"), True),
    ("ForAllValues:StringLike", ("orbit#*",), ("orbit#1", "axon#2"), False),
    ("ForAllValues:Null", "true", None, None),
    ("StringEquals", "a", ("a", "b"), None),
    ("ForSomeValues:StringEquals", "a", "a", None),
    ("BinaryEquals", "QmFz", "QmFz", None),
    ("StringSounds", "a", "a", None),
]


@pytest.mark.parametrize(("operator", "wanted", "value", "met"), CASES)
def test_an_operator(
    operator: str, wanted: str | tuple[str, ...], value: str | tuple[str, ...] | None, met: Truth
) -> None:
    """Each operator, with a value and without; what is not known is not judged."""
    told = {"aws:username": "JohnDoe", **({} if value is None else {"key": value})}
    condition = PolicyCondition(operator, "key", (wanted,) if isinstance(wanted, str) else wanted)
    assert condition.holds(Context(told), variables=True) is met


def test_every_operator_has_a_case() -> None:
    """None is added without one."""
    assert OPERATORS.keys() <= {case[0] for case in CASES}


@pytest.mark.parametrize("operator", ["StringEquals", "StringNotEquals", "Null", "StringEqualsIfExists"])
def test_an_unknown_value_is_not_judged(operator: str) -> None:
    """Nor is its absence: AWS might have filled it in."""
    context = Context(judged=lambda _: False)
    assert PolicyCondition(operator, "aws:SourceVpce", ("true",)).holds(context, variables=True) is None


def test_messages_name_operator_and_key() -> None:
    """So a reader finds the condition."""
    assert str(PolicyCondition("Bool", "aws:SecureTransport", ("true",))) == "Bool aws:SecureTransport"

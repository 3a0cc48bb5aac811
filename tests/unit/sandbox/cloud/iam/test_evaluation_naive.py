"""Random policies: the evaluator decides as one that is written from AWS's flow chart."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.cloud.iam.context import Context
from sandbox.cloud.iam.document import ParsedPolicy, parse_policy
from sandbox.cloud.iam.evaluation import AccessRequest, ApplicablePolicies, decide
from sandbox.cloud.iam.principal import principal_of
from tests.support.effort import effort
from tests.support.iam import naive

ROLE = "arn:aws:iam::123456789012:role/reader"
SESSION = "arn:aws:sts::123456789012:assumed-role/reader/s"
ACTIONS = ("kms:Decrypt", "kms:Encrypt", "s3:GetObject", "sts:AssumeRole")
RESOURCES = (
    "arn:aws:kms:us-east-1:123456789012:key/1",
    "arn:aws:kms:us-east-1:123456789012:key/12",
    "arn:aws:iam::123456789012:role/other",
    "arn:aws:s3:::b/a:b/c",
)
NAMED = (
    *(ROLE, f"{ROLE}2", SESSION, "123456789012", "999999999999", "*"),
    *("arn:aws:iam::123456789012:root", "arn:aws:iam::999999999999:root"),
)
some_of = lambda *values: st.lists(st.sampled_from(values), min_size=1, max_size=2)  # noqa: E731
TEXTS = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIfExists")
compared = st.dictionaries(st.sampled_from(("a", "b")), some_of("x", "x*", "?", "true"), max_size=2)
absent = st.dictionaries(st.sampled_from(("a", "b")), some_of("true", "false"), max_size=1)
conditions = st.fixed_dictionaries({}, optional={**dict.fromkeys(TEXTS, compared), "Null": absent})
principals = st.one_of(st.just("*"), st.builds(lambda names: {"AWS": names}, some_of(*NAMED)))


@st.composite
def statements(draw: st.DrawFn, *, of_resource: bool = False) -> dict[str, Any]:
    """A statement; what it names is named or left out."""
    patterns = {
        "Action": draw(some_of(*ACTIONS, "KMS:*", "*", "s3:Get?bject")),
        "Resource": draw(
            some_of(
                *RESOURCES, "*", "arn:aws:kms:*:123456789012:key/1", "arn:aws:s3:::b/*", "arn:aws:*:::b/?:*"
            )
        ),
    }
    made: dict[str, Any] = {"Effect": draw(st.sampled_from(("Allow", "Allow", "Deny")))}
    for element, values in patterns.items():
        made[element if draw(st.integers(0, 3)) else f"Not{element}"] = values
    made["Condition"] = draw(conditions)
    if of_resource:
        made["Principal"] = draw(principals)
    return made


documents = st.lists(statements(), max_size=3)
optional = st.none() | documents


@given(
    identity=st.lists(documents, max_size=2),
    boundary=optional,
    limits=optional,
    attached=st.none() | st.lists(statements(of_resource=True), max_size=3),
    action=st.sampled_from(ACTIONS),
    resource=st.sampled_from(RESOURCES),
    keys=st.dictionaries(st.sampled_from(("a", "b")), st.sampled_from(("x", "xy", "true"))),
)
@settings(max_examples=effort(1000, quick=150), deadline=None)
def test_both_evaluators_decide_alike(
    identity: list[list[dict[str, Any]]],
    boundary: list[dict[str, Any]] | None,
    limits: list[dict[str, Any]] | None,
    attached: list[dict[str, Any]] | None,
    action: str,
    resource: str,
    keys: dict[str, str],
) -> None:
    """Identity policies, boundary, session policy and resource policy; keys and roles have their own word."""
    own_word = action == "sts:AssumeRole" or (action.startswith("kms:") and ":key/" in resource)
    decision = decide(
        AccessRequest(
            principal=principal_of(SESSION), action=action, resource=resource, context=Context(keys)
        ),
        ApplicablePolicies(
            identity=tuple(_policy(one) for one in identity),
            boundary=None if boundary is None else _policy(boundary),
            session=None if limits is None else (_policy(limits),),
            resource=None if attached is None else _policy(attached),
        ),
    )
    assert decision.unjudged == ()
    assert decision.allowed is naive.allowed(
        role=ROLE,
        session=SESSION,
        action=action,
        resource=resource,
        keys=keys,
        identity=identity,
        boundary=boundary,
        limits=limits,
        attached=attached,
        takes_its_own_word=own_word,
    )


def _policy(listed: list[dict[str, Any]]) -> ParsedPolicy:
    return parse_policy(json.dumps({"Version": "2012-10-17", "Statement": listed}))

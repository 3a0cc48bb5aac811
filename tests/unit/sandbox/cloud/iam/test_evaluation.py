"""The decision over all policies, by AWS's own examples.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.cloud.iam.context import Context
from sandbox.cloud.iam.document import ParsedPolicy, parse_policy
from sandbox.cloud.iam.evaluation import (
    NO_RESOURCE,
    AccessDecision,
    AccessRequest,
    ApplicablePolicies,
    PolicyKind,
    decide,
)
from sandbox.cloud.iam.grants import KeyGrant
from sandbox.cloud.iam.principal import principal_of

ACCOUNT = "123456789012"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"
CARLOS = f"arn:aws:iam::{ACCOUNT}:user/carlossalazar"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/reader"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/s"
OWN, LOGS = "amzn-s3-demo-bucket-carlossalazar", "amzn-s3-demo-bucket-carlossalazar-logs"
BUCKET = "arn:aws:s3:::b"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"


def policy(*statements: dict[str, Any]) -> ParsedPolicy:
    return parse_policy(json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Sid": "Allows", "Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Sid": "Denies", "Effect": "Deny"}


def ask(
    who: str, action: str, resource: str | None, policies: ApplicablePolicies, **context: str
) -> AccessDecision:
    told = Context({key.replace("__", ":"): value for key, value in context.items()})
    asker = principal_of(who, session="s")
    return decide(AccessRequest(principal=asker, action=action, resource=resource, context=told), policies)


CARLOS_HAS = ApplicablePolicies(
    identity=(
        policy(
            allow(["s3:GetBucketLocation", "s3:ListAllMyBuckets"], "arn:aws:s3:::*"),
            allow("s3:*", [f"arn:aws:s3:::{OWN}", f"arn:aws:s3:::{OWN}/*"]),
            deny("s3:*", "arn:aws:s3:::*log*"),
        ),
    ),
)


@pytest.mark.parametrize(
    ("action", "resource", "allowed", "explicit"),
    [
        ("s3:ListAllMyBuckets", "arn:aws:s3:::x", True, False),
        ("s3:PutObject", f"arn:aws:s3:::{OWN}/a", True, False),
        ("s3:PutObject", f"arn:aws:s3:::{LOGS}/a", False, True),
        ("s3:GetBucketLocation", f"arn:aws:s3:::{LOGS}", False, True),
        ("s3:PutObject", "arn:aws:s3:::another/a", False, False),
        ("ec2:DescribeInstances", NO_RESOURCE, False, False),
    ],
)
def test_the_example_of_carlos(action: str, resource: str, allowed: bool, explicit: bool) -> None:
    """An explicit denial is stronger than what another statement allows; what nobody names is denied."""
    decision = ask(CARLOS, action, resource, CARLOS_HAS)
    assert (decision.allowed, decision.explicit) == (allowed, explicit)
    assert decision.kind is (None if allowed else PolicyKind.IDENTITY)


SHIRLEY = f"arn:aws:iam::{ACCOUNT}:user/ShirleyRodriguez"
LIMITS = policy(allow(["s3:*", "cloudwatch:*", "ec2:*"]))


@pytest.mark.parametrize(
    ("action", "denied_by"),
    [
        ("iam:CreateUser", PolicyKind.BOUNDARY),
        ("ec2:RunInstances", PolicyKind.IDENTITY),
        ("s3:GetObject", None),
    ],
)
def test_the_example_of_shirley(action: str, denied_by: PolicyKind | None) -> None:
    """A boundary grants nothing, and what it does not name is denied whatever is attached.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    has = ApplicablePolicies(identity=(policy(allow(["iam:CreateUser", "s3:GetObject"])),), boundary=LIMITS)
    assert ask(SHIRLEY, action, "arn:aws:s3:::b/o", has).kind is denied_by


@pytest.mark.parametrize(
    ("named", "allowed", "denied_by"),
    [
        (ROLE, False, PolicyKind.BOUNDARY),
        (SESSION, True, None),
        ("*", True, None),
        (ROOT, False, PolicyKind.IDENTITY),
        (f"{ROLE}2", False, PolicyKind.IDENTITY),
    ],
)
def test_how_a_resource_names_a_role_decides_what_limits_it(
    named: str, allowed: bool, denied_by: PolicyKind | None
) -> None:
    """Boundaries limit what is given to a role's ARN, not what is given to the session or to everybody."""
    attached = policy(allow("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": named}))
    has = ApplicablePolicies(boundary=policy(allow("ec2:*")), resource=attached)
    decision = ask(ROLE, "s3:GetObject", f"{BUCKET}/o", has)
    assert (decision.allowed, decision.kind) == (allowed, denied_by)


def test_a_role_that_a_resource_names_needs_no_policy_of_its_own() -> None:
    """In one account, either of the two suffices."""
    attached = policy(allow("s3:GetObject", f"{BUCKET}/*", Principal={"AWS": ROLE}))
    assert ask(ROLE, "s3:GetObject", f"{BUCKET}/o", ApplicablePolicies(resource=attached)).allowed


@pytest.mark.parametrize(
    ("session", "denied_by"),
    [
        (None, None),
        ((policy(allow("s3:GetObject")),), None),
        ((policy(allow("s3:PutObject")),), PolicyKind.SESSION),
        ((), PolicyKind.SESSION),
        ((policy(allow("s3:*"), deny("s3:GetObject")),), PolicyKind.SESSION),
    ],
)
def test_a_session_policy_limits_its_session(
    session: tuple[ParsedPolicy, ...] | None, denied_by: PolicyKind | None
) -> None:
    """It gives nothing that the role has not."""
    has = ApplicablePolicies(identity=(policy(allow("s3:Get*")),), session=session)
    assert ask(ROLE, "s3:GetObject", f"{BUCKET}/o", has).kind is denied_by


EVERYTHING = (policy(allow("*")),)


@pytest.mark.parametrize(
    ("key_policy", "identity", "allowed"),
    [
        (policy(allow("kms:*", Principal={"AWS": ROOT})), EVERYTHING, True),
        (policy(allow("kms:*", Principal={"AWS": ROOT})), (), False),
        (policy(allow("kms:*", Principal={"AWS": f"{ROLE}2"})), EVERYTHING, False),
        (policy(allow("kms:Decrypt", Principal={"AWS": ROLE})), (), True),
        (policy(allow("kms:Encrypt", Principal={"AWS": ROLE})), EVERYTHING, False),
        (
            policy(allow("kms:*", Principal={"AWS": ROOT}), deny("kms:Decrypt", Principal="*")),
            EVERYTHING,
            False,
        ),
        (None, EVERYTHING, False),
    ],
)
def test_a_key_opens_to_nobody_whom_its_policy_does_not_let_in(
    key_policy: ParsedPolicy | None, identity: tuple[ParsedPolicy, ...], allowed: bool
) -> None:
    """KEY-1. Its account is let in by the key's policy, too: without that, IAM policies open nothing.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    has = ApplicablePolicies(identity=identity, resource=key_policy)
    assert ask(ROLE, "kms:Decrypt", KEY, has).allowed is allowed


def test_what_has_no_key_needs_no_key_policy() -> None:
    """ListKeys is for IAM alone."""
    assert ask(ROLE, "kms:ListKeys", NO_RESOURCE, ApplicablePolicies(identity=EVERYTHING)).allowed


def test_a_grant_opens_a_key() -> None:
    """Beside the key's policy, and for what it names."""
    has = ApplicablePolicies(grants=(KeyGrant(grantee=ROLE, operations=("Decrypt",)),))
    assert ask(ROLE, "kms:Decrypt", KEY, has).allowed
    assert ask(ROLE, "kms:Encrypt", KEY, has).kind is PolicyKind.RESOURCE


@pytest.mark.parametrize(
    ("who", "allowed"), [("ecs-tasks.amazonaws.com", True), ("lambda.amazonaws.com", False), (CARLOS, False)]
)
def test_a_role_is_assumed_by_whom_it_trusts(who: str, allowed: bool) -> None:
    """IAM-2. Whatever else they may."""
    trust = parse_policy(
        json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                    "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
                },
            }
        )
    )
    has = ApplicablePolicies(identity=EVERYTHING, resource=trust)
    decision = ask(who, "sts:AssumeRole", ROLE, has, aws__SourceAccount=ACCOUNT)
    assert decision.allowed is allowed
    assert not ask(who, "sts:AssumeRole", ROLE, has, aws__SourceAccount="999999999999").allowed


def test_the_account_itself_may_what_is_not_denied() -> None:
    """It has no identity-based policies; a policy of a resource can still deny."""
    assert ask(ROOT, "s3:GetObject", f"{BUCKET}/o", ApplicablePolicies()).allowed
    closed = ApplicablePolicies(resource=policy(deny("s3:*", Principal="*")))
    assert not ask(ROOT, "s3:GetObject", f"{BUCKET}/o", closed).allowed


@pytest.mark.parametrize(
    ("identity", "resource", "denied_by"),
    [(True, True, None), (True, False, PolicyKind.RESOURCE), (False, True, PolicyKind.IDENTITY)],
)
def test_across_accounts_both_sides_have_to_allow(
    identity: bool, resource: bool, denied_by: PolicyKind | None
) -> None:
    """Whatever way the asker is named."""
    queue = "arn:aws:sqs:us-east-1:999999999999:q"
    has = ApplicablePolicies(
        identity=EVERYTHING if identity else (),
        resource=policy(allow("sqs:*", queue, Principal={"AWS": ROLE})) if resource else None,
    )
    assert ask(ROLE, "sqs:SendMessage", queue, has).kind is denied_by


def test_a_bucket_of_another_account_is_told_so() -> None:
    """Its ARN does not say whose it is."""
    has = ApplicablePolicies(identity=EVERYTHING)
    asked = AccessRequest(
        principal=principal_of(ROLE), action="s3:GetObject", resource=f"{BUCKET}/o", account="999999999999"
    )
    assert decide(asked, has).kind is PolicyKind.RESOURCE


@pytest.mark.parametrize(
    ("statement", "resource", "allowed"),
    [
        (allow("s3:*", Condition={"StringSounds": {"a": "b"}}), BUCKET, False),
        (allow("s3:*", Unless="x"), BUCKET, False),
        (allow("s3:*", BUCKET), None, False),
        (allow("s3:*", "arn:aws:s3:b"), BUCKET, False),
        (allow("s3:*"), None, True),
    ],
)
def test_what_is_not_judged_allows_nothing(
    statement: dict[str, Any], resource: str | None, allowed: bool
) -> None:
    """An operator, an element, a resource, half an ARN: the decision names it."""
    decision = ask(ROLE, "s3:ListBucket", resource, ApplicablePolicies(identity=(policy(statement),)))
    assert decision.allowed is allowed
    assert bool(decision.unjudged) is not allowed


@pytest.mark.parametrize(
    "statement",
    [
        deny("s3:*", Condition={"StringSounds": {"a": "b"}}),
        deny("s3:*", Unless="x"),
        deny("s3:*", "arn:aws:s3:b"),
    ],
)
def test_what_is_not_judged_denies_what_it_might_deny(statement: dict[str, Any]) -> None:
    """Even where another statement allows everything."""
    decision = ask(
        ROLE, "s3:ListBucket", BUCKET, ApplicablePolicies(identity=(policy(allow("*"), statement),))
    )
    assert (decision.allowed, decision.explicit, bool(decision.unjudged)) == (False, True, True)


def test_what_is_not_judged_counts_only_where_it_decides() -> None:
    """Another statement that allows is enough, and so is a denial that cannot apply."""
    strange = {"Condition": {"StringSounds": {"a": "b"}}}
    has = policy(allow("s3:*", **strange), allow("s3:*"), deny("ec2:*", **strange))
    decision = ask(ROLE, "s3:ListBucket", BUCKET, ApplicablePolicies(identity=(has,)))
    assert (decision.allowed, decision.unjudged) == (True, ())


def test_an_unknown_kind_of_principal_is_not_judged() -> None:
    """A denial for users of an identity provider might be for this one."""
    attached = policy(deny("s3:*", Principal={"Federated": "accounts.google.com"}))
    assert not ask(
        ROLE, "s3:ListBucket", BUCKET, ApplicablePolicies(identity=EVERYTHING, resource=attached)
    ).allowed


def test_a_resource_policy_that_names_nobody_allows_nobody() -> None:
    """AWS does not take one."""
    assert not ask(ROLE, "s3:ListBucket", BUCKET, ApplicablePolicies(resource=policy(allow("s3:*")))).allowed


@pytest.mark.parametrize(("names", "allowed"), [([ROOT, ROLE, SESSION], True), ([ROLE], False)])
def test_notprincipal_denies_whom_it_does_not_name_wholly(names: list[str], allowed: bool) -> None:
    """As AWS warns."""
    attached = policy(deny("s3:*", NotPrincipal={"AWS": names}))
    decision = ask(ROLE, "s3:ListBucket", BUCKET, ApplicablePolicies(identity=EVERYTHING, resource=attached))
    assert decision.allowed is allowed


def test_a_decision_names_what_decided() -> None:
    """The policy and its statement."""
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:*")]})
    assert (
        ask(ROLE, "s3:x", BUCKET, ApplicablePolicies(identity=(parse_policy(text, "inline"),))).by
        == "inline/Allows"
    )

"""Who asks, and how policies name them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.cloud.iam.principal import PolicyReach, PrincipalKind, principal_element, principal_of

ACCOUNT = "arn:aws:iam::123456789012:root"
ROLE = "arn:aws:iam::123456789012:role/team/reader"
SESSION = "arn:aws:sts::123456789012:assumed-role/reader/one"
USER = "arn:aws:iam::123456789012:user/JohnDoe"
NOBODY, OF_ACCOUNT, OF_ROLE, THEMSELVES = (
    PolicyReach.NONE,
    PolicyReach.ACCOUNT,
    PolicyReach.ROLE,
    PolicyReach.SELF,
)


@pytest.mark.parametrize(
    ("element", "of_session", "of_user", "of_service"),
    [
        ("*", THEMSELVES, THEMSELVES, THEMSELVES),
        ({"AWS": "*"}, THEMSELVES, THEMSELVES, NOBODY),
        ({"AWS": ACCOUNT}, OF_ACCOUNT, OF_ACCOUNT, NOBODY),
        ({"AWS": "123456789012"}, OF_ACCOUNT, OF_ACCOUNT, NOBODY),
        ({"AWS": ["999999999999", ROLE]}, OF_ROLE, NOBODY, NOBODY),
        ({"AWS": SESSION}, THEMSELVES, NOBODY, NOBODY),
        ({"AWS": USER}, NOBODY, THEMSELVES, NOBODY),
        ({"AWS": f"{ROLE}s"}, NOBODY, NOBODY, NOBODY),
        ({"Service": "ecs-tasks.amazonaws.com"}, NOBODY, NOBODY, THEMSELVES),
        ({"AWS": ACCOUNT, "Service": "ec2.amazonaws.com"}, OF_ACCOUNT, OF_ACCOUNT, NOBODY),
    ],
)
def test_how_directly_a_principal_is_named(
    element: Any, of_session: PolicyReach, of_user: PolicyReach, of_service: PolicyReach
) -> None:
    """By account, role, or themselves; wildcards are none inside a name."""
    askers = (principal_of(ROLE, session="one"), principal_of(USER), principal_of("ecs-tasks.amazonaws.com"))
    assert [principal_element(element).reach(asker) for asker in askers] == [of_session, of_user, of_service]


@pytest.mark.parametrize(
    ("element", "exempt"),
    [
        ({"AWS": [ACCOUNT, ROLE, SESSION]}, True),
        ({"AWS": [ROLE, SESSION]}, False),
        ({"AWS": [ACCOUNT, ROLE]}, False),
        ({"Service": "ecs-tasks.amazonaws.com"}, False),
        ("*", True),
    ],
)
def test_notprincipal_needs_all_names_of_somebody(element: Any, exempt: bool) -> None:
    """Account, role and session, as AWS says."""
    assert principal_element(element).exempts(principal_of(ROLE, session="one")) is exempt


def test_a_service_is_left_out_by_its_name() -> None:
    """It has no account."""
    named = principal_element({"Service": ["ec2.amazonaws.com"]})
    assert named.exempts(principal_of("ec2.amazonaws.com"))
    assert not named.exempts(principal_of("ecs.amazonaws.com"))


@pytest.mark.parametrize(
    ("name", "kind", "keys"),
    [
        (USER, PrincipalKind.USER, {"aws:PrincipalArn": USER, "aws:username": "JohnDoe"}),
        (ROLE, PrincipalKind.ROLE, {"aws:PrincipalArn": ROLE, "aws:PrincipalAccount": "123456789012"}),
        (ACCOUNT, PrincipalKind.ROOT, {"aws:PrincipalArn": ACCOUNT, "aws:PrincipalType": "Account"}),
        ("ec2.amazonaws.com", PrincipalKind.SERVICE, {"aws:PrincipalIsAWSService": "true"}),
    ],
)
def test_what_aws_fills_in_about_who_asks(name: str, kind: PrincipalKind, keys: dict[str, str]) -> None:
    """Of a role's session, aws:PrincipalArn is the role."""
    asker = principal_of(name)
    assert asker.kind is kind
    assert asker.condition_keys().items() >= keys.items()


def test_a_session_is_read_from_its_own_arn_too() -> None:
    """It does not tell the path of its role, so this is for roles without one."""
    asker = principal_of(SESSION)
    assert (asker.arn, asker.session) == ("arn:aws:iam::123456789012:role/reader", SESSION)
    assert asker.spoken == SESSION


def test_what_names_nobody_is_refused() -> None:
    """A text other than `*` is no element; other kinds of principals are known to be unknown."""
    with pytest.raises(TypeError):
        principal_element("everybody")
    assert not principal_element({"Federated": "accounts.google.com"}).known

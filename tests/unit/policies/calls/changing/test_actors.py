"""Identities, and the persons that they stand for."""

from __future__ import annotations

import pytest

from policies.calls.changing.actors import identity_of, read_people
from policies.calls.changing.errors import UnprovenActorError

ACCOUNT = "123456789012"


def test_two_sessions_of_one_role_are_one_identity() -> None:
    """The name of a session is chosen by who assumes the role. GOV-5"""
    arns = [f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/{name}" for name in ("ada", "bob")]
    assert {identity_of(arn, ACCOUNT) for arn in arns} == {f"arn:aws:iam::{ACCOUNT}:role/deployer"}
    user = f"arn:aws:iam::{ACCOUNT}:user/team/ada"
    assert identity_of(user, ACCOUNT) == user


@pytest.mark.parametrize(
    "arn",
    [
        f"arn:aws:iam::{ACCOUNT}:root",
        f"arn:aws:sts::{ACCOUNT}:federated-user/ada",
        "arn:aws:iam::999999999999:user/ada",
        f"arn:aws:sts::{ACCOUNT}:user/ada",
        f"arn:aws:iam::{ACCOUNT}:assumed-role/deployer/ada",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer",
        f"arn:aws:sts::{ACCOUNT}:assumed-role/deployer/a/b",
        f"arn:aws:iam::{ACCOUNT}:user/ada\n",
        "",
    ],
)
def test_other_identities_are_nobody(arn: str) -> None:
    """Root, federated users, other accounts, and what is no identity."""
    with pytest.raises(UnprovenActorError):
        identity_of(arn, ACCOUNT)


def test_only_what_the_setting_names_stands_for_a_person() -> None:
    """One person may have several identities; a prefix, another kind or an unnamed one is nobody."""
    people = read_people('{"Ada": ["user/ada", "role/ada-admin"], "Bob": ["user/team/bob"]}')
    for name, person in (
        ("user/ada", "Ada"),
        ("role/ada-admin", "Ada"),
        ("user/team/bob", "Bob"),
        ("user/bob", None),
        ("user/adam", None),
        ("role/ada", None),
    ):
        assert people.person_of(f"arn:aws:iam::{ACCOUNT}:{name}") == person
    assert read_people("").person_of(f"arn:aws:iam::{ACCOUNT}:user/ada") is None

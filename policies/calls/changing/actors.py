"""Who makes a change: an identity of AWS, and the person that a setting maps it to. Pure.

Two sessions of one role are one identity. Where a second person has to agree, only identities that stand for
a person may draft, activate or roll back: otherwise one person with two identities could agree with herself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from policies.calls.changing.errors import UnprovenActorError

_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>iam|sts)::(?P<account>[0-9]{12}):"
    r"(?P<kind>user|assumed-role)/(?P<name>[A-Za-z0-9+=,.@_/-]{1,600})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """An identity: a user's ARN, or that of a role whatever its session is called.

    `person` is whom it stands for, None where no setting says. `nonce` is that of the proof, to be burnt.
    """

    identity: str
    person: str | None = None
    nonce: str | None = None


@dataclass(frozen=True, slots=True)
class People:
    """The setting: identities (`user/ada`, `role/deployer`) by person."""

    identities: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def person_of(self, identity: str) -> str | None:
        """Whom an identity stands for."""
        name = identity.split(":", 5)[5]
        return next((person for person, names in self.identities.items() if name in names), None)


def read_people(text: str) -> People:
    """The setting as the function has it: JSON, lists of identities by person. Raises ValueError."""
    return People({person: tuple(names) for person, names in json.loads(text or "{}").items()})


def identity_of(arn: str, account: str) -> str:
    """The identity behind the ARN that STS names: for a session that of its role, whose path STS leaves out.

    Raises UnprovenActorError for another account, root and federated users.
    """
    found = _ARN.fullmatch(arn)
    if found is None:
        raise UnprovenActorError("it is of an identity that is neither a user nor a role")
    if found["account"] != account:
        raise UnprovenActorError("it is of another account")
    if (found["kind"] == "user") != (found["service"] == "iam"):
        raise UnprovenActorError("it is of an identity that is neither a user nor a role")
    if found["kind"] == "user":
        return arn
    role, slash, session = found["name"].partition("/")
    if not slash or not session or "/" in session:
        raise UnprovenActorError("it is of an identity that is neither a user nor a role")
    return f"arn:{found['partition']}:iam::{account}:role/{role}"

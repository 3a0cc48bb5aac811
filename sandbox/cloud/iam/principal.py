"""Who asks, and how the `Principal` of a resource policy speaks of them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

_ROLE, _SESSION = ":role/", ":assumed-role/"


class PrincipalKind(StrEnum):
    """What somebody who asks is."""

    ROOT = "Account"
    USER = "User"
    ROLE = "AssumedRole"
    SERVICE = "AWSService"


class PolicyReach(IntEnum):
    """How directly a policy names somebody; the more directly, the less else has to allow."""

    NONE = 0
    ACCOUNT = 1
    """Their account, which leaves it to its own policies."""
    ROLE = 2
    """Their role: boundary and session policies still count."""
    SELF = 3
    """They themselves, or everybody: nothing else has to allow it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks. `arn` is what aws:PrincipalArn says (of a session, its role), or the name of a service.

    `session` is the ARN of a role's session, empty for others.
    """

    kind: PrincipalKind
    arn: str
    session: str = ""

    @property
    def account(self) -> str:
        """The account's number; empty for a service."""
        return "" if self.kind is PrincipalKind.SERVICE else self.arn.split(":")[4]

    @property
    def root(self) -> str:
        """The ARN of their account."""
        return f"arn:{self.arn.split(':')[1]}:iam::{self.account}:root"

    @property
    def spoken(self) -> str:
        """As AWS's messages name them."""
        return self.session or self.arn

    def condition_keys(self) -> dict[str, str]:
        """The condition keys that AWS fills in about who asks."""
        if self.kind is PrincipalKind.SERVICE:
            return {"aws:PrincipalIsAWSService": "true", "aws:PrincipalServiceName": self.arn}
        found = {
            "aws:PrincipalArn": self.arn,
            "aws:PrincipalAccount": self.account,
            "aws:PrincipalType": self.kind.value,
            "aws:PrincipalIsAWSService": "false",
        }
        if self.kind is PrincipalKind.USER:
            found["aws:username"] = self.arn.rpartition("/")[2]
        return found


def principal_of(name: str, *, session: str = "") -> Principal:
    """The principal of an ARN (a user, a role, an account's root), or of the name of an AWS service.

    `session` names a session of the role; without one, `arn` may be that of a session itself.
    """
    if not name.startswith("arn:"):
        return Principal(kind=PrincipalKind.SERVICE, arn=name)
    if name.endswith(":root"):
        return Principal(kind=PrincipalKind.ROOT, arn=name)
    if _SESSION in name:
        before, _, rest = name.partition(_SESSION)
        role = before.replace(":sts:", ":iam:") + _ROLE + rest.partition("/")[0]
        return Principal(kind=PrincipalKind.ROLE, arn=role, session=name)
    if _ROLE in name:
        before, _, path = name.partition(_ROLE)
        called = path.rpartition("/")[2]
        of = f"{before.replace(':iam:', ':sts:')}{_SESSION}{called}/{session}" if session else ""
        return Principal(kind=PrincipalKind.ROLE, arn=name, session=of)
    return Principal(kind=PrincipalKind.USER, arn=name)


@dataclass(frozen=True, slots=True)
class PrincipalElement:
    """The `Principal` of a statement. `known` is False if it has a kind that is not judged here."""

    everybody: bool
    aws: frozenset[str]
    services: frozenset[str]
    known: bool = True

    def reach(self, asker: Principal) -> PolicyReach:
        """How directly it names somebody."""
        if self.everybody:
            return PolicyReach.SELF
        if asker.kind is PrincipalKind.SERVICE:
            return PolicyReach.SELF if asker.arn in self.services else PolicyReach.NONE
        if "*" in self.aws or asker.session in self.aws:
            return PolicyReach.SELF
        if asker.arn in self.aws:
            return PolicyReach.ROLE if asker.kind is PrincipalKind.ROLE else PolicyReach.SELF
        if asker.account in self.aws or asker.root in self.aws:
            return PolicyReach.ACCOUNT
        return PolicyReach.NONE

    def exempts(self, asker: Principal) -> bool:
        """Whether, as a `NotPrincipal`, it leaves somebody out: every name that AWS has for them is in it."""
        if self.everybody:
            return True
        if asker.kind is PrincipalKind.SERVICE:
            return asker.arn in self.services
        names = {asker.arn, asker.root, *([asker.session] if asker.session else [])}
        return names <= self.aws


def principal_element(element: Any) -> PrincipalElement:
    """Read a `Principal` or `NotPrincipal`; raises TypeError for what is none."""
    if element == "*":
        return PrincipalElement(everybody=True, aws=frozenset(), services=frozenset())
    if not isinstance(element, Mapping):
        raise TypeError(element)
    return PrincipalElement(
        everybody=False,
        aws=frozenset(_many(element.get("AWS", ()))),
        services=frozenset(_many(element.get("Service", ()))),
        known=element.keys() <= {"AWS", "Service"},
    )


def _many(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)

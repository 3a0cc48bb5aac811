"""Who an access key belongs to, and the policies of that user or role, as they are in moto now."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from sandbox.cloud.iam.document import ParsedPolicy, parse_policy
from sandbox.cloud.iam.principal import Principal, principal_of

_SESSIONS = 4096
"""Sessions whose role is remembered; moto looks through all that there ever were."""

_NOTHING = ParsedPolicy(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks, and what is attached to them; `boundary` and `session` are None where there is none."""

    principal: Principal
    policies: tuple[ParsedPolicy, ...]
    boundary: ParsedPolicy | None
    session: tuple[ParsedPolicy, ...] | None = None


class Identities:
    """Finds identities of one account by access key. Raises PolicyDocumentError for a policy that is none."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._sessions: OrderedDict[str, Any] = OrderedDict()

    def find(self, access_key: str) -> Identity | None:
        """The user or the session of a role; None if the key is unknown, or its owner is gone."""
        iam = iam_backends[self._account]["aws"]
        key = iam.access_keys.get(access_key)
        if key is None:
            return None
        if key.user_name is not None:
            user = iam.users.get(key.user_name)
            return None if user is None else self._user(iam, user)
        session = self._session(access_key)
        role = None if session is None else _role(iam, session.role_arn)
        if session is None or role is None:
            return None
        return Identity(
            principal=principal_of(role.arn, session=session.session_name),
            policies=tuple(_attached(role)),
            boundary=_boundary(iam, role.permissions_boundary_arn),
            session=(parse_policy(session.policy, "session policy"),) if session.policy else None,
        )

    def _user(self, iam: Any, user: Any) -> Identity:
        groups = [group for group in tuple(iam.groups.values()) if user in group.users]
        return Identity(
            principal=principal_of(user.arn),
            policies=tuple(policy for owner in (user, *groups) for policy in _attached(owner)),
            boundary=_boundary(iam, getattr(user, "permissions_boundary_arn", None)),
        )

    def _session(self, access_key: str) -> Any:
        known = self._sessions.get(access_key)
        if known is None:
            sessions = tuple(sts_backends[self._account]["aws"].assumed_roles)
            known = next((one for one in reversed(sessions) if one.access_key_id == access_key), None)
            if known is not None:
                self._sessions[access_key] = known
                if len(self._sessions) > _SESSIONS:
                    self._sessions.popitem(last=False)
        return known


def _role(iam: Any, arn: str) -> Any:
    return next((role for role in tuple(iam.roles.values()) if role.arn == arn), None)


def _attached(owner: Any) -> Iterator[ParsedPolicy]:
    policies = owner.policies
    for name, text in tuple(policies.items()):
        yield parse_policy(text, name)
    for managed in tuple(owner.managed_policies.values()):
        yield _managed(managed)


def _managed(policy: Any) -> ParsedPolicy:
    version = next(one for one in policy.versions if one.version_id == policy.default_version_id)
    return parse_policy(version.document, policy.name)


def _boundary(iam: Any, arn: str | None) -> ParsedPolicy | None:
    """A boundary that does not exist allows nothing."""
    if not arn:
        return None
    policy = iam.managed_policies.get(arn)
    return _NOTHING if policy is None else _managed(policy)

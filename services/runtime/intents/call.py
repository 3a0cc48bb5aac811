"""A call, as the handler of its intent gets it: everything in it is proved or computed here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from services.runtime.deadline import Deadline

PayloadT = TypeVar("PayloadT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[PayloadT]):
    """One admitted call.

    `caller` signed it and governance granted it, for `tenant` if there is one. `proven` is false where tenant
    and `context` (the client's claims) come from a client that nobody authenticated. `idempotency_key` names
    the deed: a handler that is not safe to repeat runs once for it. `decision_id` and `policy_version` are
    those of the grant.
    """

    payload: PayloadT
    caller: str
    intent: str
    tenant: str | None
    context: Mapping[str, Any]
    proven: bool
    correlation_id: str
    deadline: Deadline
    idempotency_key: str | None
    decision_id: str
    policy_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What outgoing calls take over from the request that is being served."""

    tenant: str | None
    context: Mapping[str, Any]
    proven: bool
    deadline: Deadline | None
    authenticated: bool = False
    """Whether tenant and context are what the token of a client of the door says."""

    def vouches_for(self, tenant: str | None, context: Mapping[str, Any] | None) -> bool:
        """Whether a call with these, None for the origin's own, is proven.

        A service says of its caller's request what it likes, it signs for that; a client's token says but one
        thing, whatever else the client has told the service.
        """
        if not self.authenticated:
            return self.proven
        return tenant in (None, self.tenant) and (context is None or _same(context, self.context))


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether policies see the same in both: to Python, `True` equals 1."""
    try:
        return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    except (TypeError, ValueError):
        return False


NOBODY = Origin(tenant=None, context={}, proven=True, deadline=None)
"""Outside of any request: the service acts for itself."""

_origin: ContextVar[Origin] = ContextVar("call_origin", default=NOBODY)


def origin() -> Origin:
    """On whose behalf the code that runs now acts."""
    return _origin.get()


def act_for(origin: Origin) -> None:
    """Have what this task does from now on be on behalf of `origin`."""
    _origin.set(origin)

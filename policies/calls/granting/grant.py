"""A grant: the signed claim that a caller may, for seconds, do an intent on a callee. Pure.

`exp` counts from the moment at which the deciding version was last known to be current, not from now: a
forbid that is published is in force everywhere when this bound is over, however old the snapshot was.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime

from policies.calls.granting.keys import GrantKey, encoded

TIMED_SECONDS = 2
"""A grant's life where a rule that was evaluated looks at the time: a moment later it may say otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The claims, and no others. `issuer` is `<account>/<region>/<environment>`; times are epoch seconds."""

    issuer: str
    caller: str
    callee: str
    intent: str
    tenant: str | None
    question_hash: str
    policy_version: str
    decision_id: str
    issued_at: int
    expires_at: int

    def claims(self) -> dict[str, str | int]:
        """As the token has them."""
        claims: dict[str, str | int] = {
            "aud": self.callee,
            "exp": self.expires_at,
            "iat": self.issued_at,
            "int": self.intent,
            "iss": self.issuer,
            "jti": self.decision_id,
            "pv": self.policy_version,
            "qh": self.question_hash,
            "sub": self.caller,
        }
        return claims if self.tenant is None else claims | {"ten": self.tenant}


def lifetime(
    *, now: datetime, confirmed: datetime, bound_seconds: float, looks_at_time: bool
) -> tuple[int, int] | None:
    """`iat` and `exp` of a grant, or None if it would be over before it begins.

    `confirmed` is when the deciding version was last confirmed to be current; it may be later than `now` only
    by the resolution of clocks.
    """
    issued, until = now.timestamp(), confirmed.timestamp() + bound_seconds
    if looks_at_time:
        until = min(until, issued + TIMED_SECONDS)
    begin = math.floor(issued)
    end = min(math.floor(until), begin + math.floor(bound_seconds))
    return (begin, end) if end > begin else None


def sign_grant(grant: Grant, key: GrantKey) -> str:
    """The grant as a JWS in compact form (RFC 7515)."""
    payload = encoded(json.dumps(grant.claims(), separators=(",", ":"), sort_keys=True).encode())
    signed = f"{key.header}.{payload}"
    return f"{signed}.{encoded(key.private.sign(signed.encode()))}"

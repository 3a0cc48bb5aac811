"""Why a decision is as it is, and what that says: docs/governance.md has the meaning of each.

Whoever sorts decisions by their codes does it by the table below, so that a new code has one place. What a
service may do with them is in services/runtime/governance/reason_codes.py; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum


class ReasonCode(StrEnum):
    """Why a call is allowed or denied. Only `permitted` allows."""

    PERMITTED = "permitted"
    FORBIDDEN = "forbidden"
    NO_PERMIT = "no_permit"
    POLICY_ERROR = "policy_error"
    STORE_UNAVAILABLE = "store_unavailable"
    STALE_SNAPSHOT = "stale_snapshot"
    CLOCK_SKEWED = "clock_skewed"
    UNKNOWN_SERVICE = "unknown_service"
    UNKNOWN_INTENT = "unknown_intent"
    UNKNOWN_TARGET = "unknown_target"
    CALLER_MISMATCH = "caller_mismatch"
    GRANT_UNAVAILABLE = "grant_unavailable"
    INVALID_REQUEST = "invalid_request"
    INTERNAL_ERROR = "internal_error"


class ReasonKind(Enum):
    """What a reason code says of the policies and of the request."""

    JUDGED = "the policies decided"
    FAILED = "the policies were asked, and one of them failed"
    UNKNOWN = "the request names what is not declared"
    REFUSED = "the request is none that could be judged"
    UNAVAILABLE = "governance is in trouble: nothing is said of the request, and asking later may help"


REASON_KINDS: Mapping[ReasonCode, ReasonKind] = {
    ReasonCode.PERMITTED: ReasonKind.JUDGED,
    ReasonCode.FORBIDDEN: ReasonKind.JUDGED,
    ReasonCode.NO_PERMIT: ReasonKind.JUDGED,
    ReasonCode.POLICY_ERROR: ReasonKind.FAILED,
    ReasonCode.UNKNOWN_SERVICE: ReasonKind.UNKNOWN,
    ReasonCode.UNKNOWN_INTENT: ReasonKind.UNKNOWN,
    ReasonCode.UNKNOWN_TARGET: ReasonKind.UNKNOWN,
    ReasonCode.CALLER_MISMATCH: ReasonKind.REFUSED,
    ReasonCode.INVALID_REQUEST: ReasonKind.REFUSED,
    ReasonCode.STORE_UNAVAILABLE: ReasonKind.UNAVAILABLE,
    ReasonCode.STALE_SNAPSHOT: ReasonKind.UNAVAILABLE,
    ReasonCode.CLOCK_SKEWED: ReasonKind.UNAVAILABLE,
    ReasonCode.GRANT_UNAVAILABLE: ReasonKind.UNAVAILABLE,
    ReasonCode.INTERNAL_ERROR: ReasonKind.UNAVAILABLE,
}
"""The one table of them."""


def codes_of(*kinds: ReasonKind) -> frozenset[ReasonCode]:
    """The codes of these kinds."""
    return frozenset(code for code, kind in REASON_KINDS.items() if kind in kinds)

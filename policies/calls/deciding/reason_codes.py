"""Why a decision is as it is: docs/governance.md has the meaning of each."""

from __future__ import annotations

from enum import StrEnum


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

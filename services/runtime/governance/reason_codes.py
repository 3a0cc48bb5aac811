"""The reason codes of decisions, sorted by what they say to a service.

Services share no code with the governance function: these are the names in its answers, docs/governance.md. A
test compares the two tables.
"""

from __future__ import annotations

from typing import Literal, get_args

OwnReason = Literal[
    "governance_unreachable", "governance_throttled", "governance_error", "governance_timeout"
]
"""Why the client itself denies: governance gave no answer to go by."""

JUDGED = frozenset({"permitted", "forbidden", "no_permit"})
"""The policies decided, so the decision holds for equal questions while they are in force."""

UNAVAILABLE = frozenset(get_args(OwnReason)) | {
    "store_unavailable",
    "stale_snapshot",
    "clock_skewed",
    "internal_error",
    "grant_unavailable",
}
"""Governance itself is in trouble: nothing is said of the request, and asking later may help."""

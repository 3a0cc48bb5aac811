"""Reads governance's answer, and turns whatever is not a whole and fitting answer into a denial. Pure.

Fail closed: there is one way to `allowed`, and every doubt leads away from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from services.orbit.models import Decision

OwnReason = Literal["governance_unreachable", "governance_error", "governance_timeout"]

UNAVAILABLE = frozenset(
    {
        "governance_unreachable",
        "governance_error",
        "governance_timeout",
        "store_unavailable",
        "stale_snapshot",
        "clock_skewed",
        "internal_error",
    }
)
"""Reason codes that say nothing about the request: governance itself is in trouble, and asking later may
help.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May `service` do `intent` on `target`?"""

    service: str
    intent: str
    target: str
    tenant: str | None
    correlation_id: str

    def payload(self) -> dict[str, Any]:
        """The request as the governance function takes it."""
        payload: dict[str, Any] = {
            "service": self.service,
            "intent": self.intent,
            "target": self.target,
            "correlation_id": self.correlation_id,
        }
        if self.tenant is not None:
            payload["tenant"] = self.tenant
        return payload


def denied(question: Question, reason_code: OwnReason, reason: str) -> Decision:
    """A denial of Orbit's own, because governance gave no answer to go by."""
    return Decision(
        allowed=False,
        reason=reason,
        reason_code=reason_code,
        service=question.service,
        intent=question.intent,
        target=question.target,
        correlation_id=question.correlation_id,
    )


def read_decision(question: Question, answer: object) -> Decision:
    """The decision in governance's `answer` (a decoded JSON value) to `question`.

    An answer that is incomplete, contradicts itself or belongs to another question is the denial
    `governance_error`.
    """
    if not isinstance(answer, Mapping):
        return denied(question, "governance_error", "governance answered something that is not a decision")
    try:
        decision = Decision.model_validate(answer)
    except ValidationError as error:
        fields = sorted({str(item["loc"][0]) for item in error.errors(include_input=False) if item["loc"]})
        reason = (
            f"governance answered without a valid {', '.join(f'`{name}`' for name in fields) or 'decision'}"
        )
        return denied(question, "governance_error", reason)
    asked = (question.service, question.intent, question.target, question.correlation_id)
    if (decision.service, decision.intent, decision.target, decision.correlation_id) != asked:
        return denied(question, "governance_error", "governance answered another question than was asked")
    if decision.allowed and (problem := _doubt(decision, answer)):
        return denied(question, "governance_error", f"governance allowed it, but {problem}")
    return decision


def _doubt(decision: Decision, answer: Mapping[str, Any]) -> str | None:
    """Why a permission is not to be trusted, or None."""
    if decision.reason_code != "permitted":
        return f"for the reason `{decision.reason_code}`"
    if not decision.policies:
        return "named no policy that permits it"
    if not decision.policy_version or not decision.decision_id:
        return "did not say by which version of the policies"
    if answer.get("errors"):
        return "reported errors in policies"
    return None

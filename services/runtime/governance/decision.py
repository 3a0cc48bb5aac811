"""The question, and how governance's answer is read. Pure.

Fail closed: an answer that is incomplete, or does not fit the question, is a denial. There is one way to
`allowed`, and every doubt leads away from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.runtime import correlation
from services.runtime.governance.reason_codes import OwnReason


def _correlation_id() -> str:
    return correlation.current() or correlation.new_id()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQuestion:
    """May `service` do `intent` on `target`?

    Without a target, governance takes the one service that the caller declares to call with this intent.
    `context` holds claims of the caller, as the schema of the policies names them. Without a correlation id
    it is that of the request being served, or a new one.
    """

    service: str
    intent: str
    target: str | None = None
    tenant: str | None = None
    context: Mapping[str, Any] | None = None
    unproven: bool = False
    correlation_id: str = field(default_factory=_correlation_id)

    def payload(self) -> dict[str, Any]:
        """The request as the governance function takes it."""
        payload: dict[str, Any] = {
            "service": self.service,
            "intent": self.intent,
            "correlation_id": self.correlation_id,
        }
        optional: dict[str, Any] = {"target": self.target, "tenant": self.tenant, "context": self.context}
        if self.unproven:
            optional["unproven"] = True
        return payload | {name: value for name, value in optional.items() if value is not None}


class Decision(BaseModel):
    """What governance decided.

    Without an answer of governance it is a denial of the client's own, with its reason code.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    allowed: bool
    reason: str
    reason_code: str = Field(min_length=1, max_length=64)
    policies: list[str] = Field(default_factory=list, description="Ids of the policies that determined it")
    policy_version: str | None = None
    decision_id: str | None = None
    evaluated_at: str | None = None
    service: str
    intent: str
    target: str | None = None
    correlation_id: str | None = None
    # a grant is a secret: it is in no representation, and in nothing that is written or answered
    grant: str | None = Field(default=None, exclude=True, repr=False)
    grant_expires_at: int | None = Field(default=None, exclude=True, repr=False)
    grant_reusable: bool = Field(default=False, exclude=True, repr=False)


def denied(question: CallQuestion, reason_code: OwnReason, reason: str) -> Decision:
    """A denial of the client's own, because governance gave no answer to go by."""
    return Decision(
        allowed=False,
        reason=reason,
        reason_code=reason_code,
        service=question.service,
        intent=question.intent,
        target=question.target,
        correlation_id=question.correlation_id,
    )


def read_decision(question: CallQuestion, answer: object) -> Decision:
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
    asked = (question.service, question.intent, question.correlation_id)
    other_target = question.target is not None and decision.target != question.target
    if other_target or (decision.service, decision.intent, decision.correlation_id) != asked:
        return denied(question, "governance_error", "governance answered another question than was asked")
    if decision.allowed and (problem := _doubt(decision, answer)):
        return denied(question, "governance_error", f"governance allowed it, but {problem}")
    return decision


def _doubt(decision: Decision, answer: Mapping[str, Any]) -> str | None:
    """Why a permission is not to be trusted, or None."""
    if decision.reason_code != "permitted":
        return f"for the reason `{decision.reason_code}`"
    if decision.target is None:
        return "did not say on which service"
    if not decision.policies:
        return "named no policy that permits it"
    if not decision.policy_version or not decision.decision_id:
        return "did not say by which version of the policies"
    if answer.get("errors"):
        return "reported errors in policies"
    return None

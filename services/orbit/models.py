"""What Orbit takes and answers, as its OpenAPI document shows it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.runtime.calls.answer import CallAnswer
from services.runtime.governance import Decision
from services.runtime.requests.problems import ProblemDetails
from services.runtime.settings import Label


class DispatchRequest(BaseModel):
    """Work to dispatch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intent: Label = Field(description="What to do", examples=["reason"])
    target: Label | None = Field(
        default=None, description="The service to call; by default the one declared for the intent"
    )
    tenant: str | None = Field(
        default=None, min_length=1, max_length=128, description="The tenant on whose behalf it is asked"
    )
    input: str | None = Field(default=None, max_length=16_384, description="Passed on to the target")


class TargetHeartbeat(BaseModel):
    """The target's sign of life, as Orbit reads it; further members are passed on."""

    model_config = ConfigDict(frozen=True, extra="allow")

    service: str
    instance: str
    sequence: int
    at: str
    status: str
    stamp: str


class TargetRequest(BaseModel):
    """The part of a dispatch that is sent to the target."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intent: Label
    tenant: str | None
    input: str | None


class TargetAnswer(CallAnswer):
    """The members of a target's answer that Orbit reads."""

    heartbeat: TargetHeartbeat | None = None
    result: dict[str, JsonValue] = Field(default_factory=dict)


class Latency(BaseModel):
    """Where the time went, in milliseconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    governance: float
    target: float = Field(description="The call of the target, with all its attempts")
    total: float


class DispatchAnswer(BaseModel):
    """The work was allowed and done."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    correlation_id: str
    intent: str
    target: str
    decision: Decision
    heartbeat: TargetHeartbeat | None = Field(description="Of a target that gives one")
    result: dict[str, JsonValue]
    latency_ms: Latency


class Denial(ProblemDetails):
    """A problem that says what governance decided, and by which policies."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"additionalProperties": False})

    status: Literal[403] = Field(description="The HTTP status code")
    reason_code: str
    policies: list[str]
    policy_version: str | None = None
    decision_id: str | None = None


def denial_members(decision: Decision) -> dict[str, Any]:
    """The members of a denial besides those of every problem; what governance did not say is left out."""
    members: dict[str, Any] = {"reason_code": decision.reason_code, "policies": decision.policies}
    if decision.policy_version is not None:
        members["policy_version"] = decision.policy_version
    if decision.decision_id is not None:
        members["decision_id"] = decision.decision_id
    return members

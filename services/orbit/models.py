"""What Orbit takes and answers, as its OpenAPI document shows it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.runtime.governance.decision import Decision
from services.runtime.settings import IntentName, Label


class DispatchRequest(BaseModel):
    """Work to dispatch."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intent: IntentName = Field(description="What to do", examples=["reason"])
    target: Label | None = Field(
        default=None, description="The service to call; by default the one declared for the intent"
    )
    payload: JsonValue = Field(default_factory=dict, description="Passed on to the target as it is")
    tenant: str | None = Field(
        default=None, min_length=1, max_length=128, description="The tenant on whose behalf it is asked"
    )
    context: dict[str, JsonValue] = Field(
        default_factory=dict, description="Claims that the target's intent declares as attributes"
    )


class Latency(BaseModel):
    """Where the time went, in milliseconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    governance: float
    target: float = Field(description="The call of the target, with all its attempts")
    total: float


class DispatchAnswer(BaseModel):
    """The work was allowed and done. `result` is the target's answer, whatever it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    correlation_id: str
    intent: str
    target: str
    decision: Decision
    result: Any
    latency_ms: Latency

"""What Axon takes and answers, as its OpenAPI document shows it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class ReasonRequest(BaseModel):
    """A request to reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: str | None = Field(default=None, max_length=16_384, description="What to reason about")


class Heartbeat(BaseModel):
    """A sign of life that only this service can have made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service: str
    instance: str = Field(description="Random id of the process")
    sequence: int = Field(ge=1, description="Grows by one with each heartbeat of the instance")
    at: str = Field(description="When, ISO 8601 in UTC with microseconds")
    status: Literal["alive"]
    stamp: str = Field(
        pattern=r"^[0-9a-f]{64}$", description="HMAC-SHA256 over the other members, see docs/sigv4.md"
    )


class ReasonResult(BaseModel):
    """The result of reasoning. The reference workload acknowledges its input, and neither stores nor repeats
    it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    conclusion: Literal["acknowledged"]
    input_characters: int = Field(ge=0)


class ReasonAnswer(BaseModel):
    """The answer to a request to reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    heartbeat: Heartbeat
    result: ReasonResult

"""Orbit's settings: those of every service, the governance function, and how long to wait for what."""

from __future__ import annotations

from pydantic import Field

from services.runtime.settings import RuntimeSettings


class OrbitSettings(RuntimeSettings):
    """`governance_function` is the ARN of the function's alias; times are in seconds."""

    governance_function: str = Field(alias="GOVERNANCE_FUNCTION", min_length=1)
    dispatch_seconds: float = Field(alias="DISPATCH_TIMEOUT_SECONDS", gt=0, le=60, default=8.0)
    governance_seconds: float = Field(alias="GOVERNANCE_TIMEOUT_SECONDS", gt=0, le=60, default=4.0)
    attempt_seconds: float = Field(alias="TARGET_ATTEMPT_SECONDS", gt=0, le=60, default=2.0)

"""Axon's settings: those of every service, and the key of its heartbeats."""

from __future__ import annotations

from pydantic import Field, SecretStr

from services.runtime.settings import RuntimeSettings


class AxonSettings(RuntimeSettings):
    """`heartbeat_key` is the secret `<environment>/axon/heartbeat-key`, set by ECS."""

    heartbeat_key: SecretStr = Field(alias="HEARTBEAT_KEY", min_length=16)

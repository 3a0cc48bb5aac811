"""Axon: reasons for the services that declare the call, and shows that it lives."""

from __future__ import annotations

from pydantic import Field, SecretStr

from services.axon.heartbeat import Heart
from services.axon.models import ReasonAnswer, ReasonRequest, ReasonResult
from services.runtime import Call, Service
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry.metrics import Metric

service = Service(title="Axon", description="Reasons for the services that declare the call.")


class AxonSettings(RuntimeSettings):
    """`heartbeat_key` is the secret `<environment>/axon/heartbeat-key`, set by ECS."""

    heartbeat_key: SecretStr = Field(alias="HEARTBEAT_KEY", min_length=16)


hearts: list[Heart] = []


@service.on_start
async def start() -> None:
    """Have a heart; a missing key ends the start."""
    key = service.settings(AxonSettings).heartbeat_key.get_secret_value().encode()
    hearts[:] = [Heart(service="axon", instance=service.instance, key=key)]


@service.intent("reason")
async def reason(call: Call[ReasonRequest]) -> ReasonAnswer:
    """Reason, and give a sign of life. The reference workload only counts the characters."""
    beat = hearts[0].beat()
    service.metrics.log(
        "heartbeat sent",
        [Metric(name="Heartbeats", value=1)],
        caller=call.caller,
        instance=beat.instance,
        sequence=beat.sequence,
    )
    result = ReasonResult(conclusion="acknowledged", input_characters=len(call.payload.input or ""))
    return ReasonAnswer(heartbeat=beat, result=result)

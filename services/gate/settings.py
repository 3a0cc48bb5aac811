"""Settings of a gate: those of every service, and where its application is."""

from __future__ import annotations

from pydantic import Field, Json, SecretStr

from services.runtime.settings import RuntimeSettings

_LOOPBACK = r"^http://(127\.0\.0\.1|localhost):[0-9]{1,5}$"


class GateSettings(RuntimeSettings):
    """`application_url` is where the application listens, `gate_url` where it finds the gate for its calls.

    Both are of the task's own loopback. `ingress` are the paths of its clients' door. `token` is known to the
    two of them alone.
    """

    application_url: str = Field(alias="APPLICATION_URL", pattern=_LOOPBACK)
    application_health: str = Field(alias="APPLICATION_HEALTH", pattern=r"^/[!-~]*$", default="/health")
    application_health_seconds: float = Field(alias="APPLICATION_HEALTH_SECONDS", gt=0, le=60, default=1.0)
    gate_url: str = Field(alias="GATE_URL", pattern=_LOOPBACK)
    ingress: Json[tuple[str, ...]] = Field(alias="INGRESS", default=())
    token: SecretStr = Field(alias="GATE_TOKEN", min_length=32, max_length=256)

    @property
    def calls_port(self) -> int:
        """The port of the application's calls."""
        return int(self.gate_url.rpartition(":")[2])

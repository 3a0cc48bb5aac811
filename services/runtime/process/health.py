"""`GET /health`: whether this process should be given requests, and the state of what it depends on.

A dependency in trouble makes a service `degraded`, not unhealthy: restarting a caller does not repair the
service that it calls, and a health check that fails with a dependency takes down everything above it at
once. Only a process that is stopping answers 503, and a gate whose application does not answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from services.runtime.process.lifecycle import Lifecycle
from services.runtime.settings import RuntimeSettings
from services.runtime.signing.keys import SigningKeys


class Dependency(BaseModel):
    """One thing that the service needs, and how it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Literal["ok", "degraded"]
    detail: str = Field(description="In words, for a person")


class ProcessHealth(BaseModel):
    """State of one process of a service."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Literal["ok", "degraded", "unhealthy", "draining"]
    service: str
    environment: str
    version: str = Field(description="Image tag")
    instance: str = Field(description="Random id of this process")
    uptime_seconds: float
    dependencies: dict[str, Dependency]


Probe = Callable[[], Mapping[str, Dependency]]


def signing_key_probe(keys: SigningKeys) -> Probe:
    """A probe: for each peer, whether its signing key is loaded, and whether the last refresh failed."""

    def probe() -> dict[str, Dependency]:
        found = {}
        for peer in keys.peers:
            age, failure = keys.age(peer), keys.failure(peer)
            if age is None:
                state = Dependency(status="degraded", detail="not loaded")
            elif failure is not None:
                state = Dependency(
                    status="degraded", detail=f"read {age:.0f} s ago; the last refresh failed: {failure.code}"
                )
            else:
                state = Dependency(status="ok", detail=f"read {age:.0f} s ago")
            found[f"signing-key:{peer}"] = state
        return found

    return probe


class HealthEndpoint:
    """Answers `GET /health` out of the settings, the lifecycle and the probes."""

    def __init__(
        self, *, settings: RuntimeSettings, lifecycle: Lifecycle, probes: tuple[Probe, ...] = ()
    ) -> None:
        self._settings = settings
        self._lifecycle = lifecycle
        self._probes = probes

    def state(self) -> ProcessHealth:
        """The state now."""
        dependencies: dict[str, Dependency] = {}
        for probe in self._probes:
            for name, state in probe().items():
                # two probes may know one name: a peer that calls and is called has two keys
                if name not in dependencies or state.status != "ok":
                    dependencies[name] = state
        degraded = any(dependency.status != "ok" for dependency in dependencies.values())
        return ProcessHealth(
            status="draining" if self._lifecycle.draining else "degraded" if degraded else "ok",
            service=self._settings.service,
            environment=self._settings.environment,
            version=self._settings.version,
            instance=self._lifecycle.instance,
            uptime_seconds=round(self._lifecycle.uptime(), 3),
            dependencies=dependencies,
        )

    async def __call__(self, _request: Request) -> Response:
        """200, or 503 when the process is stopping."""
        state = self.state()
        status = 503 if state.status == "draining" else 200
        return Response(state.model_dump_json(), status_code=status, media_type="application/json")

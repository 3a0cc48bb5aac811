"""Axon's composition root."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.routing import Route

from services.axon.heartbeat import Heart
from services.axon.reason import OPERATION, ReasonEndpoint
from services.axon.settings import AxonSettings
from services.runtime.application import ServiceParts, build, configure
from services.runtime.process.aws import SecretsManager
from services.runtime.signing.keys import SecretReader

DESCRIPTION = "Reasons for the services that declare the call, and shows that it lives."


def create_app(environ: Mapping[str, str] | None = None, *, secrets: SecretReader | None = None) -> Starlette:
    """Axon, configured from `environ` (the process's environment). Raises `ServiceSettingsError`.

    `secrets` reads signing keys; AWS Secrets Manager unless given.
    """
    settings = configure(AxonSettings, environ)
    return assemble(settings, secrets=secrets or SecretsManager.connect(region=settings.region))


def assemble(settings: AxonSettings, *, secrets: SecretReader) -> Starlette:
    """Axon out of its settings and the edge it needs; changes nothing outside of itself."""
    parts = ServiceParts.of(settings, secrets=secrets)
    heart = Heart(
        service=settings.service,
        instance=parts.lifecycle.instance,
        key=settings.heartbeat_key.get_secret_value().encode(),
    )
    endpoint = ReasonEndpoint(heart=heart, metrics=parts.metrics)
    return build(
        parts,
        title="Axon",
        description=DESCRIPTION,
        operations=[OPERATION],
        routes=[Route("/reason", endpoint.__call__, methods=["POST"])],
    )

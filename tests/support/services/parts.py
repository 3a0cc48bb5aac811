"""The parts of a service that tests build applications with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from services.runtime.calls.http import HttpAnswer
from services.runtime.parts import Edges, ServiceParts
from services.runtime.process.lifecycle import Lifecycle
from services.runtime.settings import RuntimeSettings
from services.runtime.telemetry.tracing import Exporter, NoExporter, Span
from tests.support.services.doubles import SecretsInMemory

SETTINGS = RuntimeSettings(
    MYELIN_SERVICE="tested", MYELIN_ENVIRONMENT="dev", MYELIN_VERSION="1.0", AWS_REGION="eu-central-1"
)


@dataclass
class ExportedSpans:
    """An exporter that keeps what it is given."""

    spans: list[Span] = field(default_factory=list)

    def export(self, span: Span) -> None:
        self.spans.append(span)

    def close(self) -> None: ...


class NoHttp:
    """No other service is called."""

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> HttpAnswer:
        raise AssertionError(f"called {url}")

    async def close(self) -> None: ...


def service_parts(
    settings: RuntimeSettings = SETTINGS,
    *,
    secrets: SecretsInMemory | None = None,
    exporter: Exporter | None = None,
) -> ServiceParts:
    """The parts of a service whose instance is `me`; its traces go to `exporter`, by default nowhere."""
    edges = Edges(secrets=secrets or SecretsInMemory(), http=NoHttp(), spans=exporter or NoExporter())
    return replace(ServiceParts.of(settings, edges), lifecycle=Lifecycle(instance="me"))

"""The parts of a service's process, out of its settings and the edges to AWS and other services."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Self

from services.runtime.calls.caller import Bulkhead, ServiceCaller, Wanted
from services.runtime.calls.exchange import SignedExchange
from services.runtime.calls.http import AioHttpClient, HttpClient
from services.runtime.deadline import Deadline
from services.runtime.errors import GrantKeysError
from services.runtime.governance.client import AsyncGovernance
from services.runtime.governance.grants import Decider, Grants
from services.runtime.grants.key_set import GrantKeySet
from services.runtime.idempotency.table import IdempotencyTable
from services.runtime.intents.call import origin
from services.runtime.process import aws
from services.runtime.process.blocking import BlockWatch
from services.runtime.process.health import Dependency, Probe, signing_key_probe
from services.runtime.process.lambda_client import LambdaClient
from services.runtime.process.lateness import Lateness
from services.runtime.process.leaks import LeakWatch
from services.runtime.process.lifecycle import Lifecycle
from services.runtime.requests.admission import Admission
from services.runtime.settings import RuntimeSettings
from services.runtime.signing.keys import SecretReader, SigningKeys
from services.runtime.telemetry import otlp, xray
from services.runtime.telemetry.metrics import Metrics
from services.runtime.telemetry.tracing import Exporter, Tracer

if TYPE_CHECKING:
    from services.runtime.clients.doorkeeper import Doorkeeper


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """What a process reaches the outside through. `lambdas` and `dynamodb` are botocore clients or None."""

    secrets: SecretReader
    http: HttpClient
    lambdas: Any = None
    dynamodb: Any = None
    spans: Exporter | None = None
    """Where traces go; by default to the X-Ray daemon that the settings name, if they do."""

    @classmethod
    def of(cls, settings: RuntimeSettings) -> Self:
        """Those of the environment: AWS, and HTTP through the mesh. Only what the settings need."""
        # a little more than the wait for governance, which is what shall end a call
        waits = aws.Timeouts(connect=settings.governance_seconds, read=settings.governance_seconds + 0.5)
        records = aws.Timeouts(connect=1.0, read=2.0)
        region = settings.region
        return cls(
            secrets=aws.SecretsManager.connect(region=region),
            http=AioHttpClient(),
            lambdas=LambdaClient.connect(region=region, timeouts=waits, pool=settings.governance_concurrency)
            if settings.governance_function
            else None,
            dynamodb=aws.client("dynamodb", region=region, timeouts=records, pool=settings.concurrency)
            if settings.idempotency_table
            else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceParts:
    """What a composed service has. `caller_keys` verify requests that come in, `call_keys` sign calls;
    `clients` authenticates those of the door, if the service asks for that.
    """

    settings: RuntimeSettings
    lifecycle: Lifecycle
    metrics: Metrics
    tracer: Tracer
    caller_keys: SigningKeys
    call_keys: SigningKeys
    grant_keys: GrantKeySet
    clients: Doorkeeper | None
    admission: Admission
    deeds: IdempotencyTable | None
    governance: Decider
    caller: ServiceCaller
    http: HttpClient
    lateness: Lateness

    @classmethod
    def of(cls, settings: RuntimeSettings, edges: Edges) -> Self:
        """Compose them; nothing is read or sent yet."""
        tracer = Tracer(
            service=settings.service,
            exporter=edges.spans or _exporter(settings),
            sample_rate=settings.trace_sample_rate,
        )
        callers = {caller.service: caller for caller in settings.callers}
        caller_keys = SigningKeys(
            reader=edges.secrets,
            secret_ids={name: caller.signing_secret for name, caller in callers.items()},
        )
        call_keys = SigningKeys(
            reader=edges.secrets, secret_ids={call.service: call.signing_secret for call in settings.calls}
        )
        grant_keys = GrantKeySet(reader=edges.secrets, secret_id=settings.grant_keys)
        governance = AsyncGovernance(
            client=edges.lambdas,
            function=settings.governance_function,
            tracer=tracer,
            timeout_seconds=settings.governance_seconds,
            threads=settings.governance_concurrency,
        )
        metrics = Metrics(service=settings.service, environment=settings.environment)
        lateness = Lateness()
        exchange = SignedExchange(
            caller=settings.service,
            region=settings.region,
            keys=call_keys,
            http=edges.http,
            tracer=tracer,
            attempt_seconds=settings.attempt_seconds,
            late=lateness.since,
        )
        return cls(
            settings=settings,
            lifecycle=Lifecycle(),
            metrics=metrics,
            tracer=tracer,
            caller_keys=caller_keys,
            call_keys=call_keys,
            grant_keys=grant_keys,
            clients=_clients(settings, edges),
            admission=Admission(
                service=settings.service,
                issuer=settings.grant_issuer,
                region=settings.region,
                callers={name: frozenset(caller.intents) for name, caller in callers.items()},
                keys=caller_keys,
                grant_keys=grant_keys,
                bound_seconds=settings.grant_bound_seconds,
            ),
            deeds=IdempotencyTable(client=edges.dynamodb, table=settings.idempotency_table)
            if edges.dynamodb is not None
            else None,
            governance=governance,
            caller=ServiceCaller(
                service=settings.service,
                calls=settings.calls,
                grants=Grants(governance=governance),
                exchange=exchange,
                keys=call_keys,
                metrics=metrics,
                bulkhead=Bulkhead(at_once=settings.call_concurrency),
            ),
            http=edges.http,
            lateness=lateness,
        )

    async def call(
        self,
        service: str,
        intent: str,
        payload: Any,
        *,
        tenant: str | None = None,
        context: Mapping[str, Any] | None = None,
        idempotency_key: str | None = None,
        seconds: float | None = None,
    ) -> Any:
        """The JSON value that another service answers, on behalf of the request that this task serves.

        `tenant` and `context` are others in the place of that request's, unproven where a client's token says
        something else. `seconds` is the most that it may take. Raises what `ServiceCaller.call` raises.
        """
        acting = origin()
        due = Deadline.within(seconds or self.settings.request_seconds, now=time.monotonic())
        if acting.deadline is not None:
            due = min(due, acting.deadline, key=lambda one: one.at)
        called = await self.caller.call(
            Wanted(
                service=service,
                intent=intent,
                payload=payload,
                tenant=acting.tenant if tenant is None else tenant,
                context=acting.context if context is None else context,
                proven=acting.vouches_for(tenant, context),
                idempotency_key=idempotency_key,
            ),
            due,
        )
        return called.answer

    def loads(self) -> Sequence[Callable[[], Awaitable[None]]]:
        """What has to be read before the service is ready."""
        return (
            self.caller_keys.load,
            self.call_keys.load,
            *((self.grant_keys.load,) if self.settings.intents else ()),
            *((self.clients.load,) if self.clients else ()),
        )

    def background(self) -> list[Callable[[], Awaitable[None]]]:
        """What keeps on while it runs: keys are read again, public keys of grants within the bound."""
        seconds = self.settings.key_refresh_seconds
        again: list[Callable[[], Awaitable[None]]] = [
            partial(self.caller_keys.refresh_forever, seconds),
            partial(self.call_keys.refresh_forever, seconds),
            self.lateness.watch_forever,
            BlockWatch().watch_forever,
            LeakWatch().watch_forever,
        ]
        if self.settings.intents:
            again.append(partial(self.grant_keys.refresh_forever, self.settings.grant_bound_seconds))
        if self.clients:
            again.extend(self.clients.background(seconds))
        return again

    def probes(self) -> tuple[Probe, ...]:
        """What `/health` tells of the service's dependencies."""
        return (
            signing_key_probe(self.caller_keys),
            signing_key_probe(self.call_keys),
            self._probe_breakers,
            *((self._probe_grant_keys,) if self.settings.intents else ()),
            *((self.clients.probe,) if self.clients else ()),
        )

    async def close(self) -> None:
        """Close all edges."""
        close = getattr(self.governance, "close", None)
        if close is not None:
            close()
        await self.http.close()
        self.tracer.close()

    def _probe_breakers(self) -> dict[str, Dependency]:
        states = {service: breaker.state for service, breaker in self.caller.breakers.items()}
        return {
            f"circuit-breaker:{service}": Dependency(
                status="ok" if state == "closed" else "degraded", detail=state.replace("_", "-")
            )
            for service, state in states.items()
        }

    def _probe_grant_keys(self) -> dict[str, Dependency]:
        try:
            count = len(self.grant_keys.keys())
        except GrantKeysError as error:
            return {"grant-keys": Dependency(status="degraded", detail=error.message)}
        return {"grant-keys": Dependency(status="ok", detail=f"{count} known")}


def _clients(settings: RuntimeSettings, edges: Edges) -> Doorkeeper | None:
    # only who authenticates clients pays for what does that
    if settings.client_identities is not None:
        from services.runtime.clients.identities import IdentityAuthenticator  # noqa: PLC0415

        return IdentityAuthenticator(
            identities=settings.client_identities,
            audience=f"{settings.grant_issuer}/{settings.service}",
            region=settings.region,
            sts=aws.sts_endpoint(settings.region),
            http=edges.http,
            max_body_bytes=settings.max_body_bytes,
        )
    if settings.clients is None:
        return None
    from services.runtime.clients.authentication import ClientAuthenticator  # noqa: PLC0415
    from services.runtime.clients.token import TrustedIssuer  # noqa: PLC0415

    return ClientAuthenticator(
        reader=edges.secrets,
        secret_id=settings.clients.keys,
        trusted=TrustedIssuer(
            issuer=settings.clients.issuer,
            audience=settings.clients.audience,
            tenant_claim=settings.clients.tenant_claim,
            claims=settings.clients.claims,
        ),
    )


def _exporter(settings: RuntimeSettings) -> Exporter:
    """Where traces go: to a collector of OpenTelemetry if one is named, else to the X-Ray daemon."""
    if settings.otlp_endpoint:
        return otlp.exporter(
            settings.otlp_endpoint,
            service=settings.service,
            environment=settings.environment,
            version=settings.version,
        )
    return xray.exporter(settings.xray_daemon_address)

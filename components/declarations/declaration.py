"""One service's declaration as frozen values; the shape alone, rules across keys are in checks.py."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from components.declarations.deployment import DeploymentDeclaration
from components.declarations.rotation import RotationKind, SecretDeclaration

GATE = "gate"
"""The image, the container and the repository of the gate."""
GATE_TOKEN = "gate-token"  # noqa: S105 - the name of a secret
GATE_TOKEN_PURPOSE = "by which the gate and the application of a task know each other"  # noqa: S105
CLIENT_KEYS = "client-keys"
"""The secret with the keys of clients' tokens: whoever runs the service puts the issuer's JWK Set into it."""
CLIENT_KEYS_PURPOSE = "JWK Set of the issuer of clients' tokens"
APPLICATION_PORT = 9080
"""Where an application behind the gate listens, unless it says otherwise."""
CALLS_PORT = 9081
"""Where it makes its calls: the gate's, on the task's loopback alone."""

_LABEL = r"^[a-z]([a-z0-9-]*[a-z0-9])?$"

ServiceName = Annotated[
    str, Field(pattern=_LABEL, max_length=20, description="a DNS label in lower case, at most 20 characters")
]
"""20 characters, because `<env>-2<service>` names a target group, and those have at most 32."""

SecretName = Annotated[
    str, Field(pattern=_LABEL, max_length=40, description="words in lower case joined by hyphens")
]
HttpPath = Annotated[
    str,
    Field(pattern=r"^/[A-Za-z0-9_.~/*-]*$", max_length=128, description="an absolute path such as `/health`"),
]
Intent = Annotated[
    str,
    Field(pattern=r"^[a-z][a-z0-9_-]*$", max_length=64, description="a word in lower case such as `reason`"),
]

AttributeName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=64, description="a name such as `amount`"),
]

ClaimName = Annotated[
    str,
    Field(pattern=r"^[!-~]{1,128}$", description="the name of a claim"),
]

IdentityName = Annotated[
    str,
    Field(
        pattern=r"^(user/[A-Za-z0-9+=,.@_/-]+|role/[A-Za-z0-9+=,.@_-]+)$",
        max_length=512,
        description="an IAM user or role such as `role/shop`, a role without its path",
    ),
]

TenantName = Annotated[
    str,
    Field(pattern=r"^([!-~]+( [!-~]+)*)?$", max_length=128, description="a tenant, or an empty text"),
]

VariableName = Annotated[
    str,
    Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=64, description="a name in capitals such as `LOG_LEVEL`"),
]


class Tier(StrEnum):
    """The subnets that a service runs in."""

    PRIVATE = "private"
    """General workloads."""
    ISOLATED = "isolated"
    """No default route at all; AWS is reached through VPC endpoints only."""


class _Declaration(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class DeclaredHealthCheck(_Declaration):
    """Container and load balancer health check; times in seconds, within what both ECS and ALB accept.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """

    path: HttpPath = "/health"
    interval: int = Field(default=10, ge=5, le=300, description="seconds from 5 to 300")
    timeout: int = Field(default=5, ge=2, le=60, description="seconds from 2 to 60")
    retries: int = Field(default=3, ge=2, le=10, description="a number from 2 to 10")
    start_period: int = Field(default=10, ge=0, le=300, description="seconds from 0 to 300")


class Scaling(_Declaration):
    """How many tasks, and the average CPU (percent) that target tracking holds."""

    min: int = Field(default=2, ge=1, le=100, description="a number from 1 to 100")
    max: int = Field(default=6, ge=1, le=100, description="a number from 1 to 100")
    cpu_percent: int = Field(default=60, ge=10, le=90, description="a percentage from 10 to 90")


class Objectives(_Declaration):
    """The latency and error rate that the service promises its callers; errors over `window_days`."""

    latency_p99_ms: int = Field(default=500, ge=1, le=60_000, description="milliseconds from 1 to 60000")
    error_rate_percent: float = Field(
        default=5, gt=0, le=100, description="a percentage above 0, at most 100"
    )
    window_days: int = Field(default=30, ge=1, le=90, description="days from 1 to 90")


class ClientAuthentication(StrEnum):
    """How a service with ingress knows its client; without, tenant and claims of a request are unproven."""

    NONE = "none"
    SIGV4 = "sigv4"
    """With IAM credentials of the account: each request has a proof that STS confirms."""
    JWT = "jwt"
    """A bearer token, such as an OIDC issuer gives; its keys are in the secret `client-keys`."""


class Ingress(_Declaration):
    """Reached through the private load balancer on these paths (at most 5, the limit of one ALB rule).

    They are the clients' door: no grant is asked for there, and none of them is the path of an intent.
    """

    paths: tuple[HttpPath, ...] = Field(
        strict=False, min_length=1, max_length=5, description="a list of 1 to 5 paths"
    )
    client: ClientAuthentication = Field(
        default=ClientAuthentication.NONE, strict=False, description="`none`, `sigv4` or `jwt`"
    )
    issuer: str = Field(
        default="", max_length=256, pattern=r"^(https://[^\s]+)?$", description="an https URL, for `jwt`"
    )
    audience: str = Field(default="", max_length=256, description="the audience of tokens, for `jwt`")
    tenant_claim: ClaimName = Field(default="tenant", description="the name of a claim, for `jwt`")
    """The claim that names the tenant. A token without it is for no tenant."""
    claims: tuple[AttributeName, ...] = Field(
        default=(), strict=False, max_length=16, description="a list of at most 16 names, for `jwt`"
    )
    """Further claims that go along with the calls, for policies and handlers to look at."""
    identities: Mapping[IdentityName, TenantName] = Field(
        default={},
        max_length=100,
        description="a table of IAM identities and their tenants, for `sigv4`",
    )
    """Who may come in (`user/ada`, `role/shop`), and for which tenant; an empty text is for none."""


class IntentDeclaration(_Declaration):
    """An intent that the service offers to its callers, as `POST /<name>`.

    `safe_to_repeat`: asking twice does no more than asking once. `attributes` are the members of the payload,
    or claims of the client, that a policy may look at.
    """

    name: Intent
    safe_to_repeat: bool = Field(default=False, description="true or false")
    attributes: tuple[AttributeName, ...] = Field(
        default=(), strict=False, max_length=16, description="a list of at most 16 names"
    )


class Runtime(StrEnum):
    """What takes the calls of a service."""

    KIT = "kit"
    """The service itself, made with `services.runtime`."""
    GATE = "gate"
    """A process of ours beside it, for an image in any language."""


class CallDeclaration(_Declaration):
    """The service may ask another one for an intent."""

    service: ServiceName
    intent: Intent


class ServiceDeclaration(_Declaration):
    """A declared service; `name` is its folder's, `path` its service.toml."""

    name: ServiceName
    path: Path
    description: str = Field(min_length=1, max_length=200, description="text of 1 to 200 characters")
    tier: Tier = Field(strict=False, description="`private` or `isolated`")
    port: int = Field(ge=1024, le=49151, description="a port from 1024 to 49151")
    cpu: int = Field(description="a number of CPU units")
    memory: int = Field(description="a number of MiB")
    runtime: Runtime = Field(default=Runtime.KIT, strict=False, description="`kit` or `gate`")
    application_port: int | None = Field(
        default=None, ge=1024, le=49151, description='a port from 1024 to 49151, for `runtime = "gate"`'
    )
    health: DeclaredHealthCheck = DeclaredHealthCheck()
    scaling: Scaling = Scaling()
    objectives: Objectives = Objectives()
    deployment: DeploymentDeclaration = DeploymentDeclaration()
    ingress: Ingress | None = None
    intents: tuple[IntentDeclaration, ...] = Field(
        default=(), strict=False, description="tables `[[intents]]`"
    )
    calls: tuple[CallDeclaration, ...] = Field(default=(), strict=False, description="tables `[[calls]]`")
    secrets: Mapping[SecretName, SecretDeclaration] = Field(
        default={}, max_length=20, description="a table of names and what they are for"
    )
    environment: Mapping[VariableName, str] = Field(
        default={}, max_length=50, description="a table of names in capitals and texts"
    )

    @property
    def behind_gate(self) -> bool:
        """Whether the gate stands before the service: it has the service's port, and makes its calls."""
        return self.runtime is Runtime.GATE

    @property
    def own_port(self) -> int:
        """The port that the service's own process listens on."""
        return (self.application_port or APPLICATION_PORT) if self.behind_gate else self.port

    @property
    def front_container(self) -> str:
        """The container that has the service's port."""
        return GATE if self.behind_gate else self.name

    @property
    def front_health_path(self) -> str:
        """Where that container says how it is; the gate asks its application at the declared path."""
        return "/health" if self.behind_gate else self.health.path

    @property
    def smoke_paths(self) -> tuple[str, ...]:
        """What has to answer before a new release gets traffic, where the strategy can test it."""
        return self.deployment.smoke or (self.front_health_path,)

    @property
    def is_smoked_by_task(self) -> bool:
        """Whether its new tasks are asked one by one, at their addresses: no test listener leads to them."""
        return self.ingress is None and self.deployment.shifts

    @property
    def authenticates_clients(self) -> bool:
        """Whether the clients of its door need a token."""
        return self.ingress is not None and self.ingress.client is ClientAuthentication.JWT

    @property
    def injected_secrets(self) -> Mapping[str, str]:
        """The secrets that its containers get as variables."""
        own = {name: secret.purpose for name, secret in self.secrets.items()}
        return {**own, GATE_TOKEN: GATE_TOKEN_PURPOSE} if self.behind_gate else own

    @property
    def all_secrets(self) -> Mapping[str, str]:
        """Those, and the keys of clients' tokens, which the service reads itself, again and again."""
        keys = {CLIENT_KEYS: CLIENT_KEYS_PURPOSE} if self.authenticates_clients else {}
        return {**self.injected_secrets, **keys}

    def secret(self, name: str) -> SecretDeclaration:
        """How one of those is rotated; what is not declared is the platform's own."""
        if name in self.secrets:
            return self.secrets[name]
        kind = RotationKind.BY_HAND if name == CLIENT_KEYS else RotationKind.GENERATED
        return SecretDeclaration(purpose=self.all_secrets[name], rotate=kind)

    @property
    def does_deeds(self) -> bool:
        """Whether an intent of the service is not safe to repeat, so that its calls are recorded."""
        return any(not intent.safe_to_repeat for intent in self.intents)

    def intent(self, name: str) -> IntentDeclaration | None:
        """The intent of this name, if the service offers it."""
        return next((intent for intent in self.intents if intent.name == name), None)

    def secret_variable(self, secret: str) -> str:
        """The environment variable that carries a secret: `heartbeat-key` becomes `HEARTBEAT_KEY`."""
        return secret.upper().replace("-", "_")

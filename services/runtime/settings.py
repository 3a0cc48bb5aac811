"""Settings of a service, read from the environment (https://12factor.net/config).

The variables are the ones a task definition sets, so they are the same on AWS and in the sandbox. Plain
pydantic reads them: the environment is one flat mapping, and the settings library would add start time and
memory to each process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Json, StringConstraints, ValidationError

from services.runtime.errors import ServiceSettingsError

Label = Annotated[str, StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")]
"""A DNS label (RFC 1035): name of a service."""

IntentName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,63}$")]


class CallSettings(BaseModel):
    """A call this service may make: to which service, with which intent, at which URL, signed with which
    secret (ARN).
    """

    model_config = ConfigDict(frozen=True)

    service: Label
    intent: IntentName
    url: str = Field(pattern=r"^https?://[A-Za-z0-9.\[\]:-]+$")
    signing_secret: str = Field(min_length=1)
    safe_to_repeat: bool = False
    attributes: tuple[str, ...] = ()


class CallerSettings(BaseModel):
    """A service that may call this one, and the secret (ARN) that its requests are signed with."""

    model_config = ConfigDict(frozen=True)

    service: Label
    signing_secret: str = Field(min_length=1)
    intents: tuple[IntentName, ...] = ()


class IntentSettings(BaseModel):
    """An intent that this service declares to offer."""

    model_config = ConfigDict(frozen=True)

    name: IntentName
    safe_to_repeat: bool = False
    attributes: tuple[str, ...] = ()


class ClientSettings(BaseModel):
    """Whose tokens the clients of the door need; `keys` is the secret (ARN) with the issuer's JWK Set."""

    model_config = ConfigDict(frozen=True)

    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    keys: str = Field(min_length=1)
    tenant_claim: str = Field(min_length=1, default="tenant")
    claims: tuple[str, ...] = ()


class RuntimeSettings(BaseModel):
    """What every service is told. Each field's alias is the environment variable."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    service: Label = Field(alias="MYELIN_SERVICE")
    environment: Label = Field(alias="MYELIN_ENVIRONMENT")
    version: str = Field(alias="MYELIN_VERSION", min_length=1, max_length=128)
    region: str = Field(alias="AWS_REGION", pattern=r"^[a-z0-9-]{1,32}$")
    port: int = Field(alias="PORT", ge=1, le=65535, default=8080)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(alias="LOG_LEVEL", default="INFO")
    calls: Json[tuple[CallSettings, ...]] = Field(alias="CALLS", default=())
    callers: Json[tuple[CallerSettings, ...]] = Field(alias="CALLERS", default=())
    intents: Json[tuple[IntentSettings, ...]] = Field(alias="INTENTS", default=())
    clients: Json[ClientSettings] | None = Field(alias="CLIENTS", default=None)
    client_identities: Json[dict[str, str]] | None = Field(alias="CLIENT_IDENTITIES", default=None)
    governance_function: str = Field(alias="GOVERNANCE_FUNCTION", default="")
    grant_issuer: str = Field(alias="GRANT_ISSUER", default="")
    grant_keys: str = Field(alias="GRANT_KEYS", default="")
    grant_bound_seconds: float = Field(alias="GRANT_BOUND_SECONDS", gt=0, le=3600, default=30.0)
    idempotency_table: str = Field(alias="IDEMPOTENCY_TABLE", default="")
    governance_seconds: float = Field(alias="GOVERNANCE_TIMEOUT_SECONDS", gt=0, le=60, default=4.0)
    attempt_seconds: float = Field(alias="TARGET_ATTEMPT_SECONDS", gt=0, le=60, default=2.0)
    request_seconds: float = Field(alias="REQUEST_TIMEOUT_SECONDS", gt=0, le=60, default=8.0)
    concurrency: int = Field(alias="MAX_CONCURRENCY", ge=1, le=10_000, default=64)
    call_concurrency: int = Field(alias="MAX_CALLS", ge=1, le=10_000, default=32)
    governance_concurrency: int = Field(alias="GOVERNANCE_CONCURRENCY", ge=1, le=100, default=4)
    queue: int = Field(alias="MAX_QUEUE", ge=0, le=10_000, default=128)
    xray_daemon_address: str | None = Field(alias="AWS_XRAY_DAEMON_ADDRESS", default=None)
    otlp_endpoint: str = Field(
        alias="OTEL_EXPORTER_OTLP_ENDPOINT", pattern=r"^https?://[!-~]+$|^$", default=""
    )
    trace_sample_rate: float = Field(alias="TRACE_SAMPLE_RATE", ge=0, le=1, default=1.0)
    max_body_bytes: int = Field(alias="MAX_BODY_BYTES", ge=1, le=10_000_000, default=65_536)
    start_timeout_seconds: float = Field(alias="START_TIMEOUT_SECONDS", gt=0, le=300, default=30.0)
    key_refresh_seconds: float = Field(alias="SIGNING_KEY_REFRESH_SECONDS", gt=0, default=300.0)


SettingsT = TypeVar("SettingsT", bound=RuntimeSettings)


def read_settings(model: type[SettingsT], environ: Mapping[str, str]) -> SettingsT:
    """Settings of `model` out of `environ`; an empty variable counts as unset.

    Raises `ServiceSettingsError`, which names the first variable that is wrong, and after it the others.
    """
    aliases = [field.alias for field in model.model_fields.values() if field.alias]
    given = {alias: environ[alias] for alias in aliases if environ.get(alias)}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found: dict[str, str] = {}
        for detail in error.errors(include_input=False, include_context=False, include_url=False):
            variable, *inside = (str(part) for part in detail["loc"])
            where = f" at `{'.'.join(inside)}`" if inside else ""
            missing = detail["type"] == "missing" and not inside
            text = detail["msg"][:1].lower() + detail["msg"][1:]
            found.setdefault(variable, "is not set" if missing else f"is not valid{where}: {text}")
        first, *others = found
        raise ServiceSettingsError(first, found[first], others=tuple(others)) from error

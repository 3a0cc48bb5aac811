"""Clients of AWS services. The edge to botocore: other modules use only the clients that are made here.

botocore itself is used, not boto3: its resources and defaults are not needed and cost start time and memory.
Endpoint (AWS_ENDPOINT_URL), credentials (the task role) and proxies come from the environment, as with every
AWS SDK.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from services.runtime.errors import SecretUnavailableError
from services.runtime.signing.keys import SecretVersion, Stage
from services.runtime.telemetry import tracing


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Seconds to wait for a connection, and for each read from it."""

    connect: float = 2.0
    read: float = 5.0


def client(service: str, *, region: str, timeouts: Timeouts, pool: int = 10) -> Any:
    """A thread-safe botocore client with `pool` connections, which never retries: its caller decides about
    that.
    """
    config = Config(
        connect_timeout=timeouts.connect,
        read_timeout=timeouts.read,
        max_pool_connections=pool,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    made = botocore.session.get_session().create_client(service, region_name=region, config=config)
    made.meta.events.register(f"before-call.{service}", _add_tracing_header)
    return made


def _add_tracing_header(params: dict[str, Any], **_: Any) -> None:
    """Put the tracing header of the current span on a request to AWS, so that a Lambda function joins the
    trace.
    """
    span = tracing.current_span()
    if span is not None and span.trace_id:
        params["headers"]["X-Amzn-Trace-Id"] = span.header()


def sts_endpoint(region: str, environ: Mapping[str, str] | None = None) -> str:
    """The URL of the region's STS, as every SDK finds it; images have no description of that service."""
    given = os.environ if environ is None else environ
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return (
        given.get("AWS_ENDPOINT_URL_STS") or given.get("AWS_ENDPOINT_URL") or f"https://sts.{region}.{suffix}"
    )


class SecretsManager:
    """Reads secrets from AWS Secrets Manager. Calls block, so they belong on a thread."""

    def __init__(self, client: Any) -> None:
        """`client` is a botocore client of `secretsmanager`."""
        self._client = client

    @classmethod
    def connect(cls, *, region: str) -> Self:
        """With a client of its own."""
        return cls(client("secretsmanager", region=region, timeouts=Timeouts()))

    def read(self, secret_id: str, stage: Stage) -> SecretVersion | None:
        """The version of `secret_id` that carries `stage`; None when no version carries AWSPREVIOUS (never
        rotated).

        Raises `SecretUnavailableError`.
        https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
        """
        try:
            answer = self._client.get_secret_value(SecretId=secret_id, VersionStage=stage)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            if stage == "AWSPREVIOUS" and code in ("ResourceNotFoundException", "InvalidRequestException"):
                return None
            raise SecretUnavailableError(secret_id, code) from error
        except BotoCoreError as error:
            raise SecretUnavailableError(secret_id, type(error).__name__) from error
        return SecretVersion(version=answer["VersionId"], value=answer["SecretString"])

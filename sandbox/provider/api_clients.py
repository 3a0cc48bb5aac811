"""The AWS clients of the provider, for endpoints on this machine alone.

Every API call of the provider goes through `ApiClients.call`, which
- marks each mutating call with `X-Myelin-Operation: <operation id>/<n>`, n counting from 1 within an
  operation, so that the emulator can repeat its response when a step that was cut off is redone,
- derives the API's own idempotency tokens from the same pair, for the same reason,
- passes (service, operation, parameters, answer) to an optional observer,
- turns every failure into an ApiError.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from typing import Any

import botocore.config
import botocore.exceptions
import botocore.session
from botocore import xform_name

from sandbox.provider.errors import ApiError
from sandbox.provider.loopback import require_loopback

OPERATION_HEADER = "X-Myelin-Operation"

OnCall = Callable[[str, str, Mapping[str, Any], Mapping[str, Any]], None]
"""Observer of calls: service, boto3 method name, parameters as passed, parsed answer."""

_READING = ("Describe", "List", "Get", "Head", "BatchGet", "Query", "Scan", "Lookup", "Search", "Discover")
_UNANSWERED = (botocore.exceptions.HTTPClientError, botocore.exceptions.ConnectionError)
_TOKENS = uuid.UUID("6f0e1c1a-8f5e-5c2b-9d0e-2a8d7d0b7c11")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """Keys that sign the calls: those of an identity of the sandbox."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArnScope:
    """The parts that ARNs have in common: partition, region and account; and the DNS suffix."""

    partition: str
    region: str
    account: str
    dns_suffix: str


class _Counter:
    """Counts the mutating calls of one operation."""

    __slots__ = ("_numbers", "current", "operation_id")

    def __init__(self, operation_id: str) -> None:
        self.operation_id = operation_id
        self._numbers = count(1)
        self.current = ""

    def advance(self) -> str:
        self.current = f"{self.operation_id}/{next(self._numbers)}"
        return self.current


_operation: ContextVar[_Counter | None] = ContextVar("myelin_operation", default=None)


@contextmanager
def operation_scope(operation_id: str) -> Iterator[None]:
    """Count and mark the mutating calls made in this block (and thread) as those of one operation."""
    token = _operation.set(_Counter(operation_id))
    try:
        yield
    finally:
        _operation.reset(token)


def is_mutating(operation_name: str) -> bool:
    """Whether an API operation (`CreateVpc`) changes anything, judged by AWS's naming."""
    return not operation_name.startswith(_READING)


class ApiClients:
    """AWS clients of one endpoint and region, made on first use, safe to share between threads."""

    def __init__(
        self,
        *,
        endpoint: str,
        region: str,
        credentials: ClientCredentials,
        on_call: OnCall | None = None,
        read_timeout: float = 60,
        connections: int = 32,
    ) -> None:
        """Raises NotLoopbackError; nothing is sent before the first call.

        `read_timeout` is in seconds; `connections` is the size of each service's connection pool.
        """
        self.endpoint = require_loopback(endpoint)
        self.region = region
        self._on_call = on_call
        self._credentials = credentials
        self._lock = Lock()
        self._made: dict[str, Any] = {}
        self._identity: dict[str, Any] = {}
        self._identity_lock = Lock()
        self._config = botocore.config.Config(
            connect_timeout=2,
            read_timeout=read_timeout,
            max_pool_connections=connections,
            retries={"mode": "standard", "total_max_attempts": 2},
            proxies={},
            parameter_validation=True,
        )
        self._session = _isolated_session()

    def client(self, service: str) -> Any:
        """The client of a service (`ec2`, `elbv2`), made when it is first asked for."""
        made = self._made.get(service)
        if made is None:
            with self._lock:
                made = self._made.get(service)
                if made is None:
                    made = self._made[service] = self._make(service)
        return made

    def identity(self) -> dict[str, Any]:
        """The response of GetCallerIdentity (Account, Arn, UserId); asked once."""
        with self._identity_lock:
            if not self._identity:
                self._identity = self.call("sts", "get_caller_identity")
            return self._identity

    def arn_scope(self) -> ArnScope:
        """The partition, region and account that the calls act in."""
        partition = self._session.get_partition_for_region(self.region)
        return ArnScope(
            partition=partition,
            region=self.region,
            account=self.identity()["Account"],
            dns_suffix="amazonaws.com.cn" if partition == "aws-cn" else "amazonaws.com",
        )

    def input_shape(self, service: str, operation: str) -> Any:
        """Botocore's input shape of an operation, by its method name (`create_vpc`)."""
        client = self.client(service)
        return client.meta.service_model.operation_model(self._operation_name(client, operation)).input_shape

    def call(self, service: str, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Make one API call by its boto3 method name and return the parsed response; raises ApiError."""
        client = self.client(service)
        with self._errors_of(service, client, operation):
            answer: dict[str, Any] = getattr(client, operation)(**parameters)
        if self._on_call is not None:
            self._on_call(service, operation, parameters, answer)
        return answer

    def pages(self, service: str, operation: str, /, **parameters: Any) -> Iterator[dict[str, Any]]:
        """The answers of a listing call, page after page; raises ApiError."""
        client = self.client(service)
        if not client.can_paginate(operation):
            yield self.call(service, operation, **parameters)
            return
        pages = iter(client.get_paginator(operation).paginate(**parameters))
        while True:
            with self._errors_of(service, client, operation):
                page = next(pages, None)
            if page is None:
                return
            yield page

    @contextmanager
    def _errors_of(self, service: str, client: Any, operation: str) -> Iterator[None]:
        """Turn every failure of a call into an ApiError."""
        try:
            yield
        except botocore.exceptions.ClientError as error:
            details = error.response.get("Error", {})
            raise ApiError(
                call=f"{service}:{error.operation_name}",
                code=str(details.get("Code") or "Unknown"),
                detail=str(details.get("Message") or error),
            ) from error
        except botocore.exceptions.BotoCoreError as error:
            raise ApiError(
                call=f"{service}:{self._operation_name(client, operation)}",
                code=type(error).__name__.removesuffix("Error"),
                detail=str(error).strip(),
                unanswered=isinstance(error, _UNANSWERED),
            ) from error

    def close(self) -> None:
        """Close the pooled connections."""
        for made in list(self._made.values()):
            made.close()

    def _make(self, service: str) -> Any:
        credentials = self._credentials
        client = self._session.create_client(
            service,
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
            config=self._config,
        )
        client.meta.events.register_first("before-parameter-build", _number_call)
        client.meta.events.register("before-call", _mark_call)
        return client

    @staticmethod
    def _operation_name(client: Any, method: str) -> str:
        return str(client.meta.method_to_api_mapping.get(method, method))


def connect(
    endpoint: str, region: str, credentials: ClientCredentials, *, on_call: OnCall | None = None
) -> ApiClients:
    """Make the clients of an emulated AWS on this machine; raises NotLoopbackError before any connection."""
    return ApiClients(endpoint=endpoint, region=region, credentials=credentials, on_call=on_call)


def _isolated_session() -> Any:
    """Make a botocore session that ignores the user's AWS profile, configuration and credentials files."""
    # (name in a configuration file, in the environment, default, conversion)
    nowhere = (None, None, os.devnull, None)
    return botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": nowhere,
            "credentials_file": nowhere,
        }
    )


def _number_call(params: dict[str, Any], model: Any, **_: Any) -> None:
    """Take the next number for a mutating call and derive its idempotency tokens from it."""
    counter = _operation.get()
    if counter is None or not is_mutating(model.name):
        return
    key = counter.advance()
    for member in model.idempotent_members:
        params.setdefault(member, str(uuid.uuid5(_TOKENS, f"{key}/{xform_name(model.name)}")))


def _mark_call(params: dict[str, Any], model: Any, **_: Any) -> None:
    """Add the number as a header; retries of one call have the same."""
    counter = _operation.get()
    if counter is not None and is_mutating(model.name):
        params["headers"][OPERATION_HEADER] = counter.current

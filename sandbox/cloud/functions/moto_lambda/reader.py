"""Reads functions out of moto's Lambda model. Imports moto, so import this module late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.awslambda import models

from sandbox.cloud.functions.configuration import FunctionConfiguration
from sandbox.cloud.functions.executor import DeployedFunction

LATEST = "$LATEST"


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionUrl:
    """A function URL: its function, the ARN that it invokes, and its authentication (NONE or AWS_IAM)."""

    function: Any
    deployed: DeployedFunction
    arn: str
    auth_type: str
    account: str


def read_function(function: Any) -> DeployedFunction:
    """Read the configuration of a function; raises NotImplementedError for one that cannot be run."""
    if not runnable(function):
        raise NotImplementedError(f"running {function.run_time or 'container image'} functions")
    logging_config: dict[str, str] = function.logging_config
    configuration = FunctionConfiguration(
        name=function.function_name,
        version=str(function.version),
        arn=function.function_arn,
        region=function.region,
        role=function.role,
        runtime=function.run_time,
        handler=function.handler,
        code_sha256=function.code_digest,
        memory_size=int(function.memory_size),
        timeout=int(function.timeout),
        log_group=logging_config.get("LogGroup") or f"/aws/lambda/{function.function_name}",
        log_format=logging_config.get("LogFormat") or "Text",
        log_level=logging_config.get("ApplicationLogLevel"),
        in_vpc=bool((function.vpc_config or {}).get("SubnetIds")),
        traced=function.tracing_config.get("Mode") == "Active",
        environment=tuple(sorted((str(k), str(v)) for k, v in function.environment_vars.items())),
    )
    # a reservation belongs to the function, but moto keeps it with the version that is not published
    latest = backend_of(function).get_function(function.function_name)
    reserved = latest.reserved_concurrency
    return DeployedFunction(
        configuration=configuration,
        archive=function.code_bytes,
        reserved_concurrency=None if reserved is None else int(reserved),
    )


def runnable(function: Any) -> bool:
    """Whether a function is a Python archive."""
    return (
        function.package_type == "Zip"
        and str(function.run_time).startswith("python")
        and bool(getattr(function, "code_bytes", b""))
    )


def max_attempts(function: Any) -> int:
    """How often an asynchronous event is tried at most.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async.html
    """
    for configured in function.event_invoke_config:
        if "MaximumRetryAttempts" in configured.config:
            return int(configured.config["MaximumRetryAttempts"]) + 1
    return 3


def callable_functions() -> Iterator[tuple[DeployedFunction, bool]]:
    """All functions that can be called now: each as it is (False), and each version of an alias (True)."""
    for backend in _backends():
        for function in tuple(backend.list_functions()):
            if not runnable(function):
                continue
            yield read_function(function), False
            name = function.function_name
            versions = {alias.function_version for alias in backend.list_aliases(name)} - {LATEST}
            for version in sorted(versions):
                yield read_function(backend.get_function(name, version)), True


def find_url(url_id: str) -> FunctionUrl | None:
    """Find a function URL by its id, the first label of its host name on AWS."""
    for backend in _backends():
        for function in tuple(backend.list_functions()):
            config = function.url_config
            if config is None or config.url_id != url_id:
                continue
            target = backend.get_function(function.function_name, config.qualifier)
            arn = function.function_arn
            return FunctionUrl(
                function=target,
                deployed=read_function(target),
                arn=f"{arn}:{config.qualifier}" if config.qualifier else arn,
                auth_type=str(config.config.get("AuthType")),
                account=str(function.account_id),
            )
    return None


def backend_of(function: Any) -> Any:
    """The moto backend that a function lives in."""
    return models.lambda_backends[function.account_id][function.region]


def _backends() -> Iterator[Any]:
    for regions in tuple(models.lambda_backends.values()):
        yield from tuple(regions.values())

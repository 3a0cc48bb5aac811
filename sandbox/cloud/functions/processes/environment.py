"""The environment variables that Lambda gives to a process, as a value.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox.cloud.functions.configuration import FunctionConfiguration

VPC_VARIABLES = ("http_proxy", "no_proxy")
"""Of functions that stand in the VPC alone: the others reach nothing but AWS."""


def vpc_variables(door: str) -> dict[str, str]:
    """What leads a function to the load balancers of its VPC; `door` is a proxy's URL."""
    return dict(zip(VPC_VARIABLES, (door, "127.0.0.1,localhost"), strict=True))


def function_environment(
    configuration: FunctionConfiguration,
    *,
    log_stream: str,
    runtime_api: str,
    task_root: Path,
    runtime_folder: Path,
    credentials: Mapping[str, str],
    supplied: Mapping[str, str],
) -> dict[str, str]:
    """Build the whole environment of a function's process; nothing comes from the host's own.

    `supplied` stands for AWS (endpoint, X-Ray address, the way to load balancers) and has the sandbox's mark.
    It wins over the function's own variables, so that no configuration can lead a function off this machine,
    and so do Lambda's reserved names.
    """
    c = configuration
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        **dict(c.environment),
        "_HANDLER": c.handler,
        "LAMBDA_TASK_ROOT": str(task_root),
        "LAMBDA_RUNTIME_DIR": str(runtime_folder),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{c.runtime}",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_LAMBDA_FUNCTION_NAME": c.name,
        "AWS_LAMBDA_FUNCTION_VERSION": c.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(c.memory_size),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": c.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_LOG_FORMAT": c.log_format,
        "AWS_REGION": c.region,
        "AWS_DEFAULT_REGION": c.region,
        **credentials,
        **{name: value for name, value in supplied.items() if c.in_vpc or name not in VPC_VARIABLES},
    }
    if c.log_level is not None:
        environment["AWS_LAMBDA_LOG_LEVEL"] = c.log_level
    host, colon, port = supplied.get("AWS_XRAY_DAEMON_ADDRESS", "").partition(":")
    if colon:
        environment["_AWS_XRAY_DAEMON_ADDRESS"] = host
        environment["_AWS_XRAY_DAEMON_PORT"] = port
    return environment

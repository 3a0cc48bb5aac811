"""What the functions' tests share: configurations, archives, a sink in memory."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sandbox.cloud.functions.configuration import FunctionConfiguration
from sandbox.cloud.functions.executor import DeployedFunction
from sandbox.cloud.functions.invocation import Invocation
from tests.support.log_lines import LogLines

CONFIGURATION = FunctionConfiguration(
    name="f",
    version="1",
    arn="arn:aws:lambda:us-east-1:123456789012:function:f:1",
    region="us-east-1",
    role="arn:aws:iam::123456789012:role/r",
    runtime="python3.13",
    handler="app.handler",
    code_sha256="0" * 64,
    memory_size=128,
    timeout=5,
    log_group="/aws/lambda/f",
)


def archive(source: str, **files: str) -> bytes:
    """Zip a module `app` and other files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as bundle:
        bundle.writestr("app.py", source)
        for name, text in files.items():
            bundle.writestr(name, text)
    return buffer.getvalue()


@pytest.fixture
def zipped() -> Callable[..., bytes]:
    return archive


@pytest.fixture
def configuration() -> FunctionConfiguration:
    return CONFIGURATION


@pytest.fixture
def sink() -> LogLines:
    return LogLines()


@pytest.fixture
def deploy() -> Callable[..., DeployedFunction]:
    """Make a deployed function out of source text; keywords change its configuration."""

    def make(source: str, *, reserved: int | None = None, **changes: Any) -> DeployedFunction:
        data = archive(source)
        digest = hashlib.sha256(data).hexdigest()
        return DeployedFunction(
            configuration=replace(CONFIGURATION, code_sha256=digest, **changes),
            archive=data,
            reserved_concurrency=reserved,
        )

    return make


@pytest.fixture
def invocation() -> Callable[..., Invocation]:
    """Make a call with a number of its own."""
    numbers = iter(range(1, 10_000))

    def make(payload: bytes = b"{}", **changes: Any) -> Invocation:
        fields: dict[str, Any] = {
            "request_id": f"request-{next(numbers)}",
            "payload": payload,
            "invoked_arn": CONFIGURATION.arn,
            "trace": "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0",
        }
        return Invocation(**(fields | changes))

    return make

"""boto3 clients of moto, made once: making one takes longer than most requests to it."""

from __future__ import annotations

import functools
from typing import Any

import boto3

from sandbox.cloud.emulator.quirks import remember_modules


@functools.cache
def moto_session() -> boto3.Session:
    """The one session of all tests: a new one would read AWS's service models again for its first clients."""
    remember_modules()
    return boto3.Session(
        aws_access_key_id="testing", aws_secret_access_key="testing", region_name="us-east-1"
    )


@functools.cache
def moto_client(service: str) -> Any:
    """The client of a service; it reaches what `mock_aws` has at the time."""
    return moto_session().client(service)

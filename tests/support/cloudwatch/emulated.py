"""CloudWatch as the sandbox has it, in the test's own process; moto is put back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.cloudwatch.models import CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse

from sandbox.cloud.alarms import moto_alarms
from sandbox.cloud.metrics import moto_metrics
from sandbox.cloud.metrics.store import MetricStore

_REPLACED = ("put_metric_data", "get_metric_data", "get_metric_statistics", "list_metrics")


def client(service: str) -> Any:
    """A client of moto in this process."""
    return boto3.client(service, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")


@contextmanager
def emulated_cloudwatch() -> Iterator[Any]:
    """A client of CloudWatch with our metrics and alarms."""
    with pytest.MonkeyPatch.context() as patched:
        for name in _REPLACED:
            patched.setattr(CloudWatchResponse, name, getattr(CloudWatchResponse, name))
        patched.setattr(CloudWatchResponse, "put_composite_alarm", None, raising=False)
        patched.setattr(CloudWatchBackend, "put_metric_alarm", CloudWatchBackend.put_metric_alarm)
        patched.setattr(CloudWatchBackend, "_myelin_alarms", False, raising=False)
        moto_metrics.install(MetricStore())
        moto_alarms.install()
        with mock_aws():
            yield client("cloudwatch")

"""Segments in moto's X-Ray."""

from __future__ import annotations

import json
import time

import boto3
import pytest
from moto import mock_aws

from sandbox.cloud.emulator.locks import ServiceLocks
from sandbox.cloud.telemetry.moto_traces import MotoTraces


def test_segments_are_there_for_the_api_and_a_bad_one_costs_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """BatchGetTraces gives a segment that was stored behind one that is none; the log names that."""
    now = time.time()
    trace = f"1-{int(now):08x}-{1:024x}"
    good = json.dumps(
        {"name": "n", "id": "0" * 16, "trace_id": trace, "start_time": now, "end_time": now + 1}
    )
    with mock_aws():
        MotoTraces("us-east-1", ServiceLocks()).store(["[]", "{", good])
        xray = boto3.client("xray", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
        (found,) = xray.batch_get_traces(TraceIds=[trace])["Traces"]
    assert json.loads(found["Segments"][0]["Document"])["name"] == "n"
    assert caplog.text.count("a trace segment was refused") == 2

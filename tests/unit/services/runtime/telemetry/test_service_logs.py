from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.runtime.telemetry import logs
from services.runtime.telemetry.metrics import Metric, Metrics, embedded
from tests.support.services.doubles import Lines


def test_a_line_has_the_documented_keys_in_order(lines: Lines) -> None:
    """A log line starts with timestamp, level, service, message (OBS-2)."""
    before = datetime.now(UTC)
    logs.get_logger().info("work done", things=3, nothing=None)

    (line,) = lines.all()
    assert list(line) == ["timestamp", "level", "service", "message", "things"]
    assert line | {"timestamp": ""} == {
        "timestamp": "",
        "level": "info",
        "service": "tested",
        "message": "work done",
        "things": 3,
    }
    stamp = datetime.strptime(line["timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert before <= stamp <= datetime.now(UTC)
    assert len(line["timestamp"]) == len("2026-01-01T00:00:00.000000Z")


@pytest.mark.parametrize("key", ["authorization", "Signature", "heartbeat_key", "secret"])
def test_secrets_are_hidden(lines: Lines, key: str) -> None:
    """A value under a key that names a secret does not reach the log."""
    logs.get_logger().info("oops", **{key: "s3cr3t"})

    assert "s3cr3t" not in lines.stream.getvalue()
    assert lines.all()[0][key] == "[hidden]"


def test_libraries_write_the_same_lines(lines: Lines) -> None:
    """What a library logs becomes the same kind of line, a traceback inside it."""
    try:
        int("boom")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("it %s", "failed")
    logging.getLogger("botocore").info("chatter")

    (line,) = lines.all()
    assert (line["level"], line["message"], line["logger"]) == ("error", "it failed", "uvicorn.error")
    assert "ValueError: invalid literal" in line["exception"]


def test_every_line_says_of_which_version_it_is() -> None:
    """Our own lines, and those of libraries. OBS-2"""
    stream = io.StringIO()
    logs.configure(service="axon", stream=stream, version="1.2")
    logs.get_logger().info("ours")
    logging.getLogger("uvicorn.error").warning("theirs")
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [(line["message"], line["service"], line["version"]) for line in lines] == [
        ("ours", "axon", "1.2"),
        ("theirs", "axon", "1.2"),
    ]


def test_the_level_filters_but_not_metrics(lines: Lines) -> None:
    """LOG_LEVEL silences lines below it, never the lines that carry metrics (OBS-5)."""
    stream = io.StringIO()
    metrics = Metrics(service="axon", environment="dev", epoch_seconds=lambda: 12.5)
    logs.configure(service="axon", level="ERROR", stream=stream)

    logs.get_logger().warning("quiet")
    metrics.log("heartbeat sent", [Metric(name="Heartbeats", value=1)], sequence=4)

    (line,) = [json.loads(text) for text in stream.getvalue().splitlines()]
    assert line["message"] == "heartbeat sent"
    assert line["sequence"] == 4
    assert line["Heartbeats"] == 1


def test_a_broken_stream_does_not_break_the_program(capsys: pytest.CaptureFixture[str]) -> None:
    """When the log cannot be written, a library's log call still returns."""
    stream = io.StringIO()
    logs.configure(service="axon", stream=stream)
    stream.close()

    logging.getLogger("somewhere").warning("lost")
    assert "lost" in capsys.readouterr().err


def test_metrics_follow_the_embedded_metric_format() -> None:
    """An embedded-metric line has the members of the CloudWatch specification (AXN-1, OBS-5)."""
    found = embedded(
        [Metric(name="Latency", value=1.5, unit="Milliseconds"), Metric(name="Errors", value=0)],
        dimensions={"environment": "dev", "service": "axon"},
        timestamp_ms=7,
    )

    assert found == {
        "_aws": {
            "Timestamp": 7,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Myelin",
                    "Dimensions": [["environment", "service"]],
                    "Metrics": [
                        {"Name": "Latency", "Unit": "Milliseconds"},
                        {"Name": "Errors", "Unit": "Count"},
                    ],
                }
            ],
        },
        "environment": "dev",
        "service": "axon",
        "Latency": 1.5,
        "Errors": 0,
    }


def test_a_metric_may_have_a_dimension_of_its_own() -> None:
    """Metrics with further dimensions stand in a directive of their own, on the same line."""
    found = embedded(
        [
            Metric(name="Calls", value=1),
            Metric(name="CallLatency", value=2, unit="Milliseconds", dimensions={"target": "payments"}),
        ],
        dimensions={"service": "orders"},
        timestamp_ms=7,
    )

    assert found["_aws"]["CloudWatchMetrics"] == [
        {
            "Namespace": "Myelin",
            "Dimensions": [["service"]],
            "Metrics": [{"Name": "Calls", "Unit": "Count"}],
        },
        {
            "Namespace": "Myelin",
            "Dimensions": [["service", "target"]],
            "Metrics": [{"Name": "CallLatency", "Unit": "Milliseconds"}],
        },
    ]
    assert (found["Calls"], found["CallLatency"], found["target"]) == (1, 2, "payments")


@given(st.text(), st.dictionaries(st.text(min_size=1), st.text() | st.integers() | st.none()))
def test_whatever_is_logged_is_one_line_of_json(message: str, fields: dict[str, object]) -> None:
    """No text can break out of its line, nor replace the line's own keys."""
    line = logs.render(level="info", service="axon", message=message, fields=fields)

    assert "\n" not in line
    assert "\r" not in line
    decoded = json.loads(line)
    assert (decoded["level"], decoded["service"], decoded["message"]) == ("info", "axon", message)

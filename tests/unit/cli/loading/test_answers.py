"""What became of requests, one by one and together."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cli.loading.answers import Answered, LoadReport, latency_of, outcome_of


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, {"latency_ms": {"total": 2.5}}, "200"),
        (503, {"type": "urn:myelin:problem:busy"}, "503 busy"),
        (
            403,
            {"type": "urn:myelin:problem:denied-by-policy", "reason_code": "forbidden"},
            "403 denied-by-policy forbidden",
        ),
        (502, "no JSON object", "502"),
    ],
)
def test_an_outcome_has_status_problem_and_reason(status: int, body: Any, outcome: str) -> None:
    """Only what the answer says; the time by hop is that of a done request."""
    found, hops = outcome_of(status, json.dumps(body).encode())
    assert found == outcome
    assert hops == ({"total": 2.5} if status == 200 else {})


def test_an_answer_that_is_not_json_has_its_status() -> None:
    """A load balancer answers in plain text."""
    assert outcome_of(502, b"the task cannot be reached") == ("502", {})


def answered(outcome: str = "200", seconds: float = 0.1, **more: Any) -> Answered:
    return Answered(at=1.0, outcome=outcome, seconds=seconds, **more)


def test_the_report_counts_and_measures_what_was_done() -> None:
    """Latency is of the done requests alone; those told to come back count once each time."""
    report = LoadReport(
        concurrency=2,
        seconds=2.0,
        answers=[
            *(answered(seconds=n / 1000, hops={"target": 1.0}) for n in range(1, 101)),
            answered("503 busy", seconds=9.0, returned=3),
        ],
    )
    assert report.document() == {
        "requests": 101,
        "concurrency": 2,
        "seconds": 2.0,
        "done": 100,
        "per_second": 50.0,
        "told_to_come_back": 3,
        "outcomes": {"200": 100, "503 busy": 1},
        "latency_ms": {"p50": 51.0, "p95": 96.0, "p99": 100.0, "max": 100.0},
        "hops_ms": {"target": {"p50": 1.0, "p95": 1.0, "p99": 1.0, "max": 1.0}},
    }
    shown = "\n".join(report.lines())
    assert "done       100, 50.0 a second" in shown
    assert "not done   1: 503 busy" in shown
    assert "told 503   3 times" in shown


def test_nothing_done_has_no_latency() -> None:
    """No figure is made up."""
    report = LoadReport(concurrency=1, seconds=1.0, answers=[answered("503 busy")])
    assert (report.latency, report.per_second, report.document()["latency_ms"]) == (None, 0.0, None)
    assert latency_of([]) is None

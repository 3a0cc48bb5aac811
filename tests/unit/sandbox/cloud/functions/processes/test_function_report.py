"""START, END and REPORT lines, and Lambda's own error documents."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from sandbox.cloud.functions import invocation
from sandbox.cloud.functions.processes import report

AT = datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC)
USAGE = report.Usage(duration_ms=1.236, memory_size=128, memory_used=40)


def test_text_lines_are_worded_like_lambdas() -> None:
    """The lines can be read by whatever reads Lambda's."""
    assert report.start_line("id", "7", log_format="Text", at=AT) == "START RequestId: id Version: 7"
    assert report.end_lines("id", USAGE, status="success", log_format="Text", at=AT) == (
        "END RequestId: id",
        "REPORT RequestId: id\tDuration: 1.24 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 40 MB",
    )


def test_start_is_billed_and_reported_only_when_it_was_waited_for() -> None:
    """A cold start adds its own duration."""
    cold = report.Usage(duration_ms=1, memory_size=128, memory_used=40, init_ms=99.5)
    _, line = report.end_lines("id", cold, status="timeout", log_format="Text", at=AT)
    assert "Billed Duration: 101 ms" in line
    assert line.endswith("\tInit Duration: 99.50 ms\tStatus: timeout")


def test_json_lines_are_platform_events() -> None:
    """With the JSON log format each line is one document."""
    start = json.loads(report.start_line("id", "7", log_format="JSON", at=AT))
    assert start == {
        "time": "2026-01-02T03:04:05.678Z",
        "type": "platform.start",
        "record": {"requestId": "id", "version": "7"},
    }
    (line,) = report.end_lines("id", USAGE, status="error", log_format="JSON", at=AT)
    record = json.loads(line)["record"]
    assert record["status"] == "error"
    assert record["metrics"]["billedDurationMs"] == 2
    problem = json.loads(report.problem_line("id", "words", log_format="JSON", at=AT))
    assert (problem["level"], problem["message"]) == ("ERROR", "words")


def test_problem_in_text_starts_with_time_and_request() -> None:
    """The line of a timeout is worded like Lambda's."""
    line = report.problem_line("id", "Task timed out after 3.00 seconds", log_format="Text", at=AT)
    assert line == "2026-01-02T03:04:05.678Z id Task timed out after 3.00 seconds"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0, "Runtime exited without providing a reason"),
        (None, "Runtime exited without providing a reason"),
        (3, "Runtime exited with error: exit status 3"),
        (-9, "Runtime exited with error: signal: killed"),
        (-11, "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_end_of_a_process_is_named(code: int | None, words: str) -> None:
    """Exit codes and signals become Lambda's words."""
    assert invocation.exit_reason(code) == words
    document = json.loads(invocation.exit_document("id", code))
    assert document == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: id Error: {words}"}


def test_timeout_and_size_have_documents_of_their_own() -> None:
    """Both name their reason."""
    assert json.loads(invocation.timeout_document("id", 3)) == {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: id Error: Task timed out after 3.00 seconds",
    }
    assert (
        json.loads(invocation.too_large_document(7_000_000))["errorType"] == "Function.ResponseSizeTooLarge"
    )

from __future__ import annotations

import pytest

from services.runtime.requests.middleware import QUIET_PATHS
from tests.support.services.doubles import Lines
from tests.support.services.troubled_app import TroubledApp


@pytest.fixture
def troubled(lines: Lines) -> TroubledApp:
    return TroubledApp()


def test_each_request_is_logged_measured_and_traced(troubled: TroubledApp, lines: Lines) -> None:
    """One access line with latency and metrics, and one segment, with the correlation id (OBS-2, OBS-4)."""
    answer = troubled.client.get("/ok?token=hidden", headers={"x-correlation-id": "abc"})

    assert answer.headers["x-correlation-id"] == "abc"
    line = lines.named("request answered")
    assert (line["method"], line["path"], line["status"], line["correlation_id"]) == (
        "GET",
        "/ok",
        200,
        "abc",
    )
    assert line["latency_ms"] == line["RequestLatency"] >= 0
    assert (line["Requests"], line["RequestErrors"]) == (1, 0)
    (span,) = troubled.exported.spans
    assert line["trace_id"] == span.trace_id
    assert (span.annotations, span.status, span.url) == ({"correlation_id": "abc"}, 200, "/ok")
    assert "hidden" not in lines.stream.getvalue()


def test_a_defect_is_a_problem_without_details(troubled: TroubledApp, lines: Lines) -> None:
    """An exception becomes 500 with problem details; its text is in the log alone."""
    answer = troubled.client.get("/defect")

    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["type"] == "urn:myelin:problem:internal-error"
    assert "secret detail" not in answer.text
    assert "secret detail" in lines.named("request failed")["exception"]
    assert lines.named("request answered")["RequestErrors"] == 1


def test_half_an_answer_is_cut_off(troubled: TroubledApp, lines: Lines) -> None:
    """A defect after the answer has begun can only close the connection."""
    with pytest.raises(RuntimeError, match="in the middle"):
        troubled.client.get("/half")
    assert "request failed" in lines.messages()


def test_a_client_that_left_is_not_an_error(troubled: TroubledApp, lines: Lines) -> None:
    """A client that has left gets no answer; the log says 499."""
    with pytest.raises(AssertionError):
        troubled.client.get("/gone")
    assert lines.named("request answered")["status"] == 499


@pytest.mark.parametrize("path", sorted(QUIET_PATHS))
def test_health_checks_are_quiet(troubled: TroubledApp, lines: Lines, path: str) -> None:
    """What load balancers ask for is neither traced nor measured; it is a warning only when it fails."""
    troubled.client.get(path)
    troubled.parts.lifecycle.begin_drain()
    troubled.client.get(path)

    assert troubled.exported.spans == []
    first, second = (line for line in lines.all() if line["message"] == "request answered")
    assert (first["level"], second["level"]) == ("debug", "warning")
    assert "Requests" not in first | second

from __future__ import annotations

import pytest

from services.runtime.requests import problems
from tests.support.services.doubles import Lines
from tests.support.services.troubled_app import TroubledApp


@pytest.fixture
def troubled(lines: Lines) -> TroubledApp:
    return TroubledApp()


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("POST", "/ok", 405, "method-not-allowed"),
        ("GET", "/large", 413, "request-too-large"),
        ("GET", "/teapot", 418, "teapot"),
    ],
)
def test_every_error_is_problem_details(
    troubled: TroubledApp, method: str, path: str, status: int, slug: str
) -> None:
    """Errors have one shape (RFC 9457): type, title, status, detail, instance, and the correlation id."""
    answer = troubled.client.request(method, path, headers={"x-correlation-id": "abc"})

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    members = answer.json()
    found = problems.ProblemDetails.model_validate(members)
    assert (found.type, found.status, found.instance) == (f"urn:myelin:problem:{slug}", status, path)
    assert found.correlation_id == "abc"
    if slug == "teapot":
        assert (members["more"], answer.headers["x-a"]) == (1, "b")
    if status == 405:
        assert "GET" in answer.headers["allow"]

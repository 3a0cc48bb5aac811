"""Errors as problem details (RFC 9457): one JSON shape for everything that is not an answer, with the
correlation id.
"""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.runtime import correlation
from services.runtime.errors import BodyTooLargeError

MEDIA_TYPE = "application/problem+json"
"""Media type of a problem (RFC 9457, section 3)."""

_HTTP_SLUGS = {404: "not-found", 405: "method-not-allowed"}
_STATUS_TITLES = {404: "Not found", 405: "Method not allowed"}


class ProblemDetails(BaseModel):
    """Problem details. `type` is `urn:myelin:problem:<slug>`; `instance` is the path that was requested."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"additionalProperties": False})

    type: str = Field(
        pattern=r"^urn:myelin:problem:[a-z-]+$", examples=["urn:myelin:problem:invalid-request"]
    )
    title: str = Field(description="The kind of problem, the same for every occurrence")
    status: int = Field(ge=400, le=599, description="The HTTP status code")
    detail: str = Field(description="What happened this time, and what to do about it")
    instance: str = Field(description="The path of the request")
    correlation_id: str | None = Field(default=None, description="Find the request's log lines by it")


class DenialDetails(ProblemDetails):
    """A problem that says what governance decided, and by which policies."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"additionalProperties": False})

    reason_code: str
    policies: list[str]
    policy_version: str | None = None
    decision_id: str | None = None


class CallProblemDetails(ProblemDetails):
    """A problem that may be a decision of governance, and then says by which policies."""

    model_config = ConfigDict(frozen=True, json_schema_extra={"additionalProperties": False})

    reason_code: str | None = None
    policies: list[str] | None = None
    policy_version: str | None = None
    decision_id: str | None = None


class ProblemError(Exception):
    """Raised by a handler to answer with a problem.

    `extra` are further members, as a subclass of `ProblemDetails` declares.
    """

    def __init__(
        self,
        *,
        slug: str,
        title: str,
        status: int,
        detail: str,
        headers: dict[str, str] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.slug = slug
        self.title = title
        self.status = status
        self.detail = detail
        self.headers = headers or {}
        self.extra = extra or {}


class NotBegunError(ProblemError):
    """Raised by a handler that has surely done nothing: the same deed may be begun again under its key."""


def problem_response(error: ProblemError, *, instance: str) -> Response:
    """The HTTP answer for `error` on the path `instance`."""
    body = ProblemDetails(
        type=f"urn:myelin:problem:{error.slug}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        instance=instance,
        correlation_id=correlation.current(),
    ).model_dump(mode="json", exclude_none=True)
    content = json.dumps({**body, **error.extra}, separators=(",", ":")).encode()
    return Response(content, status_code=error.status, headers=error.headers, media_type=MEDIA_TYPE)


def invalid_request(detail: str) -> ProblemError:
    """The request cannot be understood: 400."""
    return ProblemError(slug="invalid-request", title="Invalid request", status=400, detail=detail)


def internal_error() -> ProblemError:
    """A defect of ours: 500, without any of its details."""
    return ProblemError(
        slug="internal-error",
        title="Internal error",
        status=500,
        detail="the service failed to answer; its log has the reason under the correlation id",
    )


def too_large(limit: int) -> ProblemError:
    """The body is larger than `limit` bytes: 413."""
    return ProblemError(
        slug="request-too-large",
        title="Request too large",
        status=413,
        detail=f"the request body may have at most {limit} bytes",
    )


def describe(error: ValidationError) -> str:
    """What is wrong with a body, in one line: `field: what is expected`, separated by semicolons. Quotes no
    values.
    """
    parts = []
    for item in error.errors(include_input=False, include_context=False, include_url=False):
        where = ".".join(str(part) for part in item["loc"]) or "body"
        parts.append(f"`{where}`: {item['msg'][:1].lower()}{item['msg'][1:]}")
    return "; ".join(parts)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101
    return problem_response(error, instance=request.url.path)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    status = error.status_code
    problem = ProblemError(
        slug=_HTTP_SLUGS.get(status, "request-refused"),
        title=_STATUS_TITLES.get(status, "Request refused"),
        status=status,
        detail=f"{request.method} {request.url.path} is not served here; /openapi.json lists what is",
        headers=dict(error.headers or {}),
    )
    return problem_response(problem, instance=request.url.path)


async def _on_too_large(request: Request, error: Exception) -> Response:
    assert isinstance(error, BodyTooLargeError)  # noqa: S101
    return problem_response(too_large(error.limit), instance=request.url.path)


EXCEPTION_HANDLERS: dict[Any, Any] = {
    ProblemError: _on_problem,
    HTTPException: _on_http,
    BodyTooLargeError: _on_too_large,
}
"""Starlette's `exception_handlers`: what is raised becomes problem details."""

"""The operations that every service has, as its OpenAPI document describes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel

from services.runtime import correlation, deadline
from services.runtime.intents.handler import Handler
from services.runtime.process.health import ProcessHealth
from services.runtime.requests.openapi import ApiOperation, ApiResponse
from services.runtime.requests.problems import CallProblemDetails, ProblemDetails
from services.runtime.settings import RuntimeSettings

HEALTH = ApiOperation(
    method="get",
    path="/health",
    operation_id="health",
    summary="State of this process and of what it depends on",
    description="A dependency in trouble makes the service `degraded`, which still answers 200.",
    responses=(
        ApiResponse(status=200, description="Give it requests", model=ProcessHealth),
        ApiResponse(status=503, description="It is stopping: give it no new requests", model=ProcessHealth),
    ),
)

RETRY = {"retry-after": "Seconds to wait"}


def of_handler(handler: Handler) -> ApiOperation:
    """`POST /<intent>`, as its handler's types describe it."""
    return of_intent(
        handler.intent,
        summary=(handler.function.__doc__ or handler.intent).strip().splitlines()[0],
        payload=_model(handler.payload_type),
        result=_model(handler.result_type),
    )


def of_intent(
    name: str,
    *,
    summary: str,
    payload: type[BaseModel] | None = None,
    result: type[BaseModel] | None = None,
    more: Sequence[ApiResponse] = (),
) -> ApiOperation:
    """`POST /<intent>`: for services with a grant. `more` are answers that other intents do not give."""
    return ApiOperation(
        method="post",
        path=f"/{name}",
        operation_id=name,
        summary=summary,
        description="For services that declare the call, sign it, and have a grant for it (docs/wire.md).",
        body=payload,
        signed=True,
        request_headers={
            "x-myelin-grant": "The grant of governance for this call",
            correlation.HEADER: "Names the request in every log",
            deadline.HEADER: "Milliseconds that the caller will wait",
        },
        responses=(
            ApiResponse(status=200, description="The result", model=result),
            *(
                ApiResponse(
                    status=status,
                    description=description,
                    model=CallProblemDetails if status in _OF_CALLS else ProblemDetails,
                    headers=headers,
                )
                for status, description, headers in _PROBLEMS
            ),
            *more,
        ),
    )


def of_authenticated(operation: ApiOperation, settings: RuntimeSettings) -> ApiOperation:
    """An operation of the door as its clients find it: they may need a token, or a proof of who they are."""
    if settings.clients is None and settings.client_identities is None:
        return operation
    client: Literal["bearer", "identity"] = "bearer" if settings.client_identities is None else "identity"
    more = (
        ApiResponse(
            status=401,
            description="The token or proof is missing, or not accepted",
            model=ProblemDetails,
            headers={"www-authenticate": "What is needed"},
        ),
        ApiResponse(
            status=503, description="Clients cannot be told apart now", model=ProblemDetails, headers=RETRY
        ),
    )
    known = {response.status for response in operation.responses}
    return replace(
        operation,
        client=client,
        responses=(*operation.responses, *(each for each in more if each.status not in known)),
    )


_OF_CALLS = frozenset({403, 503})
"""Statuses of which a call further on may be the reason."""

_PROBLEMS: tuple[tuple[int, str, dict[str, str]], ...] = (
    (400, "The request is not what is documented", {}),
    (
        401,
        "Credentials are missing, or not valid now",
        {"www-authenticate": "AWS4-HMAC-SHA256"},
    ),
    (403, "The signature or the grant is not accepted, or a call further on is denied", {}),
    (405, "An intent is asked for with POST", {"allow": "POST"}),
    (408, "The body took too long to arrive", {}),
    (409, "The idempotency key belongs to another request, or this is being done", {}),
    (413, "The body is too large", {}),
    (500, "A defect; the log has the reason", {}),
    (502, "A service that this one calls gave no usable answer", {}),
    (503, "Not now", RETRY),
    (504, "The time for the request is over", {}),
)


def _model(annotation: Any) -> type[BaseModel] | None:
    """The model that describes a body; None for any other type, which the document leaves open."""
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None

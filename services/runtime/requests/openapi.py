"""The OpenAPI 3.1 document of a service, built from the same pydantic models that read and write the bodies.

pydantic's JSON schemas are of the dialect that OpenAPI 3.1 uses (2020-12), so they are taken over as they
are. https://spec.openapis.org/oas/v3.1.1.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.runtime import correlation
from services.runtime.requests import problems
from services.runtime.signing.canonical import ALGORITHM

_REF = "#/components/schemas/{model}"
_JSON = "application/json"
_TEXT = {"type": "string"}
_CORRELATION_HEADER = {
    "description": "The request's correlation id: the one that came in, or a new one",
    "schema": {"type": "string", "pattern": correlation.PATTERN},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiResponse:
    """One documented response. `headers` maps further response headers to their description."""

    status: int
    description: str
    model: type[BaseModel] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def media_type(self) -> str:
        """Problem details have a media type of their own."""
        problem = self.model is not None and issubclass(self.model, problems.ProblemDetails)
        return problems.MEDIA_TYPE if problem else _JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiOperation:
    """One method of one path: what it takes, and every response that it may give."""

    method: Literal["get", "post"]
    path: str
    operation_id: str
    summary: str
    description: str
    responses: tuple[ApiResponse, ...]
    body: type[BaseModel] | None = None
    request_headers: dict[str, str] = field(default_factory=dict)
    signed: bool = False
    client: Literal["", "bearer", "identity"] = ""


def document(
    *, title: str, version: str, description: str, operations: Sequence[ApiOperation]
) -> dict[str, Any]:
    """The whole document, as JSON values."""
    requests = {operation.body for operation in operations if operation.body}
    responses = {found.model for operation in operations for found in operation.responses if found.model}
    wanted: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = []
    wanted += [(model, "validation") for model in sorted(requests, key=lambda model: model.__name__)]
    wanted += [(model, "serialization") for model in sorted(responses, key=lambda model: model.__name__)]
    _, definitions = models_json_schema(wanted, ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation)
    components: dict[str, Any] = {"schemas": definitions.get("$defs", {})}
    schemes: dict[str, Any] = {}
    if any(operation.signed for operation in operations):
        schemes["sigv4"] = {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": f"{ALGORITHM} (AWS Signature Version 4), see docs/sigv4.md",
        }
    if any(operation.client == "bearer" for operation in operations):
        schemes["bearer"] = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    if any(operation.client == "identity" for operation in operations):
        schemes["identity"] = {
            "type": "apiKey",
            "in": "header",
            "name": "x-myelin-identity",
            "description": "A proof of an IAM identity, which STS confirms, see docs/clients.md",
        }
    if schemes:
        components["securitySchemes"] = schemes
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "paths": paths,
        "components": components,
    }


def _operation(operation: ApiOperation) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation.operation_id,
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [
            {"name": name, "in": "header", "required": False, "description": text, "schema": _TEXT}
            for name, text in operation.request_headers.items()
        ],
        "responses": {str(found.status): _response(found) for found in operation.responses},
    }
    if operation.body:
        found["requestBody"] = {"required": True, "content": {_JSON: {"schema": _reference(operation.body)}}}
    if operation.signed:
        found["security"] = [{"sigv4": []}]
    if operation.client:
        found["security"] = [{operation.client: []}]
    return found


def _response(response: ApiResponse) -> dict[str, Any]:
    further = {name: {"description": text, "schema": _TEXT} for name, text in response.headers.items()}
    schema = _reference(response.model) if response.model else {"type": "object"}
    return {
        "description": response.description,
        "headers": {correlation.HEADER: _CORRELATION_HEADER, **further},
        "content": {response.media_type: {"schema": schema}},
    }


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}

from __future__ import annotations

import json

from openapi_spec_validator import validate
from pydantic import BaseModel

from services.runtime.requests import openapi, problems


def test_operations_are_described_from_the_models() -> None:
    """Bodies, problems, headers and the signature are all in the document."""

    class Asked(BaseModel):
        name: str

    operation = openapi.ApiOperation(
        method="post",
        path="/do",
        operation_id="do",
        summary="Do",
        description="Does",
        body=Asked,
        signed=True,
        request_headers={"x-one": "first"},
        responses=(
            openapi.ApiResponse(status=200, description="Done"),
            openapi.ApiResponse(
                status=400, description="No", model=problems.ProblemDetails, headers={"retry-after": "s"}
            ),
        ),
    )
    document = openapi.document(title="T", version="1", description="", operations=[operation])

    validate(document)
    described = document["paths"]["/do"]["post"]
    assert described["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Asked"
    }
    assert described["security"] == [{"sigv4": []}]
    assert list(described["responses"]["400"]["content"]) == ["application/problem+json"]
    assert set(described["responses"]["400"]["headers"]) == {"x-correlation-id", "retry-after"}
    json.dumps(document)

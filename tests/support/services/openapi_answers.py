"""Compares real answers with the OpenAPI document that describes them."""

from __future__ import annotations

from typing import Any

import httpx
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]


def assert_documented(document: dict[str, Any], path: str, method: str, answer: httpx.Response) -> None:
    """`answer` is one of those that the OpenAPI `document` describes: status, headers, type and body."""
    described = document["paths"][path][method]["responses"][str(answer.status_code)]
    schema = described["content"][answer.headers["content-type"]]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(answer.json())
    assert set(described["headers"]) <= set(answer.headers)

"""Asks a deployed service what its OpenAPI document says that one may ask, and other things."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from services.runtime import deadline
from tests.support.enforcing.played_caller import PlayedCallers, Wanted

AnyOperation = APIOperation[Any, Any, Any, Any]
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


def ask_as_described(callers: PlayedCallers, wanted: Wanted, *, service: str, examples: int) -> None:
    """Ask every operation of a service, through the port of a task and without anything; those of `wanted`,
    if it is the service's, signed and granted as well. Fails for an answer that the document does not have,
    and for a 5xx.
    """
    url = f"http://127.0.0.1:{callers.ports[service][0]}"
    document = callers.project.request("GET", f"{url}/openapi.json").json()
    granted = f"/{wanted.intent}" if wanted.callee == service else None
    asked: list[str] = []

    for operation in _operations(document):

        @settings(
            max_examples=examples,
            phases=(Phase.generate,),
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        )
        @given(_cases(operation))
        def ask(case: schemathesis.Case[Any]) -> None:
            asked.append(case.path)
            # a client in a hurry is told 503 or 504, as it wants
            case.headers.pop(deadline.HEADER, None)
            case.validate_response(case.call(base_url=url), checks=CHECKS)
            if case.path == granted and _can_be_granted(case.body):
                answer = callers.call(replace(wanted, payload=case.body))
                case.validate_response(answer, checks=CHECKS)

        ask()
    assert set(asked) == set(document["paths"]) - {"/openapi.json"}


def _operations(document: dict[str, Any]) -> list[AnyOperation]:
    schema: Any = schemathesis.openapi.from_dict(document)
    return [found.ok() for found in schema.get_all_operations()]


def _cases(operation: AnyOperation) -> st.SearchStrategy[schemathesis.Case[Any]]:
    """What the document allows, and what it does not."""
    wrong = operation.as_strategy(GenerationMode.NEGATIVE) if operation.body else st.nothing()
    return st.one_of(operation.as_strategy(), wrong)


def _can_be_granted(body: object) -> bool:
    """Whether it can be sent, and governance asked about it."""
    try:
        json.dumps(body)
    except (TypeError, ValueError):
        return False
    purpose = body.get("purpose", "") if isinstance(body, dict) else ""
    return isinstance(purpose, str) and purpose.isascii() and len(purpose) < 100

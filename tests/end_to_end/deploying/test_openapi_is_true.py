"""What the OpenAPI documents say that one may ask, and other things, asked of the services that run."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from services.runtime import deadline
from tests.support.effort import effort
from tests.support.end_to_end.project import ProjectCopy
from tests.support.enforcing.declarations import Declarations, Offered
from tests.support.enforcing.played_caller import PlayedCallers, Wanted

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("deployed")]

AnyOperation = APIOperation[Any, Any, Any, Any]
ASKED = effort(15)
"""Cases of each operation, of which about half are not what the document describes."""

DECLARED = Declarations(
    offers={"axon": (Offered(name="reason", safe_to_repeat=True, attributes=("purpose",)),)},
    calls=frozenset({("orbit", "axon", "reason")}),
)
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@pytest.fixture
def callers(deployed: ProjectCopy) -> PlayedCallers:
    return PlayedCallers(deployed, DECLARED)


def operations(document: dict[str, Any]) -> list[AnyOperation]:
    schema: Any = schemathesis.openapi.from_dict(document)
    return [found.ok() for found in schema.get_all_operations()]


def cases(operation: AnyOperation) -> st.SearchStrategy[schemathesis.Case[Any]]:
    """What the document allows, and what it does not."""
    wrong = operation.as_strategy(GenerationMode.NEGATIVE) if operation.body else st.nothing()
    return st.one_of(operation.as_strategy(), wrong)


@pytest.mark.parametrize("service", ["orbit", "axon"])
def test_every_answer_is_documented(callers: PlayedCallers, service: str) -> None:
    """Status, headers, type and body of every answer are in the document, and none is a 5xx: whatever comes
    through the port of a task, and for calls that are signed and granted. AXN-1, ORB-1
    """
    url = f"http://127.0.0.1:{callers.ports[service][0]}"
    document = callers.project.request("GET", f"{url}/openapi.json").json()
    asked: list[str] = []

    for operation in operations(document):

        @settings(
            max_examples=ASKED,
            phases=(Phase.generate,),
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        )
        @given(cases(operation))
        def ask(case: schemathesis.Case[Any]) -> None:
            asked.append(case.path)
            # a client in a hurry is told 503 or 504, as it wants
            case.headers.pop(deadline.HEADER, None)
            case.validate_response(case.call(base_url=url), checks=CHECKS)
            if case.path == "/reason" and can_be_granted(case.body):
                wanted = Wanted(caller="orbit", callee="axon", intent="reason", payload=case.body)
                case.validate_response(callers.call(wanted), checks=CHECKS)

        ask()
    assert set(asked) == set(document["paths"]) - {"/openapi.json"}


def can_be_granted(body: object) -> bool:
    """Whether it can be sent, and governance asked about it."""
    try:
        json.dumps(body)
    except (TypeError, ValueError):
        return False
    purpose = body.get("purpose", "") if isinstance(body, dict) else ""
    return isinstance(purpose, str) and purpose.isascii() and len(purpose) < 100

"""The URL of the decide function, as clients of the AuthZEN API call it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from lambdas.governance.decide import entry
from policies.calls.deciding.authorizer import Authorizer
from policies.calls.deciding.model import Question
from policies.calls.deciding.snapshot import SnapshotCache, SnapshotLimits
from policies.calls.versions.catalogue import Catalogue
from policies.calls.versions.slices import cut
from tests.support.governance.decide_function import function_of

SUBJECT = {"type": "service", "id": "orbit"}
ACTION = {"name": "reason"}
AXON = {"type": "service", "id": "axon"}
HUB = {"type": "service", "id": "hub"}
ASKED = {"subject": SUBJECT, "action": ACTION, "resource": AXON}
ONE = "/access/v1/evaluation"
MANY = "/access/v1/evaluations"
IAM = {"iam": {"userArn": "arn:aws:iam::123456789012:role/pep"}}
Post = Callable[..., tuple[int, Any, dict[str, str]]]


@pytest.fixture
def authzen_store(memory: Any, policy: Any) -> Any:
    policies = policy.sources(
        policy("orbit-may", principal="orbit", action="reason", resource="axon"),
        policy("no-evil", "forbid", when='context has tenant && context.tenant == "evil"'),
        policy(
            "no-tests",
            "forbid",
            when="context has attributes && context.attributes has purpose && "
            'context.attributes.purpose == "test"',
        ),
    )
    memory.publish(cut(policies, Catalogue(services=("axon", "hub", "orbit"))))
    return memory


@pytest.fixture
def post(authzen_store: Any, clock: Any) -> Post:
    """Sends a body to a path of the function URL; gives status, the document (or text) and the headers."""
    authorizer = Authorizer(
        cache=SnapshotCache(authzen_store, clock, SnapshotLimits()),
        clock=clock,
        environment="dev",
        parse=Question.model_validate,
        new_id=lambda: "made-up",
    )
    function = function_of(authorizer)
    handler = entry(lambda: function)

    def send(path: str, body: Any = None, **more: Any) -> tuple[int, Any, dict[str, str]]:
        response = handler(url_event(path, body, **more), None)
        text = response["body"]
        is_json = response["headers"]["content-type"] == "application/json"
        return response["statusCode"], json.loads(text) if is_json else text, response["headers"]

    return send


def url_event(
    path: str,
    body: Any = None,
    *,
    method: str = "POST",
    headers: dict[str, str] | None = None,
    authorizer: Any = IAM,
    encoded: bool = False,
) -> dict[str, Any]:
    """What Lambda makes of a request to a function URL."""
    text = body if isinstance(body, str) else json.dumps(body)
    return {
        "version": "2.0",
        "rawPath": path,
        "headers": {"content-type": "application/json", **(headers or {})},
        "requestContext": {
            "domainName": "abc.lambda-url.eu-central-1.on.aws",
            "http": {"method": method, "path": path},
            **({"authorizer": authorizer} if authorizer else {}),
        },
        "body": base64.b64encode(text.encode()).decode() if encoded else text,
        "isBase64Encoded": encoded,
    }

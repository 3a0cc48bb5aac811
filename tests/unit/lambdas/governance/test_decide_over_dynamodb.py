from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from lambdas.governance.decide import compose, entry
from tests.support.governance.decide_function import usual_catalogue, usual_sources
from tests.support.governance.publishing import publish

ASKED = {"service": "orbit", "intent": "reason"}
Ask = Callable[[Any], dict[str, Any]]


@pytest.fixture
def deployed(dynamodb: Any, policy: Any) -> Ask:
    """The handler as the function composes it, over an emulated table."""
    publish("policies", usual_sources(policy), usual_catalogue(policy), dynamodb)
    settings = {
        "POLICY_TABLE": "policies",
        "MYELIN_ENVIRONMENT": "dev",
        "POLICY_REFRESH_SECONDS": "0.000001",
        "POLICY_STALENESS_SECONDS": "10",
    }
    function = compose(settings, dynamodb)
    handler = entry(lambda: function)
    return lambda event: handler(event, None)


def test_the_composed_function_decides_over_dynamodb(deployed: Ask) -> None:
    """Parser, store, cache and policies together."""
    assert deployed(ASKED)["reason_code"] == "permitted"
    assert deployed({**ASKED, "tenant": "evil"})["reason_code"] == "forbidden"
    assert deployed(json.dumps(ASKED))["reason_code"] == "invalid_request"


def test_a_deleted_table_denies(deployed: Ask, dynamodb: Any) -> None:
    """A warm function with a good version in memory denies too, once it has looked. GOV-2"""
    assert deployed(ASKED)["allowed"]
    dynamodb.delete_table(TableName="policies")
    answer = deployed(ASKED)
    assert answer["reason_code"] == "store_unavailable"
    assert answer["reason"] == "the policy table `policies` cannot be used: the table does not exist"


def test_a_publish_takes_effect(deployed: Ask, dynamodb: Any, policy: Any) -> None:
    """The next decision after a refresh is by the new version."""
    before = deployed(ASKED)
    publish("policies", policy.sources(policy("no", "forbid")), usual_catalogue(policy), dynamodb)
    after = deployed(ASKED)
    assert (before["reason_code"], after["reason_code"]) == ("permitted", "forbidden")
    assert before["policy_version"] != after["policy_version"]

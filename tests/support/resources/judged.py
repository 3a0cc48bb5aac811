"""Resources judged by the guardrails alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from policies.resources.findings.values import CheckVerdict
from policies.resources.graph.values import Graph, Resource
from policies.resources.guardrails.evaluation import evaluate
from policies.resources.terraform.literal_references import connect_literals
from tests.support.resources.documents import urn

TODAY = date(2026, 11, 22)
PASSED, FAILED, OPEN = CheckVerdict.PASSED, CheckVerdict.FAILED, CheckVerdict.UNDECIDED


def resource(token: str, name: str = "it", /, **inputs: Any) -> Resource:
    return Resource(urn=urn(token, name), token=token, name=name, inputs=inputs)


def judge(*resources: Resource, platform: bool = False) -> Mapping[tuple[str, str], tuple[CheckVerdict, str]]:
    """Verdict and detail by check id and resource name; what a rule is not about is not there."""
    graph = connect_literals(Graph(stack="dev", source="preview", resources=resources))
    return {
        (one.rule.id, one.resource.name): (one.verdict, one.detail)
        for one in evaluate(graph, TODAY, platform=platform)
    }


def verdict(check: str, *resources: Resource, name: str = "it") -> CheckVerdict | None:
    """What a rule says of one of the resources; None for nothing."""
    return judge(*resources).get((check, name), (None, ""))[0]


def detail(check: str, *resources: Resource, name: str = "it") -> str:
    """What a rule says is wrong, or not known."""
    return judge(*resources)[check, name][1]

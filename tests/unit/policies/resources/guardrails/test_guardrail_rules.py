"""The rules on Pulumi resources, in process."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from policies.resources.findings.values import CheckVerdict
from policies.resources.graph.values import UNKNOWN, Graph, Resource, Secret
from policies.resources.guardrails.catalogue import RULES
from policies.resources.guardrails.evaluation import Judgement, evaluate, kind_of, uses_platform
from policies.resources.guardrails.rules.lifecycle import ENDINGS, RUNTIMES
from tests.support.resources.rule_cases import CASES, TODAY, Case

ONE_KIND: dict[str, set[bool]] = {
    # a resource of an ended service can only fail, or be of a service that has not ended
    "no-ended-service": {False},
    # one resource alone has its rules in one form
    "inline-or-separate-rules": {True},
    # a plan does not tell which values the program marked as secret
    "no-plain-secret": set(),
}


def resource(token: str, inputs: Any, name: str = "it") -> Resource:
    return Resource(urn=f"urn:pulumi:dev::p::{token}::{name}", token=token, name=name, inputs=inputs)


def judged(*resources: Resource, platform: bool = True, today: date = TODAY) -> list[Judgement]:
    graph = Graph(stack="dev", source="program", resources=resources)
    return list(evaluate(graph, today, platform=platform))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_each_rule_on_each_case(case: Case) -> None:
    """A rule passes what it should and fails what it should, and says why."""
    found = {one.rule.id: one for one in judged(resource(case.token, case.inputs))}
    assert found[case.rule].verdict is (CheckVerdict.PASSED if case.passes else CheckVerdict.FAILED)
    assert bool(found[case.rule].detail) is not case.passes


def test_every_rule_has_both_kinds_of_case() -> None:
    """No rule goes without a passing and a failing case."""
    for rule in RULES:
        kinds = {case.passes for case in CASES if case.rule == rule.id}
        assert kinds == ONE_KIND.get(rule.name, {True, False}), rule.id


@pytest.mark.parametrize("case", CASES, ids=str)
def test_both_spellings_name_the_same_type(case: Case) -> None:
    """The rules know a token by the Terraform type that it is."""
    assert kind_of(case.token) == case.kind


def test_ended_services_are_fine_before_their_day() -> None:
    """An ending counts from its day on, not before."""
    mesh = resource("aws:appmesh/mesh:Mesh", {"name": "x"})
    before = {one.rule.id: one.detail for one in judged(mesh, today=date(2026, 9, 29))}
    after = {one.rule.id: one.detail for one in judged(mesh, today=date(2026, 9, 30))}
    assert before["CKV_MYELIN_5"] == ""
    assert after["CKV_MYELIN_5"] == (
        "AWS App Mesh ended on 2026-09-30; AWS points to ECS Service Connect or VPC Lattice"
    )


def test_endings_are_told_apart() -> None:
    """No two endings share a prefix, and no runtime is listed that the platform deploys."""
    assert len({ending.prefix for ending in ENDINGS}) == len(ENDINGS)
    assert RUNTIMES["python3.13"] > TODAY


def test_conventions_hold_for_the_platform_only() -> None:
    """A program without the platform's components is judged by facts about AWS alone."""
    role = resource("aws:iam/role:Role", {"name": "x"})
    key = resource("aws:kms/key:Key", {})
    judgements = {one.rule.id for one in judged(role, key, platform=False)}
    assert judgements == {"CKV_MYELIN_8", "CKV_MYELIN_14"}
    component = Resource(urn="u", token="myelin:keys:Key", name="k", custom=False)
    assert uses_platform(Graph(stack="dev", source="preview", resources=(component,)))
    assert not uses_platform(Graph(stack="dev", source="preview", resources=(role,)))


def test_what_is_not_known_is_undecided() -> None:
    """A value that only a deployment brings neither passes nor fails a rule, but it is given."""
    unknown = {"retentionInDays": UNKNOWN, "tags": UNKNOWN}
    group = judged(resource("aws:cloudwatch/logGroup:LogGroup", unknown))
    assert [(one.rule.id, one.verdict, one.detail) for one in group if one.detail] == [
        ("CKV_MYELIN_1", CheckVerdict.UNDECIDED, "`tags` is not known before a deployment"),
        ("CKV_MYELIN_3", CheckVerdict.UNDECIDED, "`retentionInDays` is not known before a deployment"),
    ]
    role = judged(resource("aws:iam/role:Role", {"permissionsBoundary": UNKNOWN, "tags": UNKNOWN}))
    found = {one.rule.id: one.verdict for one in role}
    assert found["CKV_MYELIN_1"] is CheckVerdict.UNDECIDED
    assert found["CKV_MYELIN_9"] is CheckVerdict.PASSED


def test_what_aws_has_chosen_is_judged() -> None:
    """An export's outputs tell of a setting that the program left to AWS."""
    key = Resource(
        urn="u",
        token="aws:kms/key:Key",
        name="k",
        id="k-1",
        inputs={"enableKeyRotation": True},
        outputs={"rotationPeriodInDays": 900},
    )
    found = {one.rule.id: one.verdict for one in judged(key)}
    assert found["CKV_MYELIN_8"] is CheckVerdict.FAILED


def test_secrets_are_looked_into_and_not_shown() -> None:
    """A secret input is judged by its value, and no fault repeats it."""
    found = judged(resource("aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": Secret(value=0)}))
    faults = [one.detail for one in found if one.rule.id == "CKV_MYELIN_3"]
    assert faults
    assert all(fault and "Secret" not in fault for fault in faults)


def test_only_resources_of_aws_are_judged() -> None:
    """Components and other providers' resources are left alone."""
    other = Resource(urn="u", token="random:index/randomId:RandomId", name="r")
    component = Resource(urn="v", token="aws:kms/key:Key", name="k", custom=False)
    assert judged(other, component) == []

"""Each resource written twice, as Terraform plans it and as Pulumi previews it, must be judged alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from policies.resources.terraform.plan import Translation
from tests.support.resources.oracle import SERVICES, Verdict

# one worker imports checkov, for all of them
pytestmark = [pytest.mark.xdist_group("checkov"), pytest.mark.no_cover]

Cases = Mapping[str, tuple[Any, Translation]]
Verdicts = tuple[Mapping[str, set[Verdict]], Mapping[str, set[Verdict]]]


@pytest.mark.parametrize("service", SERVICES)
def test_checkov_judges_both_alike(oracle_verdicts: Verdicts, service: str) -> None:
    """The set of failed and passed check ids is the same for every resource."""
    theirs, ours = oracle_verdicts
    assert theirs[service]
    assert ours[service] == theirs[service]


@pytest.mark.parametrize("service", SERVICES)
def test_no_resource_is_lost(oracle_cases: Cases, service: str) -> None:
    """Every resource has the type and the name that Terraform gives it, and no property is strange."""
    plan, translation = oracle_cases[service]
    wanted = {item["address"] for item in plan["planned_values"]["root_module"]["resources"]}
    assert set(translation.addresses) == wanted
    assert translation.unmapped == ()
    assert translation.notes == ()


@pytest.mark.parametrize("service", SERVICES)
def test_values_are_those_of_terraform(oracle_cases: Cases, service: str) -> None:
    """What Terraform plans for a resource is in the translation, value by value, known or unknown."""
    plan, translation = oracle_cases[service]
    ours = {item["address"]: item["change"] for item in translation.plan["resource_changes"]}
    for item in plan["resource_changes"]:
        change = ours[item["address"]]
        assert _without_newer(item["change"]["after"], change["after"]) == item["change"]["after"]
        unknown = {name for name, mark in item["change"]["after_unknown"].items() if mark is True}
        assert unknown <= {name for name, mark in change["after_unknown"].items() if mark is True}


def _without_newer(theirs: Any, ours: Any) -> Any:
    """Leave out attributes that the plan's provider does not have yet."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        return {name: _without_newer(theirs[name], value) for name, value in ours.items() if name in theirs}
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        return [_without_newer(one, other) for one, other in zip(theirs, ours, strict=True)]
    return ours


def test_the_oracle_is_wide(oracle_cases: Cases, oracle_verdicts: Verdicts) -> None:
    """At least 40 resources over 20 services, secure and insecure ones, are compared."""
    tokens = [
        item.token for _, translation in oracle_cases.values() for item in translation.addresses.values()
    ]
    results = Counter(result for found in oracle_verdicts[0].values() for _, _, result in found)
    assert len(tokens) >= 180
    assert len({token.split("/")[0] for token in tokens}) >= 45
    assert min(results["PASSED"], results["FAILED"]) >= 150


def test_resources_are_connected(oracle_verdicts: Verdicts) -> None:
    """Checks that look at two resources at once (CKV2) pass and fail, on both sides."""
    _, ours = oracle_verdicts
    assert ("aws_s3_bucket.s3_good", "CKV2_AWS_6", "PASSED") in ours["s3"]
    assert ("aws_s3_bucket.s3_bad", "CKV2_AWS_6", "FAILED") in ours["s3"]
    assert ("aws_vpc.ec2_good", "CKV2_AWS_11", "PASSED") in ours["ec2"]
    assert ("aws_vpc.ec2_bad", "CKV2_AWS_11", "FAILED") in ours["ec2"]

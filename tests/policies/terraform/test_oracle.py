"""Each resource written twice, as Terraform plans it and as Pulumi previews it, must be judged alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from policies.terraform.plan import Translation
from tests.policies.terraform.conftest import SERVICES, Verdict

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

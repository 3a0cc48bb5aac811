"""How often an IAM policy is analysed."""

from __future__ import annotations

from typing import Any

import pytest
from cloudsplaining.scan.policy_document import PolicyDocument

from policies.resources.scanning.policy_analyses import AnalysedOnce


def policy(*actions: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


POLICIES = (policy("s3:*"), policy("iam:*"), policy("s3:GetObject"), policy("*"), policy("ec2:DescribeTags"))
ANALYSES = (
    "allows_privilege_escalation",
    "permissions_management_without_constraints",
    "write_actions_without_constraints",
    "allows_data_exfiltration_actions",
    "credentials_exposure",
)


def test_each_analysis_is_that_of_cloudsplaining() -> None:
    """Kept or not, asked once or twice, and the policies differ in it."""
    made = AnalysedOnce(PolicyDocument)
    for name in ANALYSES:
        plain = [getattr(PolicyDocument(each), name) for each in POLICIES]
        assert [[getattr(made(each), name) for each in POLICIES] for _ in range(2)] == [plain, plain]
        assert len({str(found) for found in plain}) > 1


def test_the_same_policy_is_one_document() -> None:
    """By its text, so its analyses are kept; another has its own."""
    made = AnalysedOnce(PolicyDocument)
    one, same, other = made(policy("s3:*")), made(policy("s3:*")), made(policy("iam:*"))
    assert one is same
    assert one.write_actions_without_constraints is same.write_actions_without_constraints
    assert other is not one


def test_what_is_no_policy_is_refused_each_time() -> None:
    """As cloudsplaining refuses it: checkov then does not know."""
    made = AnalysedOnce(PolicyDocument)
    for _ in range(2):
        with pytest.raises(AttributeError, match="'str' object"):
            made("no policy")

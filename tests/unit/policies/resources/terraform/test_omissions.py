"""Each row of the table of empty values, over the plan as it was and as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from policies.resources.scanning.checkov_runner import Checkov, load
from policies.resources.terraform.omissions import OMISSIONS, Omission, leave_out
from tests.support.resources.terraform_plans import plan

pytestmark = pytest.mark.xdist_group("checkov")
OPEN = {"from_port": 22, "to_port": 22, "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}
GROUP = "aws_security_group"
BASES: Mapping[str, Mapping[str, Any]] = {
    "aws_security_group_rule": {"type": "ingress", **OPEN},
    GROUP: {"description": "x"},
    "aws_eks_node_group": {"remote_access": [{"ec2_ssh_key": "k"}]},
    "aws_elb": {"listener": [{"lb_port": 80, "lb_protocol": "http"}]},
    "aws_ami": {"name": "x", "ebs_block_device": [{"device_name": "/dev/sda", "encrypted": False}]},
    "aws_kinesis_firehose_delivery_stream": {"destination": "s3"},
    "aws_lambda_function": {"function_name": "f", "environment": [{"variables": {"A": "b"}}]},
    "aws_secretsmanager_secret_rotation": {"rotation_rules": [{"automatically_after_days": 300}]},
    "aws_wafv2_web_acl": {"name": "w", "scope": "REGIONAL", "default_action": [{"allow": [{}]}]},
}
"""What else a resource needs for its check to look at the attribute."""


@pytest.fixture(scope="module")
def checkov() -> Checkov:
    return load()


def with_empty(row: Omission, value: Any) -> dict[str, Any]:
    """The base of a type with an empty value in the row's place."""
    values: dict[str, Any] = json.loads(json.dumps(BASES.get(row.type, {"name": "x"})))
    top, _, inside = row.path.partition(".")
    if inside:
        for block in values.setdefault(top, [{**OPEN}] if row.type == GROUP else [{}]):
            block.setdefault(inside, value)
    else:
        values[top] = value
    return values


def verdict(checkov: Checkov, row: Omission, values: Mapping[str, Any]) -> str:
    run = checkov.run(plan((row.type, "it", values)), only=(row.check,))
    if run.broken:
        return "broken"
    return next(("passed" if one.passed else "failed" for one in run.results), "nothing")


@pytest.mark.parametrize("row", OMISSIONS, ids=lambda row: f"{row.type}.{row.path}")
def test_an_empty_value_changes_what_a_check_says(checkov: Checkov, row: Omission) -> None:
    """With the key the check passes, breaks or says nothing; without it, it fails."""
    before = {verdict(checkov, row, with_empty(row, value)) for value in row.empty}
    assert before & {"passed", "broken", "nothing"}
    after = {verdict(checkov, row, leave_out(row.type, with_empty(row, value))) for value in row.empty}
    assert after == {"failed"}


def test_only_empty_values_are_left_out() -> None:
    """What says something stays, and so does what the table does not name."""
    values = {"description": "x", "prefix_list_ids": None, "self": False}
    assert leave_out("aws_security_group_rule", values) == values
    blocks = {"ingress": [{"description": "", "from_port": 0}, {"description": "x"}]}
    assert leave_out("aws_security_group", blocks) == {"ingress": [{"from_port": 0}, {"description": "x"}]}
    assert leave_out("aws_sns_topic", {"name": None}) == {"name": None}

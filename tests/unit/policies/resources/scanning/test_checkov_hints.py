"""Hints about failed checks, and what is relied on of checkov."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from policies.resources.scanning.checkov_runner import Checkov, load
from policies.resources.scanning.hints import hint
from tests.support.resources.terraform_plans import plan

pytestmark = pytest.mark.xdist_group("checkov")


@dataclass
class ValueCheck:
    value: Any
    id: str = "CKV_AWS_1"

    def get_inspected_key(self) -> str:
        return "rule/[0]/apply/enabled"

    def get_expected_value(self) -> Any:
        return self.value


@dataclass
class Condition:
    attribute: str = ""
    connected_resources_types: tuple[str, ...] = ()
    sub_checks: tuple[Any, ...] = ()
    category: str = "NETWORKING"
    id: str = "CKV2_AWS_1"


@dataclass
class Opaque:
    id: str = "CKV_AWS_2"
    sub_checks: tuple[Any, ...] = field(default=())


def test_a_wanted_value_is_named() -> None:
    """A check on one attribute says which value it wants."""
    assert hint(ValueCheck(True), [], "ANY") == "set `rule.apply.enabled` to `True`"
    assert hint(ValueCheck("ANY"), [], "ANY") == "set `rule.apply.enabled`"


def test_a_graph_check_names_what_it_wants_connected() -> None:
    """Attributes and types come from the tree of conditions."""
    tree = Condition(
        sub_checks=(
            Condition(attribute="resource_type"),
            Condition(attribute="networking"),
            Condition(attribute="enabled"),
            Condition(connected_resources_types=("aws_flow_log",)),
        )
    )
    assert hint(tree, ["ignored"], "ANY") == (
        "look at `enabled`, and see that the right `aws_flow_log` belongs to it"
    )


def test_what_was_looked_at_is_named() -> None:
    """Without a tree, the attributes that the check evaluated are the hint; else where it is described."""
    assert hint(Opaque(), ["ingress/[0]/from_port", "ingress/[0]/to_port"], "ANY") == (
        "look at `ingress.from_port` or `ingress.to_port`"
    )
    assert hint(Opaque(), [], "ANY").startswith("see CKV_AWS_2 in https://www.checkov.io/")
    assert hint(None, [], "ANY").startswith("see the check in https://www.checkov.io/")


@pytest.fixture(scope="module")
def checkov() -> Checkov:
    return load()


def test_checkov_tells_what_hints_are_made_of(checkov: Checkov) -> None:
    """Value checks, graph checks and others all come with a hint; titles and addresses are given."""
    document = plan(
        ("aws_kms_key", "it", {"description": "x"}),
        ("aws_vpc", "it", {"cidr_block": "10.0.0.0/16"}),
        ("aws_security_group", "it", {"description": "x", "ingress": [{"from_port": 22, "to_port": 22,
            "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}]}),
    )  # fmt: skip
    found = {result.id: result for result in checkov.run(document).results if not result.passed}
    assert found["CKV_AWS_7"].hint == "set `enable_key_rotation` to `True`"
    assert found["CKV_AWS_7"].address == "aws_kms_key.it"
    assert found["CKV_AWS_7"].title == "Ensure rotation for customer created CMKs is enabled"
    assert "`aws_flow_log`" in found["CKV2_AWS_11"].hint
    assert "`ingress.from_port`" in found["CKV_AWS_24"].hint
    assert all(result.hint for result in found.values())


def test_skipped_checks_do_not_run(checkov: Checkov) -> None:
    """A check that is left out neither passes nor fails."""
    document = plan(("aws_kms_key", "it", {"description": "x"}))
    assert "CKV_AWS_7" not in {result.id for result in checkov.run(document, skipped=["CKV_AWS_7"]).results}


def test_one_check_that_stumbles_does_not_take_the_others_with_it(
    checkov: Checkov, capfd: pytest.CaptureFixture[str]
) -> None:
    """A check that raises is left out and named, without a trace; all others run."""
    from checkov.terraform.checks.resource.registry import resource_registry  # noqa: PLC0415

    def stumble(_: Any) -> None:
        raise ValueError("not a number")

    stumbling: Any = resource_registry.get_check_by_id("CKV_AWS_7")
    stumbling.scan_resource_conf = stumble
    try:
        run = checkov.run(plan(("aws_kms_key", "it", {"enable_key_rotation": True})))
    finally:
        del stumbling.scan_resource_conf
    (broken,) = run.broken
    assert (broken.id, broken.address, broken.why) == (
        "CKV_AWS_7",
        "aws_kms_key.it",
        "ValueError: not a number",
    )
    assert "CKV_AWS_7" not in {result.id for result in run.results}
    assert "CKV2_AWS_64" in {result.id for result in run.results}
    assert "Traceback" not in capfd.readouterr().err

"""How much of what checkov checks can be reached from Pulumi."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from policies.resources.maintenance import sdk_types as sdk
from policies.resources.terraform.names import Names, names_document
from policies.resources.terraform.schema import provider_schema

# one worker imports checkov, for all of them
pytestmark = [pytest.mark.xdist_group("checkov"), pytest.mark.no_cover]

UNREACHABLE = {
    "aws_az_info": "a name that checkov has for no resource",
    "aws_caller_info": "a name that checkov has for no resource",
    "aws_region_info": "a name that checkov has for no resource",
    "aws_root": "the account itself, not a resource",
    "aws_root_access_key": "the account itself, not a resource",
    "aws_iam_policy_document": "a data source",
    "aws_ec2_spot_fleet_request": "called aws_spot_fleet_request",
    "aws_db_security_group": "EC2-Classic, gone since provider 5",
    "aws_elasticache_security_group": "EC2-Classic, gone since provider 5",
    "aws_redshift_security_group": "EC2-Classic, gone since provider 5",
    "aws_macie_member_account_association": "Macie Classic, gone since provider 5",
    "aws_macie_s3_bucket_association": "Macie Classic, gone since provider 5",
    "aws_opsworks_": "OpsWorks ended in 2024, gone since provider 6",
    "aws_simpledb_domain": "gone since provider 6",
    "aws_worklink_": "WorkLink ended in 2022, gone since provider 6",
}
"""Types and beginnings of types that checkov knows and pulumi_aws does not have, and why."""


@pytest.fixture(scope="module")
def checked_types() -> dict[str, set[str]]:
    """Every resource type that a check of checkov for Terraform names, with the ids of those checks."""
    from checkov.common.checks_infra.registry import get_graph_checks_registry  # noqa: PLC0415 - takes seconds
    from checkov.terraform.checks.resource.registry import resource_registry  # noqa: PLC0415

    graph = get_graph_checks_registry("terraform")
    graph.load_checks()
    by_type: Mapping[str, list[Any]] = resource_registry.checks
    found: dict[str, set[str]] = {}
    for kind, checks in by_type.items():
        found.setdefault(kind, set()).update(check.id for check in checks)
    for one in graph.checks:
        for kind in _kinds(one):
            found.setdefault(kind, set()).add(one.id)
    return {kind: ids for kind, ids in found.items() if kind.startswith("aws_")}


def _kinds(check: Any) -> Iterator[str]:
    yield from getattr(check, "resource_types", None) or ()
    yield from getattr(check, "connected_resources_types", None) or ()
    for part in getattr(check, "sub_checks", None) or ():
        yield from _kinds(part)


def test_every_checked_type_can_be_reached(
    checked_types: dict[str, set[str]], record_property: Callable[[str, object], None]
) -> None:
    """Of the types that checkov has a check for, all that the provider still has are reached."""
    names = Names(names_document(), provider_schema().types)
    reached = {names.terraform_type(token) for token in sdk.tokens()}
    missing = {kind for kind in checked_types if kind not in reached}
    unexplained = {kind for kind in missing if not kind.startswith(tuple(UNREACHABLE))}
    share = 1 - len(missing) / len(checked_types)
    record_property("share of checked types reached", f"{share:.1%}")
    print(f"{len(checked_types) - len(missing)} of {len(checked_types)} types ({share:.1%})")  # noqa: T201
    assert unexplained == set()
    assert share > 0.97
    assert len(checked_types) > 1400


def test_no_reason_is_out_of_date(checked_types: dict[str, set[str]]) -> None:
    """A type that is said to be out of reach is one that checkov names and the provider does not have."""
    types = provider_schema().types
    assert [start for start in UNREACHABLE if not any(kind.startswith(start) for kind in checked_types)] == []
    assert [kind for kind in types if kind.startswith(tuple(UNREACHABLE))] == []

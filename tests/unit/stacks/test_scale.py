"""What the declarations of many services come to, against what AWS takes; nothing is deployed."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from components.containers.repository_policy import repository_policy
from components.declarations import Services, decisions_at_once
from components.identity.boundary import service_boundary
from components.identity.service_statements import KeyArns, task_role_statements
from components.identity.statement import IamStatement, document
from components.keys.key_policy import calls_key_policy
from components.network.acl_plan import plan_acls
from components.network.security_group_plan import plan_access
from tests.support.recording.declarations import PLACE, declared, minimal
from tests.support.recording.many_services import many_texts

KEY = PLACE.account.arn("kms", "key/12345678-1234-1234-1234-123456789012")
KEYS = KeyArns(own=KEY, calls=KEY, grants=KEY)
CALLERS = 150


@cache
def services_of(shape: str) -> Services:
    """200 services with 1,000 calls, or one hub that 150 others call."""
    with TemporaryDirectory() as folder:
        if shape == "many":
            return declared(Path(folder), **many_texts(200, calls=5))
        callers = {
            f"c{number:03}": minimal(f"c{number:03}", 9001 + number, calls=("hub",))
            for number in range(CALLERS)
        }
        return declared(Path(folder), hub=minimal("hub", 9000), **callers)


shapes = pytest.mark.parametrize("shape", ["many", "hub"])


def length(statements: tuple[IamStatement, ...]) -> int:
    """The length of a policy as IAM counts it: without white space."""
    return len("".join(document(statements).split()))


def test_so_many_there_are() -> None:
    """What the tests below speak of."""
    many, hub = services_of("many"), services_of("hub")
    assert (len(many.services), len(many.calls)) == (200, 1000)
    assert len(hub.callers_of("hub")) == CALLERS


@shapes
def test_policies_do_not_grow_with_the_number_of_services(shape: str) -> None:
    """IAM-1: a boundary has 6,144 characters at most, a role's policies 10,240, a key's 32,768."""
    services = services_of(shape)
    for service in services.services:
        assert length(service_boundary(PLACE, services, service, KEYS)) <= 6_144
        assert length(task_role_statements(PLACE, services, service, KEYS)) <= 10_240
    assert length(calls_key_policy(PLACE)) <= 32_768
    assert length(repository_policy(PLACE, ("*",))) <= 10_240


@shapes
def test_groups_have_no_more_rules_than_aws_takes(shape: str) -> None:
    """NET-4: 60 each way."""
    plan = plan_access(services_of(shape), listener_ports=[443, 80], client_ranges=[])
    counted = Counter((rule.group, rule.direction) for rule in plan.rules)
    assert max(counted.values()) <= 60


@shapes
def test_lists_have_no_more_rules_than_aws_takes(shape: str) -> None:
    """NET-3: 20 each way, which the plan refuses to exceed."""
    assert plan_acls(services_of(shape), vpc_cidr="10.0.0.0/16", listener_ports=[443, 80], nat=True)


@shapes
def test_the_function_reserves_no_more_than_an_account_has(shape: str) -> None:
    """GOV-1: Lambda keeps 100 of the 1,000 for whoever reserves none."""
    assert decisions_at_once(services_of(shape)) == 900

"""The VPC endpoints. NET-2."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.declarations import load_services
from components.identity.service_statements import (
    KeyArns,
    execution_role_statements,
    task_role_statements,
)
from components.identity.statement import document
from components.network.endpoint_plan import plan_endpoints
from tests.support.paths import ROOT
from tests.support.recording.declarations import ACCOUNT, PLACE, declared, minimal
from tests.support.recording.iam import ALLOW, SILENT, verdict

SERVICES = load_services(ROOT / "services")
OURS = {"aws:PrincipalArn": ACCOUNT.role("dev-axon-task")}
STRANGER = {"aws:PrincipalArn": "arn:aws:iam::999999999999:role/dev-axon-task"}


def test_what_isolated_tasks_need() -> None:
    """NET-2: S3 and DynamoDB as gateways, every other API as an interface."""
    plan = plan_endpoints(PLACE, SERVICES)
    assert {one.service for one in plan if one.gateway} == {"s3", "dynamodb"}
    assert {one.service for one in plan if not one.gateway} == {
        *("ecr.api", "ecr.dkr", "logs", "secretsmanager", "kms", "lambda", "sts", "monitoring", "xray"),
        *("ecs-agent", "ecs-telemetry"),
    }
    assert [one.name for one in plan][2:4] == ["ecr-api", "ecr-dkr"]


def test_other_accounts_get_nothing_through() -> None:
    """Credentials of another account open no endpoint but the one for signed image links."""
    for endpoint in plan_endpoints(PLACE, SERVICES):
        for statement in endpoint.statements:
            named = statement.resources[0]
            resource = None if named == "*" else named.replace("*", "x").replace("??????", "abcdef")
            text = document(endpoint.statements)
            for action in statement.actions:
                assert verdict(text, action=action, resource=resource, context=OURS) == ALLOW
                expected = ALLOW if endpoint.service == "s3" else SILENT
                assert verdict(text, action=action, resource=resource, context=STRANGER) == expected


def test_records_of_deeds_are_written_and_nothing_else_of_dynamodb() -> None:
    """GOV-4: the policy table is not reached from the network of the services, nor are records read there."""
    (endpoint,) = (one for one in plan_endpoints(PLACE, SERVICES) if one.service == "dynamodb")
    text = document(endpoint.statements)
    records, policies = ACCOUNT.table("dev-idempotency"), ACCOUNT.table("dev-governance-policies")
    for action in ("dynamodb:PutItem", "dynamodb:UpdateItem"):
        assert verdict(text, action=action, resource=records, context=OURS) == ALLOW
        assert verdict(text, action=action, resource=policies, context=OURS) == SILENT
    for action in ("dynamodb:GetItem", "dynamodb:Scan", "dynamodb:DeleteItem"):
        assert verdict(text, action=action, resource=records, context=OURS) == SILENT


@pytest.mark.parametrize("name", ["axon", "orbit"])
def test_the_endpoints_let_through_what_the_roles_may_do(name: str) -> None:
    """A role's permission is worth nothing if the endpoint on its way refuses it."""
    services = load_services(ROOT / "services")
    service = services.get(name)
    keys = KeyArns(
        own=ACCOUNT.arn("kms", "key/own"),
        calls=ACCOUNT.arn("kms", "key/calls"),
        grants=ACCOUNT.arn("kms", "key/grants"),
    )
    texts = [document(endpoint.statements) for endpoint in plan_endpoints(PLACE, services)]
    statements = (
        *task_role_statements(PLACE, services, service, keys),
        *execution_role_statements(PLACE, service, keys),
    )
    for statement in statements:
        for action in statement.actions:
            for pattern in statement.resources:
                concrete = pattern.replace("??????", "abcdef").replace("stream:*", "stream:x")
                resource = None if concrete == "*" else concrete
                said = {verdict(text, action=action, resource=resource, context=OURS) for text in texts}
                assert ALLOW in said, (action, resource)


def test_ecs_is_reached_only_where_tasks_are_tested_one_by_one(tmp_path: Path) -> None:
    """DEL-4: the function that asks each task finds them through an endpoint; nobody else needs it."""
    axon = minimal("axon", 9001) + '[deployment]\nstrategy = "canary"\n'
    services = declared(tmp_path, orbit=minimal("orbit", 9000, calls=("axon",)), axon=axon)
    (endpoint,) = (one for one in plan_endpoints(PLACE, services) if one.service == "ecs")
    text = document(endpoint.statements)
    revision = ACCOUNT.arn("ecs", "service-revision/dev/axon/1")
    assert verdict(text, action="ecs:DescribeServiceRevisions", resource=revision, context=OURS) == ALLOW
    assert verdict(text, action="ecs:UpdateService", resource=revision, context=OURS) == SILENT

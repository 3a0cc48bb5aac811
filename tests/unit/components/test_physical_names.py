"""Every physical name, in one place."""

from __future__ import annotations

from components.account import Account, Place
from components.declarations import Edge
from components.naming import GOVERNANCE, GOVERNANCE_ADMIN, PhysicalNames, Tags
from components.scope import Scope

NAMES = PhysicalNames("dev")


def test_names() -> None:
    """A name follows from environment and thing; a changed one would replace what has it."""
    edge = Edge(caller="orbit", callee="axon")
    assert {
        "cluster": NAMES.cluster,
        "namespace": NAMES.namespace,
        "load balancer": NAMES.load_balancer,
        "table": NAMES.policy_table,
        "function": NAMES.function(GOVERNANCE),
        "function log": NAMES.function_log_group(GOVERNANCE),
        "admin function": NAMES.function(GOVERNANCE_ADMIN),
        "admin log": NAMES.function_log_group(GOVERNANCE_ADMIN),
        "archive bucket": NAMES.archive_bucket("123456789012", "eu-west-1"),
        "access log bucket": NAMES.access_log_bucket("123456789012", "eu-west-1"),
        "audit bucket": NAMES.audit_bucket("123456789012", "eu-west-1"),
        "topic": NAMES.alert_topic,
        "repository": NAMES.repository("axon"),
        "log": NAMES.log_group("axon"),
        "family": NAMES.family("axon"),
        "secret": NAMES.secret("axon", "heartbeat-key"),
        "signing key": NAMES.signing_secret(edge),
        "task role": NAMES.task_role("axon"),
        "execution role": NAMES.execution_role("axon"),
        "boundary": NAMES.boundary("axon"),
        "key": NAMES.key_alias("axon"),
        "group": NAMES.security_group("axon"),
    } == {
        "cluster": "dev",
        "namespace": "dev.myelin",
        "load balancer": "dev-internal",
        "table": "dev-governance-policies",
        "function": "dev-governance-decide",
        "function log": "/aws/lambda/dev-governance-decide",
        "admin function": "dev-governance-admin",
        "admin log": "/aws/lambda/dev-governance-admin",
        "archive bucket": "dev-archive-123456789012-eu-west-1",
        "access log bucket": "dev-access-logs-123456789012-eu-west-1",
        "audit bucket": "dev-governance-audit-123456789012-eu-west-1",
        "topic": "dev-alerts",
        "repository": "dev/axon",
        "log": "/myelin/dev/axon",
        "family": "dev-axon",
        "secret": "dev/axon/heartbeat-key",
        "signing key": "dev/calls/orbit/axon/signing-key",
        "task role": "dev-axon-task",
        "execution role": "dev-axon-execution",
        "boundary": "dev-axon-boundary",
        "key": "alias/dev/axon",
        "group": "dev-axon",
    }


def test_tags() -> None:
    """Environment and layer on everything, the service where there is one."""
    tags = Tags("dev", "platform")
    common = {"Name": "thing", "myelin:environment": "dev", "myelin:layer": "platform"}
    assert tags.of("thing") == common
    assert tags.of("thing", service="axon") == {**common, "myelin:service": "axon"}
    scope = Scope(account=Account(id="1", region="r"), environment="dev", layer="platform")
    assert scope.tags("thing", service="axon") == tags.of("thing", service="axon")


def test_arns_in_another_partition() -> None:
    """China and GovCloud have partitions of their own."""
    account = Account(id="111122223333", region="cn-north-1", partition="aws-cn")
    place = Place(account=account, names=NAMES)
    assert place.task_role("axon") == "arn:aws-cn:iam::111122223333:role/dev-axon-task"
    assert account.root == "arn:aws-cn:iam::111122223333:root"
    assert place.function_alias(GOVERNANCE) == (
        "arn:aws-cn:lambda:cn-north-1:111122223333:function:dev-governance-decide:live"
    )

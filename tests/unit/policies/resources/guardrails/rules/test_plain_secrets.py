"""Passwords and keys that stand in the program as plain text."""

from __future__ import annotations

from typing import Any

import pytest

from policies.resources.graph.values import UNKNOWN, Resource, Secret
from policies.resources.guardrails.rules.plain_secrets import PLAIN_SECRET, secret_inputs
from tests.support.resources.judged import FAILED, PASSED, detail, resource, verdict

DATABASE, BROKER = "aws:rds/instance:Instance", "aws:mq/broker:Broker"
PARAMETER, VERSION = "aws:ssm/parameter:Parameter", "aws:secretsmanager/secretVersion:SecretVersion"


@pytest.mark.parametrize(
    "it",
    [
        resource(DATABASE, password="hunter2"),
        resource(VERSION, secretString="hunter2"),
        resource(PARAMETER, type="SecureString", value="hunter2"),
        resource(BROKER, users=[{"username": "a", "password": Secret(value="x")}, {"password": "hunter2"}]),
        resource("aws:elasticache/user:User", passwords=["hunter2"]),
        resource("aws:iam/serverCertificate:ServerCertificate", privateKey="-----BEGIN"),
    ],
)
def test_plain_text_fails(it: Resource) -> None:
    """At the top and inside blocks and lists; the value itself is not shown."""
    assert verdict(PLAIN_SECRET.id, it) is FAILED
    assert "hunter2" not in detail(PLAIN_SECRET.id, it)


@pytest.mark.parametrize("value", [Secret(value="hunter2"), Secret(value=UNKNOWN), UNKNOWN, None, ""])
def test_secrets_pass(value: Any) -> None:
    """What is marked as secret, comes with the deployment, or is not there."""
    assert verdict(PLAIN_SECRET.id, resource(DATABASE, password=value)) is PASSED
    assert verdict(PLAIN_SECRET.id, resource(BROKER, users=[{"password": value}])) is PASSED
    assert verdict(PLAIN_SECRET.id, resource(BROKER, users=Secret(value=[{"password": "x"}]))) is PASSED


@pytest.mark.parametrize(
    "it",
    [
        resource(PARAMETER, type="String", value="eu-central-1"),
        resource(PARAMETER, type="StringList", value="a,b"),
        resource("aws:s3/bucket:Bucket", bucket="b"),
    ],
)
def test_what_is_no_secret_is_not_spoken_of(it: Resource) -> None:
    """A parameter for everybody to read, and types without secrets."""
    assert verdict(PLAIN_SECRET.id, it) is None


def test_the_table_is_wide() -> None:
    """Databases, caches, brokers, certificates and stores of secrets are in it."""
    assert len(secret_inputs()) > 50
    assert secret_inputs()["aws_rds_cluster"] == ("masterPassword", "masterPasswordWo")

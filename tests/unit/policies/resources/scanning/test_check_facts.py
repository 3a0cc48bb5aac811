"""What is read from checkov's checks, and how they are rated."""

from __future__ import annotations

import pytest

from policies.resources.findings.severity import Severity
from policies.resources.graph.values import UNKNOWN, Resource, Value
from policies.resources.scanning.check_facts import CheckFacts
from policies.resources.scanning.checkov_runner import Checkov, load
from policies.resources.scanning.corrections import CORRECTIONS, says_nothing
from policies.resources.scanning.severities import severity_of

pytestmark = pytest.mark.xdist_group("checkov")


@pytest.fixture(scope="module")
def checkov() -> Checkov:
    return load()


def facts(checkov: Checkov, kind: str, identity: str) -> CheckFacts:
    return next(one for one in checkov.facts(kind) if one.id == identity)


def test_checks_in_python_name_what_they_read(checkov: Checkov) -> None:
    """Attributes and the values that they are compared with stand in the source, also of a base class."""
    topic = facts(checkov, "aws_sns_topic", "CKV_AWS_26")
    assert topic.reads("aws_sns_topic", "kms_master_key_id")
    assert not topic.reads("aws_sns_topic", "name")
    assert topic.connected == frozenset()
    assert {"audit", "profiler"} <= set(facts(checkov, "aws_docdb_cluster", "CKV_AWS_85").constants)
    assert facts(checkov, "aws_iam_policy", "CKV_AWS_286").reads("aws_iam_policy", "policy")
    assert "Active" in facts(checkov, "aws_lambda_function", "CKV_AWS_50").constants


def test_graph_checks_name_what_they_connect(checkov: Checkov) -> None:
    """Attributes are those of each type; a check that wants no connection can be failed by another one."""
    versioning = facts(checkov, "aws_s3_bucket", "CKV_AWS_21")
    assert versioning.connected == {"aws_s3_bucket", "aws_s3_bucket_versioning"}
    assert versioning.growing
    assert versioning.reads("aws_s3_bucket_versioning", "versioning_configuration")
    assert not versioning.reads("aws_s3_bucket", "versioning_configuration")
    assert "Enabled" in versioning.constants
    assert not facts(checkov, "aws_lb", "CKV2_AWS_20").growing
    assert facts(checkov, "aws_iam_policy", "CKV2_AWS_40").connected == frozenset()


def test_every_check_of_every_type_can_be_read(checkov: Checkov) -> None:
    """None stumbles, and each names something that it looks at."""
    kinds = {kind for kind in checkov.resource_checks.checks if kind.startswith("aws_")}
    assert len(kinds) > 150
    assert all(one.words for kind in kinds for one in checkov.facts(kind))
    assert {one.id for kind in kinds for one in checkov.facts(kind)} <= checkov.ids


@pytest.mark.parametrize(
    ("identity", "title", "categories", "severity"),
    [
        ("CKV_AWS_62", "Ensure IAM policies that allow full", ["IAM"], Severity.CRITICAL),
        ("CKV_AWS_17", "Ensure all data stored in RDS is not publicly accessible", [], Severity.HIGH),
        ("CKV_AWS_16", "Ensure all data stored in the RDS is securely encrypted at rest", [], Severity.HIGH),
        ("CKV_AWS_149", "Ensure that Secrets Manager secret is encrypted using KMS CMK", [], Severity.LOW),
        ("CKV_AWS_18", "Ensure the S3 bucket has access logging enabled", ["LOGGING"], Severity.LOW),
        ("CKV_AWS_9999", "Ensure the moon is full", ["NETWORKING"], Severity.MEDIUM),
        ("CKV_AWS_9999", "Ensure the moon is full", ["Convention"], Severity.LOW),
        ("CKV_AWS_9999", "", [], Severity.LOW),
    ],
)
def test_checks_are_rated(identity: str, title: str, categories: list[str], severity: Severity) -> None:
    """A check has the severity of its id, its title or its category."""
    assert severity_of(identity, title, categories) is severity


def test_ratings_tell_checks_apart(checkov: Checkov) -> None:
    """No severity has nearly all checks, and the critical ones are few."""
    checks = {one.id: one for found in checkov.resource_checks.checks.values() for one in found}
    rated = [severity_of(one.id, one.name, [kind.name for kind in one.categories]) for one in checks.values()]
    shares = {severity: rated.count(severity) / len(rated) for severity in Severity}
    assert max(shares.values()) < 0.7
    assert 0 < shares[Severity.CRITICAL] < 0.05


def test_corrections_are_about_their_resources_alone(checkov: Checkov) -> None:
    """A check that is corrected exists, and speaks of every other resource as before."""
    assert {correction.check for correction in CORRECTIONS} <= checkov.ids

    def balancer(kind: Value) -> Resource:
        return Resource(
            urn="u", token="aws:lb/loadBalancer:LoadBalancer", name="b", inputs={"loadBalancerType": kind}
        )

    assert says_nothing("CKV2_AWS_20", "aws_lb", balancer("network"))
    assert says_nothing("CKV2_AWS_20", "aws_alb", balancer("gateway"))
    assert not says_nothing("CKV2_AWS_20", "aws_lb", balancer("application"))
    assert not says_nothing("CKV2_AWS_20", "aws_lb", balancer(UNKNOWN))
    assert not says_nothing("CKV_AWS_91", "aws_lb", balancer("network"))

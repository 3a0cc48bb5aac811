"""Resources that name each other by a literal value."""

from __future__ import annotations

from typing import Any

import pytest

from policies.resources.graph.values import Graph, Resource, Secret
from policies.resources.terraform.literal_references import connect_literals, may_refer
from tests.support.resources.documents import urn

BUCKET, VERSIONING = "aws:s3/bucket:Bucket", "aws:s3/bucketVersioning:BucketVersioning"
ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"


def resource(token: str, name: str, **more: Any) -> Resource:
    return Resource(urn=urn(token, name), token=token, name=name, **more)


def references(*resources: Resource) -> dict[str, dict[str, tuple[str, ...]]]:
    """The references of each resource by its name."""
    found = connect_literals(Graph(stack="dev", source="preview", resources=resources))
    return {item.name: dict(item.references) for item in found.resources}


@pytest.mark.parametrize(
    ("attribute", "kind", "refers"),
    [
        ("bucket", "aws_s3_bucket", True),
        ("s3_bucket_name", "aws_s3_bucket", True),
        ("vpc_security_group_ids", "aws_security_group", True),
        ("load_balancer_arn", "aws_lb", True),
        ("load_balancer_arn", "aws_alb", True),
        ("role", "aws_iam_role", True),
        ("kms_key_id", "aws_kms_key", True),
        ("kms_key_id", "aws_kms_alias", True),
        ("resource_arn", "aws_lb", True),
        ("cluster", "aws_ecs_cluster", True),
        ("kms_master_key_id", "aws_sns_topic", False),
        ("bucket", "aws_iam_role", False),
        ("description", "aws_s3_bucket", False),
        ("name", "aws_s3_bucket", False),
    ],
)
def test_what_an_attribute_may_name(attribute: str, kind: str, *, refers: bool) -> None:
    """Going by its last word, an attribute names resources of some types and not of others."""
    assert may_refer(attribute, kind) is refers


@pytest.mark.parametrize(
    "bucket",
    [
        pytest.param({"inputs": {"bucket": "logs-1"}}, id="by the name that the program gave"),
        pytest.param({"id": "logs-1"}, id="by its id"),
        pytest.param({"outputs": {"bucket": "logs-1"}}, id="by what AWS calls it"),
    ],
)
def test_an_equal_value_connects(bucket: dict[str, Any]) -> None:
    """A bucket is found by its name, its id or an output."""
    found = references(
        resource(BUCKET, "b", **bucket), resource(VERSIONING, "v", inputs={"bucket": "logs-1"})
    )
    assert found == {"b": {}, "v": {"bucket": (urn(BUCKET, "b"),)}}


def test_names_inside_blocks_and_lists_connect() -> None:
    """Wherever the value stands, the input that it stands in refers."""
    group, kind = "aws:ec2/securityGroup:SecurityGroup", "aws:lambda/function:Function"
    found = references(
        resource(group, "g", id="sg-0123"),
        resource(kind, "f", inputs={"vpcConfig": {"securityGroupIds": ["sg-9", "sg-0123"]}}),
    )
    assert found["f"] == {"vpcConfig": (urn(group, "g"),)}


def test_an_equal_value_for_something_else_does_not_connect() -> None:
    """A role called like a bucket is another thing; a secret and a short text are no names."""
    found = references(
        resource(BUCKET, "b", inputs={"bucket": "app"}),
        resource(ROLE, "r", inputs={"name": "app"}),
        resource(POLICY, "p", inputs={"role": "app", "name": "app"}),
        resource(POLICY, "q", inputs={"role": Secret(value="app")}),
        resource(ROLE, "s", inputs={"name": "a"}),
        resource(POLICY, "t", inputs={"role": "a"}),
    )
    assert found["p"] == {"role": (urn(ROLE, "r"),)}
    assert found["q"] == found["t"] == found["b"] == {}


def test_what_pulumi_tells_stays() -> None:
    """A reference that is told is not told twice, and none is lost."""
    told = {"bucket": (urn(BUCKET, "b"),), "other": (urn(BUCKET, "x"),)}
    found = references(
        resource(BUCKET, "b", id="logs-1"),
        resource(VERSIONING, "v", inputs={"bucket": "logs-1"}, references=told),
    )
    assert found["v"] == told

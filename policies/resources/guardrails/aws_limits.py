"""What AWS takes at most, as a table: a deployment that needs more fails half way, or cannot be extended.

The figures are AWS's defaults in November 2026; those that an account may have raised say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_DOCS = "https://docs.aws.amazon.com"
_IAM = f"{_DOCS}/IAM/latest/UserGuide/reference_iam-quotas.html"
_VPC = f"{_DOCS}/vpc/latest/userguide/amazon-vpc-limits.html"
_ECS = f"{_DOCS}/AmazonECS/latest/developerguide/service-quotas.html"
_ALB = f"{_DOCS}/elasticloadbalancing/latest/application/load-balancer-limits.html"


class LimitMeasure(StrEnum):
    """What of a resource is counted."""

    CHARACTERS = "characters"
    """Those of a text, without white space: so IAM counts, and nobody counts more."""
    BYTES = "bytes"
    """Those of a text as it is."""
    ITEMS = "items"
    """Those of a list."""
    RESOURCES = "resources"
    """How many of the type there are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsLimit:
    """At most `most` of something, in resources of a Terraform type.

    `attribute` is what is measured, empty where the resources themselves are; `of` is how an error calls what
    is counted. `raisable`: AWS raises it for an account on request. `way_out` is what to do without that.
    """

    kind: str
    attribute: str = ""
    measure: LimitMeasure
    most: int
    of: str
    page: str
    way_out: str
    raisable: bool = False


_SPLIT = "split it, or name resources by a pattern"


def _length(kind: str, most: int, of: str, page: str, attribute: str = "policy") -> AwsLimit:
    return AwsLimit(
        kind=kind,
        attribute=attribute,
        measure=LimitMeasure.CHARACTERS,
        most=most,
        of=of,
        page=page,
        way_out=_SPLIT,
    )


def _items(kind: str, attribute: str, most: int, of: str, page: str, way_out: str) -> AwsLimit:
    return AwsLimit(
        kind=kind,
        attribute=attribute,
        measure=LimitMeasure.ITEMS,
        most=most,
        of=of,
        page=page,
        way_out=way_out,
        raisable=True,
    )


def _resources(kind: str, most: int, of: str, page: str, way_out: str) -> AwsLimit:
    return AwsLimit(
        kind=kind, measure=LimitMeasure.RESOURCES, most=most, of=of, page=page, way_out=way_out, raisable=True
    )


_FEWER = "remove what is not used, use another account, or have AWS raise it"
LIMITS: tuple[AwsLimit, ...] = (
    _length("aws_iam_policy", 6_144, "characters of a managed policy or boundary", _IAM),
    _length("aws_iam_role_policy", 10_240, "characters of the inline policies of a role", _IAM),
    _length("aws_iam_role", 2_048, "characters of a trust policy", _IAM, "assume_role_policy"),
    _length(
        "aws_kms_key",
        32_768,
        "bytes of a key policy",
        f"{_DOCS}/kms/latest/developerguide/resource-limits.html",
    ),
    _length(
        "aws_secretsmanager_secret_policy",
        20_480,
        "characters of a secret's policy",
        f"{_DOCS}/secretsmanager/latest/userguide/reference_limits.html",
    ),
    _length(
        "aws_s3_bucket_policy",
        20_480,
        "bytes of a bucket policy",
        f"{_DOCS}/AmazonS3/latest/userguide/bucket-policies.html",
    ),
    _length(
        "aws_ecr_repository_policy",
        10_240,
        "bytes of a repository's policy",
        f"{_DOCS}/AmazonECR/latest/userguide/service-quotas.html",
    ),
    _length(
        "aws_vpc_endpoint",
        20_480,
        "characters of an endpoint policy",
        f"{_DOCS}/vpc/latest/privatelink/vpc-limits-endpoints.html",
    ),
    AwsLimit(
        kind="aws_ecs_task_definition",
        attribute="container_definitions",
        measure=LimitMeasure.BYTES,
        most=65_536,
        of="bytes of a task definition",
        page=_ECS,
        way_out="shorten its environment, or have fewer callers and calls",
    ),
    _items(
        "aws_network_acl", "ingress", 20, "ingress rules of a network ACL", _VPC, "give neighbouring ports"
    ),
    _items("aws_network_acl", "egress", 20, "egress rules of a network ACL", _VPC, "give neighbouring ports"),
    _items(
        "aws_ecs_service",
        "network_configuration.security_groups",
        5,
        "security groups of a service",
        _ECS,
        "put rules into a group that several have",
    ),
    _items(
        "aws_ecs_service",
        "load_balancer",
        5,
        "target groups of a service",
        _ECS,
        "have fewer listeners lead to it",
    ),
    _resources("aws_iam_role", 1_000, "roles of an account", _IAM, _FEWER),
    _resources("aws_iam_policy", 1_500, "managed policies of an account", _IAM, _FEWER),
    _resources(
        "aws_kms_key",
        100_000,
        "keys of a region",
        f"{_DOCS}/kms/latest/developerguide/resource-limits.html",
        _FEWER,
    ),
    _resources(
        "aws_secretsmanager_secret",
        500_000,
        "secrets of a region",
        f"{_DOCS}/secretsmanager/latest/userguide/reference_limits.html",
        _FEWER,
    ),
    _resources("aws_security_group", 2_500, "security groups of a region", _VPC, _FEWER),
    _resources("aws_vpc_endpoint", 50, "interface endpoints of a VPC", _VPC, _FEWER),
    _resources("aws_eip", 5, "Elastic IP addresses of a region", _VPC, "have fewer NAT gateways"),
    _resources("aws_ecs_service", 1_000, "services of a namespace", _ECS, "use another environment"),
    _resources("aws_lb_target_group", 3_000, "target groups of a region", _ALB, _FEWER),
)
"""All but those of groups and listeners, whose rules are resources of their own."""

RULES_OF_GROUP = AwsLimit(
    kind="aws_security_group",
    measure=LimitMeasure.RESOURCES,
    most=60,
    of="rules of a security group in one direction",
    page=_VPC,
    way_out="name a group that several peers are in, or a range",
    raisable=True,
)
RULES_OF_LISTENER = AwsLimit(
    kind="aws_lb_listener",
    measure=LimitMeasure.RESOURCES,
    most=100,
    of="rules of a load balancer",
    page=_ALB,
    way_out="give fewer services ingress, or let one lead to several",
    raisable=True,
)
EXECUTIONS = AwsLimit(
    kind="aws_lambda_function",
    attribute="reserved_concurrent_executions",
    measure=LimitMeasure.RESOURCES,
    most=900,
    of="executions that the functions of an account reserve",
    page=f"{_DOCS}/lambda/latest/dg/gettingstarted-limits.html",
    way_out="reserve fewer; of 1,000 Lambda keeps 100 that nobody reserves",
    raisable=True,
)

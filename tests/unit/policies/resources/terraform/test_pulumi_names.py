"""What Pulumi calls what checks speak of."""

from __future__ import annotations

import pytest

from policies.resources.terraform.pulumi_names import property_path, type_name


@pytest.mark.parametrize(
    ("kind", "path", "pulumi", "python"),
    [
        ("aws_kms_key", "enable_key_rotation", "enableKeyRotation", "enable_key_rotation"),
        ("aws_lb_listener", "default_action.redirect.port", "defaultActions.redirect.port", None),
        ("aws_lambda_function", "function_name", "name", None),
        ("aws_lambda_function", "environment.variables.A_B", "environment.variables.A_B", None),
        ("aws_iam_policy", "policy.Statement.Action", "policy", "policy"),
        ("aws_ecs_cluster", "setting", "settings", None),
        ("aws_s3_bucket", "networking", None, None),
        ("aws_s3_bucket", "versioning.networking", None, None),
        ("aws_no_such_type", "name", None, None),
    ],
)
def test_properties(kind: str, path: str, pulumi: str | None, python: str | None) -> None:
    """By the SDK's own names; what the type does not have has none."""
    assert property_path(kind, path, python=False) == pulumi
    if python is not None:
        assert property_path(kind, path, python=True) == python


def test_types() -> None:
    """As a program names the class; the newer of two that are the same resource."""
    assert type_name("aws_s3_bucket_logging") == "aws.s3.BucketLogging"
    assert type_name("aws_lb") == "aws.lb.LoadBalancer"
    assert type_name("aws_no_such_type") is None

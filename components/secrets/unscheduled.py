"""A secret whose values do not come from a schedule of its own."""

from __future__ import annotations

import pulumi
from pulumi_aws.secretsmanager.secret import Secret


def make_unscheduled_secret(
    name: str,
    *,
    physical_name: str,
    purpose: str,
    key_arn: pulumi.Input[str],
    recovery_days: int,
    tags: dict[str, str],
    opts: pulumi.ResourceOptions,
) -> Secret:
    """Make the secret without a value; a component that adds a schedule makes the secret itself."""
    # myelin: allow CKV2_AWS_57 until 2027-11-30: it holds no credential that we give: public keys, which are
    #   written with each rotation of the private one, or what people put in
    return Secret(
        name,
        name=physical_name,
        description=purpose,
        kms_key_id=key_arn,
        recovery_window_in_days=recovery_days,
        tags=tags,
        opts=opts,
    )

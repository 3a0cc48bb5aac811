"""Asks AWS which account and region a stack is being deployed to."""

from __future__ import annotations

from components.account import Account


def current_account() -> Account:
    """The account of the credentials in use, and the region of the provider."""
    from pulumi_aws.get_caller_identity import get_caller_identity  # noqa: PLC0415 - costly to import
    from pulumi_aws.get_partition import get_partition  # noqa: PLC0415
    from pulumi_aws.get_region import get_region  # noqa: PLC0415

    return Account(
        id=get_caller_identity().account_id,
        region=get_region().region,
        partition=get_partition().partition,
    )

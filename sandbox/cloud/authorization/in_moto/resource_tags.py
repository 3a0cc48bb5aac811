"""The tags of a resource, as condition keys."""

from __future__ import annotations

from typing import Any

from moto.kms.models import kms_backends
from moto.secretsmanager.models import secretsmanager_backends

TAGGED = ("kms", "secretsmanager")
"""The services whose tags are told."""

_KEY = "aws:ResourceTag/"
KNOWN = _KEY.lower()
"""What the keys of all tags begin with."""


def tag_keys(account: str, region: str, arn: str | None) -> dict[str, str] | None:
    """The tags of a resource by condition key; None for a service whose tags are not told."""
    service = arn.split(":")[2] if arn and arn.count(":") >= 5 else ""
    if service == "secretsmanager":
        secret: Any = secretsmanager_backends[account][region].secrets.get(str(arn))
        given = (secret.tags if secret is not None else None) or []
        return {_KEY + tag["Key"]: tag["Value"] for tag in given}
    if service == "kms":
        tags = kms_backends[account][region].tagger.get_tag_dict_for_resource(str(arn).partition(":key/")[2])
        return {_KEY + name: str(value) for name, value in tags.items()}
    return None

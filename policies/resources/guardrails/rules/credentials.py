"""Rules about keys, secrets and roles: what can be rotated is rotated, and every role has a boundary."""

from __future__ import annotations

import re

from ..rule import Guardrail, Reach
from ..subject import Attributes, Subject

KEY_DAYS = 365
"""Longest time between rotations of a key; the default of KMS."""
SECRET_DAYS = 90
"""Longest time between rotations of a secret."""
_RATE = re.compile(r"rate\((\d+) (hour|day)s?\)")


def _rotation(subject: Subject) -> str | None:
    match subject.kind:
        case "aws_kms_key":
            return _key(subject.attributes)
        case "aws_secretsmanager_secret_rotation":
            return _secret(subject.attributes)
        case _:
            return "an access key of a user never rotates by itself"


def _key(attributes: Attributes) -> str | None:
    spec = attributes.get("customer_master_key_spec") or "SYMMETRIC_DEFAULT"
    usage = attributes.get("key_usage") or "ENCRYPT_DECRYPT"
    if (spec, usage) != ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"):
        # KMS rotates no other keys: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
        return None
    if not attributes.flag("enable_key_rotation"):
        return "`enable_key_rotation` is not true"
    days = attributes.get("rotation_period_in_days")
    if days is not None and int(days) > KEY_DAYS:
        return f"the key rotates every {days} days, more than {KEY_DAYS}"
    return None


def _secret(attributes: Attributes) -> str | None:
    days = attributes.get("rotation_rules.automatically_after_days")
    if days is None:
        expression = str(attributes.get("rotation_rules.schedule_expression") or "")
        rate = _RATE.fullmatch(expression)
        if rate is None:
            # Secrets Manager takes no cron expression that comes less than once a year
            return None if expression.startswith("cron(") else "the rotation has no interval"
        days = int(rate[1]) if rate[2] == "day" else 1
    if int(days) > SECRET_DAYS:
        return f"the secret rotates every {days} days, more than {SECRET_DAYS}"
    return None


def _boundary(subject: Subject) -> str | None:
    if subject.attributes.has("permissions_boundary"):
        return None
    return "`permissions_boundary` is not set, so nothing caps what may be attached"


ROTATION = Guardrail(
    id="CKV_MYELIN_8",
    name="credentials-rotate",
    title="Ensure that keys and secrets rotate often enough",
    hint=f"keys within {KEY_DAYS} days, secrets within {SECRET_DAYS}, and no access keys of users",
    reach=Reach.ANYBODY,
    kinds=("aws_iam_access_key", "aws_kms_key", "aws_secretsmanager_secret_rotation"),
    judge=_rotation,
)
BOUNDARY = Guardrail(
    id="CKV_MYELIN_9",
    name="role-has-boundary",
    title="Ensure that every role and user has a permission boundary",
    hint="give `permissions_boundary`; the foundation has one for each service",
    reach=Reach.PLATFORM,
    kinds=("aws_iam_role", "aws_iam_user"),
    judge=_boundary,
)

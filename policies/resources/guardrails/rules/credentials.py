"""Rules about keys, secrets and roles: what can be rotated is rotated, and every role has a boundary."""

from __future__ import annotations

import re
from itertools import pairwise
from math import ceil

from ..rule import Guardrail, Reach
from ..subject import Attributes, NotKnownError, Subject

KEY_DAYS = 365
"""Longest time between rotations of a key; the default of KMS."""
SECRET_DAYS = 90
"""Longest time between rotations of a secret."""
_RATE = re.compile(r"rate\((\d+) (hour|day)s?\)")
_CRON = re.compile(r"cron\(\S+ \S+ \S+ (?P<months>\S+) \S+ \S+\)")
_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTH = rf"(?:1[0-2]|0?[1-9]|{'|'.join(_NAMES)})"
_MONTHS = re.compile(rf"(?P<first>\*|{_MONTH})(?:-(?P<last>{_MONTH}))?(?:/(?P<step>[1-9]\d?))?")
_MONTHS_APART = 2
"""Two months have at most 62 days, three have up to 92."""


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
        # nor keys in a custom key store
        return None if attributes.get("custom_key_store_id") else "`enable_key_rotation` is not true"
    days = attributes.number("rotation_period_in_days")
    if days is not None and days > KEY_DAYS:
        return f"the key rotates every {days} days, more than {KEY_DAYS}"
    return None


def _secret(attributes: Attributes) -> str | None:
    days = attributes.number("rotation_rules.automatically_after_days")
    # 0 days is how AWS tells of a secret that has a schedule
    if not days:
        expression = str(attributes.get("rotation_rules.schedule_expression") or "")
        if cron := _CRON.fullmatch(expression):
            return _cron(cron["months"])
        rate = _RATE.fullmatch(expression)
        if rate is None:
            return "the rotation has no interval"
        days = int(rate[1]) if rate[2] == "day" else ceil(int(rate[1]) / 24)
    if days > SECRET_DAYS:
        return f"the secret rotates every {days} days, more than {SECRET_DAYS}"
    return None


def _cron(field: str) -> str | None:
    """Judge a schedule by its months: it comes at least once in each of them."""
    months = _months(field)
    gap = max(later - month for month, later in pairwise([*months, months[0] + 12]))
    if gap > _MONTHS_APART:
        return f"the secret rotates every {gap} months, more than {SECRET_DAYS} days"
    return None


def _months(field: str) -> list[int]:
    """The months that a cron expression names, in order; raises NotKnownError for what it cannot read.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
    """
    found: set[int] = set()
    for part in field.upper().split(","):
        item = _MONTHS.fullmatch(part)
        if item is None:
            raise NotKnownError(field, said=f"the months `{field}` of the rotation cannot be read")
        first = 1 if item["first"] == "*" else _number(item["first"])
        alone = first if item["first"] != "*" and not item["step"] else 12
        last = _number(item["last"]) if item["last"] else alone
        found.update((month - 1) % 12 + 1 for month in _steps(first, last, int(item["step"] or 1)))
    return sorted(found)


def _steps(first: int, last: int, step: int) -> range:
    """From one month to another, which may be one of the next year."""
    return range(first, last + (12 if last < first else 0) + 1, step)


def _number(month: str) -> int:
    return _NAMES.index(month) + 1 if month in _NAMES else int(month)


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

"""The secrets of an environment that are rotated: their versions, schedules, and who reads them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum
from typing import Any

from cli.errors import UsageError
from components.naming import GOVERNANCE, RESTART_TAG, ROTATION_TAG

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"
GRANT_KEY = "grants/signing-key"
_SIGNING_KEY = re.compile(r"calls/(?P<caller>[^/]+)/(?P<callee>[^/]+)/signing-key")


class Reading(StrEnum):
    """When a consumer reads a secret."""

    AT_START = "at its start"
    """Its tasks have to be replaced."""
    AGAIN = "again and again"
    """By itself, in the running process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretConsumer:
    """A service or function that uses a secret."""

    name: str
    reading: Reading


@dataclass(frozen=True, slots=True, kw_only=True)
class RotatedSecret:
    """A secret with a schedule; `name` is without the environment. `labels` are by version."""

    name: str
    arn: str
    kind: str
    labels: Mapping[str, tuple[str, ...]]
    restarts: str = ""
    key_id: str = ""
    schedule: str = ""
    last: datetime | None = None
    next: datetime | None = None

    def holder(self, label: str) -> str | None:
        """The version with a label."""
        return next((version for version, labels in self.labels.items() if label in labels), None)

    @property
    def stuck(self) -> str | None:
        """The version of a rotation that has not ended; AWS refuses another one meanwhile."""
        pending = self.holder(PENDING)
        return pending if pending != self.holder(CURRENT) else None


def read_secrets(client: Any, environment: str) -> tuple[RotatedSecret, ...]:
    """All secrets of an environment that have a schedule, by name. `client` is one of `secretsmanager`."""
    prefix = f"{environment}/"
    pages = client.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [prefix]}])
    found = (each for page in pages for each in page["SecretList"])
    rotated = (
        _read(each, prefix)
        for each in found
        if str(each["Name"]).startswith(prefix) and each.get("RotationEnabled")
    )
    return tuple(sorted(rotated, key=lambda secret: secret.name))


def _read(found: Mapping[str, Any], prefix: str) -> RotatedSecret:
    tags = {str(tag["Key"]): str(tag["Value"]) for tag in found.get("Tags") or ()}
    name = str(found["Name"]).removeprefix(prefix)
    rules = found.get("RotationRules") or {}
    days = rules.get("AutomaticallyAfterDays")
    versions = found.get("SecretVersionsToStages") or {}
    return RotatedSecret(
        name=name,
        arn=str(found["ARN"]),
        kind=tags.get(ROTATION_TAG) or ("grant-key" if name == GRANT_KEY else "unknown"),
        labels={str(version): tuple(labels) for version, labels in versions.items()},
        restarts=tags.get(RESTART_TAG, ""),
        key_id=str(found.get("KmsKeyId") or ""),
        schedule=str(rules.get("ScheduleExpression") or (f"every {days} days" if days else "")),
        last=found.get("LastRotatedDate"),
        next=found.get("NextRotationDate"),
    )


def find_secret(secrets: Sequence[RotatedSecret], name: str) -> RotatedSecret:
    """The secret that a person names: in full, or a signing key by `caller-callee`. Raises UsageError."""
    for secret in secrets:
        if name == secret.name:
            return secret
    meant = [secret for secret in secrets if name == "-".join(_ends(secret))]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise UsageError(
            f"`{name}` names {len(meant)} secrets",
            hint=f"name one of them in full: {', '.join(secret.name for secret in meant)}",
        )
    names = [secret.name for secret in secrets]
    near = get_close_matches(name, names, n=1)
    raise UsageError(
        f"no secret `{name}` is rotated here",
        hint=f"did you mean `{near[0]}`" if near else f"rotated are {', '.join(names) or 'none'}",
    )


def consumers_of(secret: RotatedSecret, services: Iterable[str]) -> tuple[SecretConsumer, ...]:
    """Who uses a secret; `services` are the names of those that are deployed."""
    if secret.restarts:
        return (SecretConsumer(name=secret.restarts, reading=Reading.AT_START),)
    if secret.name == GRANT_KEY:
        return (SecretConsumer(name=GOVERNANCE, reading=Reading.AGAIN),)
    deployed = set(services)
    return tuple(SecretConsumer(name=end, reading=Reading.AGAIN) for end in _ends(secret) if end in deployed)


def _ends(secret: RotatedSecret) -> tuple[str, ...]:
    """Caller and callee of a signing key; none of any other secret."""
    found = _SIGNING_KEY.fullmatch(secret.name)
    return (found["caller"], found["callee"]) if found else ()

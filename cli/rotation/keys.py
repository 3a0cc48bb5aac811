"""KMS keys rotated on demand: how often that was done, and what is still under older key material.

https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-on-demand.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from botocore.exceptions import ClientError

from cli.errors import UsageError
from cli.rotation.errors import KeyLimitError, NotRotatedError
from components.naming import GRANTS_KEY, PLATFORM_KEY

MOST_ON_DEMAND = 25
"""On-demand rotations of one key, in all its life."""
SYMMETRIC = "SYMMETRIC_DEFAULT"
NOT_LISTED = {
    PLATFORM_KEY: "log groups, tables, images, function settings and alerts",
    GRANTS_KEY: "the table of deeds",
}
"""What else is under a key, of which AWS does not tell under which material it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KmsKeyState:
    """A key of an environment; `name` as in its alias. `on_demand` are the dates of those rotations."""

    name: str
    arn: str
    spec: str
    automatic: bool = False
    period_days: int = 0
    next: datetime | None = None
    rotations: tuple[datetime, ...] = ()
    on_demand: int = 0

    @property
    def left(self) -> int:
        """How many on-demand rotations are left."""
        return max(0, MOST_ON_DEMAND - self.on_demand)


@dataclass(frozen=True, slots=True, kw_only=True)
class OlderVersion:
    """A version of a secret that was written before the last rotation of its key."""

    secret: str
    version: str
    labels: tuple[str, ...]


class KmsKeys:
    """The keys of one environment."""

    def __init__(self, kms: Any, environment: str) -> None:
        """`kms` is a client of that service."""
        self._kms = kms
        self._prefix = f"alias/{environment}/"

    def names(self) -> tuple[str, ...]:
        """The names of all keys."""
        return tuple(sorted(self._ids()))

    def read(self, name: str) -> KmsKeyState:
        """How a key stands. Raises UsageError for one that there is not."""
        ids = self._ids()
        if name not in ids:
            near = get_close_matches(name, ids, n=1)
            known = ", ".join(sorted(ids)) or "none"
            raise UsageError(
                f"there is no key `{name}`", hint=f"did you mean `{near[0]}`" if near else f"keys are {known}"
            )
        found = self._kms.describe_key(KeyId=ids[name])["KeyMetadata"]
        spec = str(found.get("KeySpec") or found.get("CustomerMasterKeySpec") or "")
        if spec != SYMMETRIC:
            return KmsKeyState(name=name, arn=str(found["Arn"]), spec=spec)
        status = self._kms.get_key_rotation_status(KeyId=ids[name])
        pages = self._kms.get_paginator("list_key_rotations").paginate(KeyId=ids[name])
        rotations = [each for page in pages for each in page["Rotations"] if each.get("RotationDate")]
        return KmsKeyState(
            name=name,
            arn=str(found["Arn"]),
            spec=spec,
            automatic=bool(status.get("KeyRotationEnabled")),
            period_days=int(status.get("RotationPeriodInDays") or 0),
            next=status.get("NextRotationDate"),
            rotations=tuple(sorted(each["RotationDate"] for each in rotations)),
            on_demand=sum(each.get("RotationType") == "ON_DEMAND" for each in rotations),
        )

    def check(self, key: KmsKeyState) -> None:
        """Raise UsageError for a key that KMS cannot rotate, KeyLimitError if no rotation is left."""
        if key.spec != SYMMETRIC:
            raise UsageError(
                f"KMS does not rotate `{key.name}`: it is asymmetric ({key.spec})",
                hint="what it signed is verified with it; a new key is a new alias and a new deployment",
            )
        if not key.left:
            raise KeyLimitError(
                f"`{key.name}` was rotated on demand {key.on_demand} times, and KMS allows {MOST_ON_DEMAND}",
                hint="its schedule goes on; for new material now, make another key",
            )

    def rotate(self, key: KmsKeyState) -> None:
        """Have KMS make new material now. Raises as `check` does, and NotRotatedError."""
        self.check(key)
        try:
            self._kms.rotate_key_on_demand(KeyId=key.arn)
        except ClientError as error:
            said = error.response["Error"]
            raised = KeyLimitError if said.get("Code") == "LimitExceededException" else NotRotatedError
            raise raised(f"KMS does not rotate `{key.name}`: {said.get('Message', error)}") from error

    def _ids(self) -> dict[str, str]:
        pages = self._kms.get_paginator("list_aliases").paginate()
        aliases = (alias for page in pages for alias in page["Aliases"])
        return {
            str(alias["AliasName"]).removeprefix(self._prefix): str(alias["TargetKeyId"])
            for alias in aliases
            if str(alias["AliasName"]).startswith(self._prefix) and "TargetKeyId" in alias
        }


def older_versions(secrets: Any, key: KmsKeyState, environment: str) -> tuple[OlderVersion, ...]:
    """The labelled versions of secrets under a key that were written before its last rotation.

    `secrets` is a client of `secretsmanager`. They are decrypted all the same; the next rotation of such a
    secret writes it under the new material.
    """
    if not key.rotations:
        return ()
    prefix, last = f"{environment}/", key.rotations[-1]
    pages = secrets.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [prefix]}])
    under = [
        each
        for page in pages
        for each in page["SecretList"]
        if str(each.get("KmsKeyId", "")) in (key.arn, key.arn.rpartition("/")[2])
    ]
    return tuple(_older(secrets, under, prefix, last))


def _versions(secrets: Any, arn: str) -> Iterator[Any]:
    """The versions of a secret; botocore has no paginator for this call."""
    token = ""
    while True:
        page = secrets.list_secret_version_ids(SecretId=arn, **({"NextToken": token} if token else {}))
        yield from page["Versions"]
        token = page.get("NextToken") or ""
        if not token:
            return


def _older(secrets: Any, under: Sequence[Any], prefix: str, last: datetime) -> Iterator[OlderVersion]:
    for secret in under:
        for version in _versions(secrets, str(secret["ARN"])):
            labels = tuple(version.get("VersionStages", ()))
            if labels and version["CreatedDate"] < last:
                yield OlderVersion(
                    secret=str(secret["Name"]).removeprefix(prefix),
                    version=str(version["VersionId"]),
                    labels=labels,
                )

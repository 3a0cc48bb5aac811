"""A Secrets Manager in memory, with the labels and errors of AWS that a rotation meets.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html and its siblings.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError


@dataclass
class Version:
    text: str | None = None
    labels: set[str] = field(default_factory=set)


@dataclass
class SecretsManager:
    """Secrets by id; each has versions by token. `killed_after` ends the process after that many writes."""

    rotating: set[str] = field(default_factory=set)
    secrets: dict[str, dict[str, Version]] = field(default_factory=dict)
    writes: int = 0
    killed_after: int | None = None
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    proofs: list[str | None] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def begin(self, secret: str, token: str) -> None:
        """What RotateSecret does first: an empty pending version."""
        self.rotating.add(secret)
        versions = self.secrets.setdefault(secret, {})
        for version in versions.values():
            version.labels.discard("AWSPENDING")
        versions.setdefault(token, Version()).labels.add("AWSPENDING")

    def current(self, secret: str) -> str | None:
        held = [v for v in self.secrets.get(secret, {}).values() if "AWSCURRENT" in v.labels]
        return held[0].text if held else None

    def describe_secret(self, **asked: Any) -> dict[str, Any]:
        labels = {token: sorted(version.labels) for token, version in self.secrets[asked["SecretId"]].items()}
        tags = [{"Key": key, "Value": value} for key, value in self.tags.get(asked["SecretId"], {}).items()]
        return {
            "RotationEnabled": asked["SecretId"] in self.rotating,
            "VersionIdsToStages": labels,
            "Tags": tags,
        }

    def get_secret_value(self, **asked: Any) -> dict[str, Any]:
        for token, version in self.secrets.get(asked["SecretId"], {}).items():
            named = asked.get("VersionId", token) == token and asked["VersionStage"] in version.labels
            if named and version.text is not None:
                return {"VersionId": token, "SecretString": version.text}
        raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")

    def put_secret_value(self, **asked: Any) -> None:
        self._write(asked)
        token = asked.get("ClientRequestToken", f"version-{next(self._numbers)}")
        versions = self.secrets.setdefault(asked["SecretId"], {})
        version = versions.setdefault(token, Version())
        if version.text not in (None, asked["SecretString"]):
            raise ClientError({"Error": {"Code": "ResourceExistsException"}}, "PutSecretValue")
        if version.text is not None:
            return  # the same again is ignored
        version.text = asked["SecretString"]
        for label in asked.get("VersionStages", ["AWSCURRENT"]):
            self._move(versions, label, token)

    def update_secret_version_stage(self, **asked: Any) -> None:
        self._write(asked)
        versions, label = self.secrets[asked["SecretId"]], asked["VersionStage"]
        source, target = asked.get("RemoveFromVersionId"), asked.get("MoveToVersionId")
        holder = next((token for token, version in versions.items() if label in version.labels), None)
        if not {source, target} <= {None, *versions} or source not in (None, holder):
            raise _invalid("no such version, or the label is not on it")
        if target is None:
            versions[str(source)].labels.discard(label)
        elif holder not in (None, target) and source is None:
            raise _invalid("the label is on another version")
        elif holder != target:
            self._move(versions, label, target)

    def _move(self, versions: dict[str, Version], label: str, token: str) -> None:
        for version in versions.values():
            if label == "AWSCURRENT" and label in version.labels:
                for other in versions.values():
                    other.labels.discard("AWSPREVIOUS")
                version.labels.add("AWSPREVIOUS")
            version.labels.discard(label)
        versions[token].labels.add(label)

    def _write(self, asked: dict[str, Any]) -> None:
        if self.killed_after is not None and self.writes >= self.killed_after:
            raise KilledError
        self.writes += 1
        self.proofs.append(asked.get("RotationToken"))


def _invalid(message: str) -> ClientError:
    error = {"Code": "InvalidParameterException", "Message": message}
    return ClientError({"Error": error}, "UpdateSecretVersionStage")


class KilledError(Exception):
    """The process ended before the call was made."""

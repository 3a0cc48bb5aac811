"""Corrects what moto's Secrets Manager makes of versions and their labels.

One function each, with its reason.

A label is on one version at most: nothing else keeps a rotation from losing a value. Imports moto, so import
this module late.
https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.secretsmanager import models
from moto.secretsmanager.exceptions import InvalidParameterException, ResourceExistsException

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"


def install() -> None:
    """Correct moto; a second call changes nothing more."""
    backend: Any = models.SecretsManagerBackend
    secret: Any = models.FakeSecret
    _once(backend, "update_secret_version_stage", _move_labels)
    _once(backend, "put_secret_value", _put_values)
    _once(backend, "list_secret_version_ids", lambda _: list_secret_version_ids)
    _once(secret, "to_dict", _describe)
    secret.reset_default_version = reset_default_version


def holder(secret: Any, label: str) -> str | None:
    """The version with a label."""
    versions = secret.versions.items()
    return next((version for version, held in versions if label in held["version_stages"]), None)


def _once(owner: Any, name: str, correct: Callable[[Any], Any]) -> None:
    kept = f"_myelin_{name}"
    if not hasattr(owner, kept):
        setattr(owner, kept, getattr(owner, name))
    setattr(owner, name, correct(getattr(owner, kept)))


def reset_default_version(self: Any, secret_version: dict[str, Any], version_id: str) -> None:
    """A new current version takes its labels from the others, and AWSPREVIOUS goes to the one before.

    moto gives the one before AWSPREVIOUS alone, so that it loses a label of one's own.
    """
    before = holder(self, CURRENT)
    _take_labels(self, {CURRENT, *secret_version["version_stages"]})
    if before is not None and before != version_id:
        _take_labels(self, {PREVIOUS})
        self.versions[before]["version_stages"].append(PREVIOUS)
    self.versions[version_id] = secret_version
    self.default_version_id = version_id


def _take_labels(secret: Any, labels: set[str]) -> None:
    for version in secret.versions.values():
        version["version_stages"] = [label for label in version["version_stages"] if label not in labels]


def _put_values(put: Any) -> Any:
    def put_secret_value(
        self: Any,
        secret_id: str,
        secret_string: str,
        secret_binary: str,
        client_request_token: str,
        version_stages: list[str],
    ) -> Any:
        """One token is one value: moto lets a pending version be written over with another one."""
        secret = self.secrets.get(secret_id)
        found = secret.versions.get(client_request_token) if secret and client_request_token else None
        value = {"secret_string": secret_string, "secret_binary": secret_binary}
        held = {name: found[name] for name in value if found and found.get(name) is not None}
        if held and held != {name: given for name, given in value.items() if given is not None}:
            raise ResourceExistsException(
                f"You can't use ClientRequestToken {client_request_token} because that value is already in "
                f"use for a version of secret {secret.arn}."
            )
        if held:
            # the same again changes nothing, and moves no label either
            return secret.to_short_dict(include_version_stages=True, version_id=client_request_token)
        if found and not found["version_stages"]:
            del secret.versions[client_request_token]  # deprecated, and never had a value: as good as gone
        return put(
            self,
            secret_id=secret_id,
            secret_string=secret_string,
            secret_binary=secret_binary,
            client_request_token=client_request_token,
            # what the version has already, it keeps; moto takes it off
            version_stages=list(
                dict.fromkeys([*version_stages, *(found["version_stages"] if found else ())])
            ),
        )

    return put_secret_value


def _move_labels(move: Any) -> Any:
    def update_secret_version_stage(
        self: Any, *, secret_id: str, version_stage: str, remove_from_version_id: str, move_to_version_id: str
    ) -> Any:
        """A label that is on a version is taken from that one only by name; moto leaves it on both.

        A first AWSCURRENT is taken from no version; moto looks for the one that has it, and fails. A move to
        a version that is not there is refused before anything is taken off; moto refuses it after.
        """
        secret = self.secrets.get(secret_id)
        held = holder(secret, version_stage) if secret else None
        known = secret is not None and move_to_version_id in secret.versions
        if secret is not None and move_to_version_id and not known:
            raise InvalidParameterException(f"Not a valid version: {move_to_version_id}")
        if move_to_version_id and held not in (None, move_to_version_id) and held != remove_from_version_id:
            raise InvalidParameterException(
                f"The parameter RemoveFromVersionId can't be empty or another version. Staging label "
                f"{version_stage} is currently attached to version {held}, so you must explicitly reference "
                "that version in RemoveFromVersionId."
            )
        if known and held == move_to_version_id and remove_from_version_id in (None, "", held):
            moved = (secret.arn, secret.name)
        elif known and held is None and not remove_from_version_id:
            secret.versions[move_to_version_id]["version_stages"].append(version_stage)
            moved = (secret.arn, secret.name)
        else:
            moved = move(
                self,
                secret_id=secret_id,
                version_stage=version_stage,
                remove_from_version_id=remove_from_version_id,
                move_to_version_id=move_to_version_id,
            )
        if version_stage == CURRENT and move_to_version_id:
            secret.set_default_version_id(move_to_version_id)
        return moved

    return update_secret_version_stage


def _describe(describe: Any) -> Any:
    def to_dict(self: Any) -> Any:
        """Rules as they were given (moto makes 0 days of an expression), when the next rotation comes, and
        only versions with a label: those without are deprecated, and not described.
        """
        described = describe(self)
        for name in ("VersionIdsToStages", "SecretVersionsToStages"):
            if name in described:
                described[name] = {version: list(held) for version, held in described[name].items() if held}
        rules = getattr(self, "rotation_rules", None)
        if rules and "RotationRules" in described:
            described["RotationRules"] = rules
            if not self.rotation_enabled:
                described["NextRotationDate"] = None
        return described

    return to_dict


def list_secret_version_ids(self: Any, secret_id: str) -> str:
    """When each version was made, and under which key; moto says that all were made now."""
    secret = self.secrets[secret_id]
    return json.dumps(
        {
            "ARN": secret.arn,
            "Name": secret.name,
            "Versions": [
                {
                    "CreatedDate": version["createdate"],
                    "VersionId": version_id,
                    "VersionStages": version["version_stages"],
                    "KmsKeyIds": [secret.kms_key_id or "DefaultEncryptionKey"],
                }
                for version_id, version in secret.versions.items()
                if version["version_stages"]
            ],
        }
    )

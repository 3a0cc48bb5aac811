"""The versions of a secret and their staging labels, as Secrets Manager keeps them. The edge to botocore."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from lambdas.rotation.errors import RotationError
from lambdas.rotation.steps import Request

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Which version carries which label, and the tags of the secret."""

    labels: Mapping[str, tuple[str, ...]]
    tags: Mapping[str, str] = field(default_factory=dict)

    def holder(self, label: str) -> str | None:
        """The version with this label."""
        return next((version for version, labels in self.labels.items() if label in labels), None)


class Secrets:
    """Secrets Manager, as a rotation uses it."""

    def __init__(self, client: Any) -> None:
        """`client` is a botocore client of `secretsmanager`."""
        self._client = client

    def versions(self, request: Request) -> Versions:
        """The versions of the secret that is rotated.

        Raises RotationError if no rotation of it is under way for this version: whoever invokes the function
        by hand gets no further.
        """
        described = self._client.describe_secret(SecretId=request.secret_id)
        labels = {name: tuple(held) for name, held in described.get("VersionIdsToStages", {}).items()}
        if not described.get("RotationEnabled"):
            raise RotationError("rotation is not enabled for the secret", hint="enable it, and rotate again")
        if request.token not in labels:
            raise RotationError("the secret has no such version", hint="rotate it with RotateSecret")
        if not {PENDING, CURRENT} & set(labels[request.token]):
            raise RotationError(
                "the version is neither pending nor current", hint="it was overtaken; rotate again"
            )
        tags = {str(tag["Key"]): str(tag["Value"]) for tag in described.get("Tags") or ()}
        return Versions(labels=labels, tags=tags)

    def text(self, secret_id: str, *, label: str, version: str | None = None) -> str | None:
        """The text of a version, or None when there is none yet."""
        wanted = {"VersionId": version} if version else {}
        try:
            answer = self._client.get_secret_value(SecretId=secret_id, VersionStage=label, **wanted)
        except ClientError as error:
            # InvalidRequestException: the version does not carry this label
            if error.response["Error"]["Code"] in ("ResourceNotFoundException", "InvalidRequestException"):
                return None
            raise
        text = answer.get("SecretString")
        return text if isinstance(text, str) and text else None

    def new_text(self, request: Request) -> str | None:
        """The text of the new version, wherever the version stands by now; None before it has one."""
        pending = self.text(request.secret_id, label=PENDING, version=request.token)
        if pending is not None:
            return pending
        return self.text(request.secret_id, label=CURRENT, version=request.token)

    def known_texts(self, secret_id: str) -> tuple[str, ...]:
        """The current text, and the one before."""
        texts = (self.text(secret_id, label=label) for label in (CURRENT, PREVIOUS))
        return tuple(text for text in texts if text is not None)

    def put_pending(self, request: Request, text: str) -> None:
        """Write the pending version of the secret that is rotated."""
        self._client.put_secret_value(
            SecretId=request.secret_id,
            ClientRequestToken=request.token,
            SecretString=text,
            VersionStages=[PENDING],
            **request.proof(),
        )

    def put_current(self, secret_id: str, text: str) -> None:
        """Write a new current version of a secret that nothing rotates."""
        self._client.put_secret_value(SecretId=secret_id, SecretString=text, VersionStages=[CURRENT])

    def make_current(self, request: Request, versions: Versions) -> None:
        """Move AWSCURRENT to the new version, and take AWSPENDING off it."""
        self.move_current(request, versions)
        self.end(request, versions)

    def move_current(self, request: Request, versions: Versions) -> None:
        """Move AWSCURRENT to the new version; AWSPREVIOUS follows by itself."""
        current = versions.holder(CURRENT)
        if current != request.token:
            removed = {"RemoveFromVersionId": current} if current else {}
            self._client.update_secret_version_stage(
                SecretId=request.secret_id,
                VersionStage=CURRENT,
                MoveToVersionId=request.token,
                **removed,
            )

    def end(self, request: Request, versions: Versions) -> None:
        """Take AWSPENDING off the new version: nothing of the rotation is left to do."""
        if PENDING in versions.labels.get(request.token, ()):
            self._client.update_secret_version_stage(
                SecretId=request.secret_id, VersionStage=PENDING, RemoveFromVersionId=request.token
            )

"""The registry of an environment's images (ECR): what is in it, and putting images there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from components.naming import PhysicalNames
from sandbox.cloud.images.manifest import MEDIA_TYPE

SCANNED = "COMPLETE"
NOT_SCANNED = "NONE"
_SHORT = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredImage:
    """An image in the registry. `scan` is ECR's status of its scan, `findings` are counted by severity."""

    service: str
    digest: str
    tags: tuple[str, ...] = ()
    pushed_at: datetime | None = None
    scan: str = NOT_SCANNED
    findings: Mapping[str, int] = field(default_factory=dict)


class ImageRegistry:
    """The repositories of an environment, one a service."""

    def __init__(self, ecr: Any, environment: str) -> None:
        """`ecr` is a client of ECR."""
        self._ecr = ecr
        self._names = PhysicalNames(environment)

    def repository(self, service: str) -> str:
        """The name of a service's repository."""
        return self._names.repository(service)

    def push(self, service: str, *, digest: str, manifest: str, tag: str) -> None:
        """Put the manifest of an image there, which is not there yet; its tag is told apart by its digest."""
        short = digest.removeprefix("sha256:")[:_SHORT]
        self._ecr.put_image(
            repositoryName=self.repository(service),
            imageManifest=manifest,
            imageManifestMediaType=MEDIA_TYPE,
            imageTag=f"{tag}-{short}",
            imageDigest=digest,
        )

    def find(self, service: str, digest: str) -> RegisteredImage | None:
        """The image with a digest, with its scan; None if there is none."""
        described = self._describe(service, {"imageDigest": digest})
        return None if described is None else self._with_scan(service, described)

    def digests(self, service: str) -> frozenset[str]:
        """The digests of a service's images; none without a repository."""
        pages = self._ecr.get_paginator("list_images").paginate(repositoryName=self.repository(service))
        try:
            return frozenset(str(each["imageDigest"]) for page in pages for each in page["imageIds"])
        except ClientError as error:
            if _code(error) == "RepositoryNotFoundException":
                return frozenset()
            raise

    def digest_of_tag(self, service: str, tag: str) -> str | None:
        """The digest of the image that has a tag now."""
        described = self._describe(service, {"imageTag": tag})
        return None if described is None else str(described["imageDigest"])

    def images(self, service: str) -> tuple[RegisteredImage, ...]:
        """Every image of a service with its scan, the newest first; none without a repository."""
        pages = self._ecr.get_paginator("describe_images").paginate(repositoryName=self.repository(service))
        try:
            found = [self._with_scan(service, each) for page in pages for each in page["imageDetails"]]
        except ClientError as error:
            if _code(error) == "RepositoryNotFoundException":
                return ()
            raise
        return tuple(sorted(found, key=lambda image: str(image.pushed_at), reverse=True))

    def _describe(self, service: str, named: Mapping[str, str]) -> Mapping[str, Any] | None:
        try:
            answer = self._ecr.describe_images(repositoryName=self.repository(service), imageIds=[named])
        except ClientError as error:
            if _code(error) in ("ImageNotFoundException", "RepositoryNotFoundException"):
                return None
            raise
        details: list[Mapping[str, Any]] = answer["imageDetails"]
        return details[0] if details else None

    def _with_scan(self, service: str, described: Mapping[str, Any]) -> RegisteredImage:
        digest = str(described["imageDigest"])
        scan, findings = NOT_SCANNED, dict[str, int]()
        try:
            answer = self._ecr.describe_image_scan_findings(
                repositoryName=self.repository(service), imageId={"imageDigest": digest}
            )
            scan = answer["imageScanStatus"]["status"]
            findings = (answer.get("imageScanFindings") or {}).get("findingSeverityCounts") or {}
        except ClientError as error:
            if _code(error) != "ScanNotFoundException":
                raise
        return RegisteredImage(
            service=service,
            digest=digest,
            tags=tuple(described.get("imageTags") or ()),
            pushed_at=described.get("imagePushedAt"),
            scan=scan,
            findings=findings,
        )


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])

"""Corrects moto's ECR where an image is pushed and scanned.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-basic.html
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ecr.models import ECRBackend
from moto.ecr.responses import ECRResponse

from sandbox.cloud.images.store import ImageStore

_INSTALLED = "_myelin_installed"


class ImageDigestDoesNotMatchException(ServiceException):
    """The digest that a push names is not the hash of its manifest."""

    code = "ImageDigestDoesNotMatchException"
    message = "The specified image digest does not match the digest that Amazon ECR calculated for the image."


def install(store: ImageStore) -> None:
    """Have a push name an image by its manifest's hash and scan it, and a scan find what `store` says.

    moto makes digests up, scans nothing when an image is pushed, and finds the same flaw in every image.
    """
    backend: Any = ECRBackend
    response: Any = ECRResponse
    if not getattr(backend, _INSTALLED, False):
        response.put_image = _checked(response.put_image)
        backend.put_image = _scanned(backend.put_image)
        setattr(backend, _INSTALLED, True)
    backend.describe_image_scan_findings = functools.partialmethod(_findings, store)


def _checked(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    @functools.wraps(original)
    def put_image(self: Any) -> Any:
        named, manifest = self._get_param("imageDigest"), str(self._get_param("imageManifest"))
        if named and named != _hash(manifest):
            raise ImageDigestDoesNotMatchException
        return original(self)

    return put_image


def _scanned(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def put_image(
        self: Any, repository_name: str, image_manifest: str, image_tag: str, *more: Any, **named: Any
    ) -> Any:
        image = original(self, repository_name, image_manifest, image_tag, *more, **named)
        image._image_digest = _hash(image_manifest)  # noqa: SLF001 - moto has no other way
        if (self.repositories[repository_name].image_scanning_configuration or {}).get("scanOnPush"):
            image.last_scan = image.last_scan or datetime.now(UTC)
        return image

    return put_image


def _findings(
    self: Any, store: ImageStore, registry_id: str, repository_name: str, image_id: Mapping[str, Any]
) -> dict[str, Any]:
    """DescribeImageScanFindings."""
    from moto.ecr.exceptions import ScanNotFoundException  # noqa: PLC0415

    repository = self._get_repository(repository_name, registry_id)
    image = repository._get_image(image_id.get("imageTag"), image_id.get("imageDigest"))  # noqa: SLF001
    said: Mapping[str, Any] = store.scan_of(image.image_digest) or {}
    if not image.last_scan or said.get("status") == "NONE":
        raise ScanNotFoundException(
            image_id=str(dict(image_id)), repository_name=repository_name, registry_id=repository.registry_id
        )
    status = str(said.get("status", "COMPLETE"))
    found: dict[str, Any] = {
        "registryId": repository.registry_id,
        "repositoryName": repository_name,
        "imageId": {"imageDigest": image.image_digest, "imageTag": image.image_tag},
        "imageScanStatus": {"status": status},
    }
    if status == "COMPLETE":
        counts = dict(said.get("severities") or {})
        found["imageScanFindings"] = {
            "imageScanCompletedAt": image.last_scan,
            "findings": [
                {"name": f"FINDING-{severity}-{number}", "severity": severity}
                for severity, count in counts.items()
                for number in range(1, int(count) + 1)
            ],
            "findingSeverityCounts": counts,
        }
    return found


def _hash(manifest: str) -> str:
    return f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"

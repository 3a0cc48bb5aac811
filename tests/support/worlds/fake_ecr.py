"""A registry in memory, with the calls of ECR that commands use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError


class FakeEcr:
    """Any repository is there; every image was scanned, unless `scans` says otherwise of its digest."""

    def __init__(self) -> None:
        self.pushed: dict[str, dict[str, str]] = {}
        self.scans: dict[str, dict[str, Any]] = {}

    def put_image(self, **given: str) -> None:
        self.pushed.setdefault(given["repositoryName"], {})[given["imageDigest"]] = given["imageTag"]

    def describe_images(self, **given: Any) -> dict[str, Any]:
        wanted = given.get("imageIds")
        found = [
            {"imageDigest": digest, "imageTags": [tag]}
            for digest, tag in self.pushed.get(given["repositoryName"], {}).items()
            if wanted is None or wanted[0] in ({"imageDigest": digest}, {"imageTag": tag})
        ]
        if wanted and not found:
            raise _error("ImageNotFoundException")
        return {"imageDetails": found}

    def describe_image_scan_findings(self, **given: Any) -> dict[str, Any]:
        said = self.scans.get(given["imageId"]["imageDigest"], {"COMPLETE": {}})
        if not said:
            raise _error("ScanNotFoundException")
        ((status, counts),) = said.items()
        return {
            "imageScanStatus": {"status": status},
            "imageScanFindings": {"findingSeverityCounts": counts},
        }

    def get_paginator(self, name: str) -> _Pages:
        return _Pages(self, name)


class _Pages:
    def __init__(self, ecr: FakeEcr, name: str) -> None:
        self._ecr, self._name = ecr, name

    def paginate(self, **given: Any) -> Iterator[dict[str, Any]]:
        details = self._ecr.describe_images(**given)
        yield {"imageIds": details["imageDetails"]} if self._name == "list_images" else details


def _error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, "Describe")

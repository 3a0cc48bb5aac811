"""Pushes and scans of the emulated ECR, where moto has them otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from sandbox.cloud.images import emulated_ecr
from sandbox.cloud.images.manifest import MEDIA_TYPE, ImageConfig, digest_of, make_manifest
from sandbox.cloud.images.store import ImageStore

MANIFEST = make_manifest(ImageConfig(service="axon", command=("x",), environment={}), [])
DIGEST = digest_of(MANIFEST)


@pytest.fixture
def ecr(tmp_path: Path) -> Iterator[Any]:
    """Two repositories; what is pushed to `scanned` is scanned."""
    emulated_ecr.install(ImageStore(tmp_path))
    with mock_aws():
        client = boto3.client("ecr", region_name="us-east-1")
        for name in ("scanned", "plain"):
            scan = {"scanOnPush": name == "scanned"}
            client.create_repository(repositoryName=name, imageScanningConfiguration=scan)
        yield client


def push(ecr: Any, repository: str, digest: str) -> str:
    answer = ecr.put_image(
        repositoryName=repository,
        imageManifest=MANIFEST,
        imageManifestMediaType=MEDIA_TYPE,
        imageTag="1",
        imageDigest=digest,
    )
    return str(answer["image"]["imageId"]["imageDigest"])


def test_a_push_is_named_by_the_hash_of_its_manifest(ecr: Any) -> None:
    """Under another digest it is refused."""
    assert push(ecr, "plain", DIGEST) == DIGEST
    with pytest.raises(ecr.exceptions.ClientError, match="ImageDigestDoesNotMatch"):
        push(ecr, "scanned", "sha256:" + "0" * 64)


def test_an_image_is_scanned_when_its_repository_says_so(ecr: Any) -> None:
    """A scan finds nothing until somebody sets otherwise; there is none in another repository."""
    for name in ("scanned", "plain"):
        push(ecr, name, DIGEST)
    ask = {"imageId": {"imageDigest": DIGEST}}
    found = ecr.describe_image_scan_findings(repositoryName="scanned", **ask)
    assert (found["imageScanStatus"], found["imageScanFindings"]["findings"]) == ({"status": "COMPLETE"}, [])
    with pytest.raises(ecr.exceptions.ScanNotFoundException):
        ecr.describe_image_scan_findings(repositoryName="plain", **ask)

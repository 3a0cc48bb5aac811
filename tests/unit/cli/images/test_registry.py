"""What the registry says of images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cli.images.registry import NOT_SCANNED, ImageRegistry
from sandbox.cloud.images import emulated_ecr
from sandbox.cloud.images.manifest import ImageConfig, digest_of, make_manifest
from sandbox.cloud.images.store import ImageSource, ImageStore

CONFIG = ImageConfig(service="axon", command=("x",), environment={})
MANIFEST = make_manifest(CONFIG, [])
DIGEST = digest_of(MANIFEST)


@pytest.fixture
def ecr() -> Iterator[Any]:
    """ECR of moto with a repository that scans what is pushed, and tags once."""
    with mock_aws():
        client = boto3.client("ecr", region_name="us-east-1")
        client.create_repository(
            repositoryName="dev/axon",
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
        )
        yield client


def test_a_pushed_image_is_found_by_digest_and_tag_with_its_scan(ecr: Any, tmp_path: Path) -> None:
    """The digest is the hash of the manifest, and the scan says what was set of the copy. ECS-1"""
    store = ImageStore(tmp_path)
    emulated_ecr.install(store)
    registry = ImageRegistry(ecr, "dev")
    assert (registry.find("axon", DIGEST), registry.digests("axon")) == (None, frozenset())
    registry.push("axon", digest=DIGEST, manifest=MANIFEST, tag="1.0")
    tag = f"1.0-{DIGEST[7:19]}"
    assert registry.digests("axon") == {DIGEST}
    assert registry.digest_of_tag("axon", tag) == DIGEST
    found = registry.find("axon", DIGEST)
    assert found is not None
    assert (found.tags, found.scan, found.findings) == ((tag,), "COMPLETE", {})
    assert registry.images("axon") == (found,)

    store.add(CONFIG, list[ImageSource]())
    store.set_scan(DIGEST, CRITICAL=1)
    assert registry.images("axon")[0].findings == {"CRITICAL": 1}
    for status, said in (("FAILED", "FAILED"), ("NONE", NOT_SCANNED)):
        store.set_scan(DIGEST, status=status)
        assert registry.images("axon")[0].scan == said


def test_without_a_repository_there_is_no_image(ecr: Any) -> None:
    """It is no error of the one who asks."""
    registry = ImageRegistry(ecr, "dev")
    assert (registry.images("orbit"), registry.digests("orbit")) == ((), frozenset())
    assert registry.find("orbit", DIGEST) is None

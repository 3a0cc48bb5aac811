"""What the digest of an image is made of."""

from __future__ import annotations

import json

import pytest

from sandbox.cloud.images.manifest import ImageConfig, digest_of, make_manifest

CONFIG = ImageConfig(service="axon", command=("{python}", "app.py"), environment={"A": "1"})
FILES = [("app.py", b"1"), ("lib.py", b"2")]


@pytest.mark.parametrize(
    ("config", "files"),
    [
        (CONFIG, [("app.py", b"1"), ("lib.py", b"3")]),
        (CONFIG, [("app.py", b"1"), ("other.py", b"2")]),
        (CONFIG, [("app.py", b"1")]),
        (ImageConfig(service="orbit", command=CONFIG.command, environment={"A": "1"}), FILES),
        (ImageConfig(service="axon", command=("app.py",), environment={"A": "1"}), FILES),
        (ImageConfig(service="axon", command=CONFIG.command, environment={"A": "2"}), FILES),
    ],
)
def test_each_part_makes_another_digest(config: ImageConfig, files: list[tuple[str, bytes]]) -> None:
    """Names and contents of files, the service, its command and its variables; not the order of files."""
    digest = digest_of(make_manifest(CONFIG, FILES))
    assert digest != digest_of(make_manifest(config, files))
    assert digest == digest_of(make_manifest(CONFIG, FILES[::-1]))


def test_it_has_the_form_of_an_oci_manifest() -> None:
    """With digests and sizes, as a registry wants it."""
    manifest = json.loads(make_manifest(CONFIG, FILES))
    parts = [manifest["config"], *manifest["layers"]]
    assert (manifest["schemaVersion"], len(parts)) == (2, 2)
    assert all(part["digest"].startswith("sha256:") and part["size"] > 0 for part in parts)


def test_a_configuration_survives_being_written() -> None:
    """Read again, it is equal."""
    assert ImageConfig.from_json(CONFIG.to_json()) == CONFIG

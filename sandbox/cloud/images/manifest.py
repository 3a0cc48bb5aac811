"""The manifest of an image, whose hash is the image's digest. Pure.

It has the form of an OCI manifest: a configuration (the command and its variables) and one layer (the files).
The layer stands for a list of the files with the hash of each, as there is no archive to hash.

https://github.com/opencontainers/image-spec/blob/main/manifest.md
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MEDIA_TYPE = "application/vnd.oci.image.manifest.v1+json"
_CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
_LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageConfig:
    """What runs in an image: the repository's last part, the command, and the variables that it brings."""

    service: str
    command: tuple[str, ...]
    environment: Mapping[str, str]

    def to_json(self) -> str:
        """The configuration in the one form that its hash is made of."""
        return _canonical(
            {"service": self.service, "command": self.command, "environment": dict(self.environment)}
        )

    @classmethod
    def from_json(cls, text: str) -> ImageConfig:
        """Read what `to_json` wrote; raises ValueError, KeyError or TypeError."""
        found = json.loads(text)
        return cls(
            service=str(found["service"]),
            command=tuple(map(str, found["command"])),
            environment={str(name): str(value) for name, value in dict(found["environment"]).items()},
        )


def make_manifest(config: ImageConfig, files: Sequence[tuple[str, bytes]]) -> str:
    """The manifest of an image with these files, each by its path in it."""
    configured = config.to_json().encode()
    layer = _canonical(sorted((name, len(content), _sha256(content)) for name, content in files)).encode()
    return _canonical(
        {
            "schemaVersion": 2,
            "mediaType": MEDIA_TYPE,
            "config": {"mediaType": _CONFIG_TYPE, "digest": _sha256(configured), "size": len(configured)},
            "layers": [
                {
                    "mediaType": _LAYER_TYPE,
                    "digest": _sha256(layer),
                    "size": sum(len(content) for _, content in files),
                }
            ],
        }
    )


def digest_of(manifest: str) -> str:
    """The digest of the image with this manifest."""
    return _sha256(manifest.encode())


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"

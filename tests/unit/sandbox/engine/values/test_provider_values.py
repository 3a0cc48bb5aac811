"""What a provider takes and gives back."""

from __future__ import annotations

from pathlib import Path

import pulumi

from sandbox.engine.values.properties import ArchiveValue, AssetValue, ResourceReference, SecretValue
from sandbox.engine.values.provider_values import for_provider, from_provider
from tests.support.engine.values import archive, asset


def test_provider_gets_plain_values(tmp_path: Path) -> None:
    """A provider gets bare secrets, ids, and assets as Pulumi objects."""
    given_ = for_provider(
        {
            "secret": SecretValue({"a": "hush"}),
            "ref": ResourceReference(urn="urn:x", id="x-1"),
            "component": ResourceReference(urn="urn:y"),
            "code": SecretValue(archive(tmp_path)),
            "files": [asset(tmp_path / "f"), AssetValue(text="hello")],
            "bundle": ArchiveValue(assets={"a": asset(tmp_path / "f"), "b": archive(tmp_path)}),
        }
    )
    assert given_["secret"] == {"a": "hush"}
    assert (given_["ref"], given_["component"]) == ("x-1", "urn:y")
    assert isinstance(given_["code"], pulumi.FileArchive)
    assert given_["code"].path == str(tmp_path)
    assert [type(part) for part in given_["files"]] == [pulumi.FileAsset, pulumi.StringAsset]
    assert given_["files"][1].text == "hello"
    assert isinstance(given_["bundle"], pulumi.AssetArchive)
    assert {name: type(part) for name, part in given_["bundle"].assets.items()} == {
        "a": pulumi.FileAsset,
        "b": pulumi.FileArchive,
    }


def test_takes_assets_back_as_they_were() -> None:
    """A provider that gives an asset back gives back the input: no Python object is recorded."""
    code = ArchiveValue(path="/x", hash="1")
    outputs = {"code": pulumi.FileArchive("/x"), "size": 1}
    assert from_provider(outputs, {"code": code}) == {"code": code, "size": 1}

"""Property values in Pulumi's two carriers: protobuf, and the JSON of a checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc

from sandbox.engine.values import wire
from sandbox.engine.values.hashes import archive_hash, file_hash
from sandbox.engine.values.properties import (
    UNKNOWN,
    ArchiveValue,
    AssetValue,
    ResourceReference,
    SecretValue,
    contains_secret,
)
from sandbox.engine.values.structs import decode_struct, encode_struct
from tests.support.engine.values import asset, names, unhurried, values

ASSET = {wire.SIGNATURE: wire.ASSET}
ARCHIVE = {wire.SIGNATURE: wire.ARCHIVE}


def test_signatures_are_the_sdks() -> None:
    """The marks are those that the SDK writes and reads."""
    assert rpc._special_sig_key == wire.SIGNATURE
    assert rpc._special_secret_sig == wire.SECRET
    assert rpc._special_asset_sig == wire.ASSET
    assert rpc._special_archive_sig == wire.ARCHIVE
    assert rpc._special_resource_sig == wire.RESOURCE
    assert wire.UNKNOWN_TEXT == rpc.UNKNOWN


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (SecretValue("hush"), {wire.SIGNATURE: wire.SECRET, "value": "hush"}),
        (AssetValue(path="/f", hash="1"), {**ASSET, "path": "/f", "hash": "1"}),
        (AssetValue(text=""), {**ASSET, "text": ""}),
        (ArchiveValue(path="/f"), {**ARCHIVE, "path": "/f"}),
        (
            ArchiveValue(assets={"a": AssetValue(text="x")}),
            {**ARCHIVE, "assets": {"a": {**ASSET, "text": "x"}}},
        ),
        (
            ResourceReference(urn="urn:x", id="x-1"),
            {wire.SIGNATURE: wire.RESOURCE, "urn": "urn:x", "id": "x-1"},
        ),
        (ResourceReference(urn="urn:x"), {wire.SIGNATURE: wire.RESOURCE, "urn": "urn:x"}),
        (UNKNOWN, wire.UNKNOWN_TEXT),
        ({"a": [1, None, True, "x"]}, {"a": [1, None, True, "x"]}),
        ({wire.SIGNATURE: "another"}, {wire.SIGNATURE: "another"}),
    ],
)
def test_has_pulumis_form(value: Any, written: Any) -> None:
    """Each kind of value is written as Pulumi writes it, and read back."""
    assert wire.encode(value) == written
    assert wire.decode(written) == value


def test_a_sealed_secret_is_json_in_text() -> None:
    """In a checkpoint a secret is the JSON text of its value, secrets inside it sealed first."""
    secret = SecretValue({"a": SecretValue(1), "b": UNKNOWN})
    written = wire.encode([secret], sealed=True)
    inner = {"a": {wire.SIGNATURE: wire.SECRET, "plaintext": "1"}, "b": wire.UNKNOWN_TEXT}
    assert written == [{wire.SIGNATURE: wire.SECRET, "plaintext": json.dumps(inner)}]
    assert wire.decode(written) == [secret]


@unhurried
@given(value=values)
def test_survives_a_checkpoint(value: Any) -> None:
    """Any value comes back as it was, through JSON text, and what is written again is the same."""
    text = json.dumps(wire.encode(value, sealed=True))
    again = wire.decode(json.loads(text))
    assert again == value
    assert json.dumps(wire.encode(again, sealed=True)) == text


@unhurried
@given(value=values)
def test_only_decoded_values_are_special(value: Any) -> None:
    """What is written is plain JSON: no value of ours, and no secret outside of its mark."""
    assert not contains_secret(wire.encode(value))
    json.dumps(wire.encode(value))


@unhurried
@given(properties=st.dictionaries(names, values.filter(lambda value: value is not None), max_size=4))
def test_survives_the_protocol(properties: dict[str, Any]) -> None:
    """Properties come through a protobuf Struct as they were, whole numbers as int."""
    again = decode_struct(encode_struct(properties))
    assert again == properties
    assert all(not isinstance(value, float) or not value.is_integer() for value in again.values())


def test_leaves_out_null() -> None:
    """A null property is absent: the SDK takes a null output for a known one."""
    assert decode_struct(encode_struct({"a": None, "b": 1})) == {"b": 1}


def test_the_sdk_reads_what_is_written() -> None:
    """The SDK makes its own objects of an answer."""
    struct = encode_struct(
        {"a": AssetValue(text="x"), "s": SecretValue(1), "u": UNKNOWN, "l": [ArchiveValue(path="/f")]}
    )
    read = rpc.deserialize_properties(struct, keep_unknowns=True)
    assert isinstance(read["a"], pulumi.StringAsset)
    assert isinstance(read["l"][0], pulumi.FileArchive)
    assert (rpc.unwrap_rpc_secret(read["s"]), rpc.is_rpc_secret(read["s"])) == (1, True)


@pytest.mark.parametrize(
    ("written", "error"),
    [({wire.SIGNATURE: wire.SECRET, "ciphertext": "x"}, ValueError), ({**ASSET, "colour": "red"}, TypeError)],
)
def test_refuses_malformed_values(written: Any, error: type[Exception]) -> None:
    """A marked object with other parts than it has is an error, and not silently something else."""
    with pytest.raises(error):
        wire.decode(written)


def read_inputs(**inputs: Any) -> dict[str, Any]:
    struct = struct_pb2.Struct()
    struct.update(inputs)
    return decode_struct(struct, hash_assets=True)


def test_hashes_content_not_place(tmp_path: Path) -> None:
    """Two files, or folders, with the same content have one hash, wherever they lie."""
    for folder in ("one", "two"):
        (tmp_path / folder / "deep").mkdir(parents=True)
        (tmp_path / folder / "deep" / "f").write_text("same")
    one, two = (
        read_inputs(a=[{**ARCHIVE, "path": str(tmp_path / folder)}])["a"][0] for folder in ("one", "two")
    )
    assert one.path != two.path
    assert one.hash == two.hash == archive_hash(tmp_path / "one")


@pytest.mark.parametrize("change", ["content", "name", "another file"])
def test_hash_changes_with_content(change: str, tmp_path: Path) -> None:
    """A folder's hash changes with what is in a file, what the file is called, and what else there is."""
    (tmp_path / "f").write_text("one")
    before = archive_hash(tmp_path)
    match change:
        case "content":
            (tmp_path / "f").write_text("two")
        case "name":
            (tmp_path / "f").rename(tmp_path / "g")
        case _:
            (tmp_path / "g").write_text("")
    assert archive_hash(tmp_path) != before


def test_assets_within_an_archive_are_hashed(tmp_path: Path) -> None:
    """An archive of assets has no path of its own; its parts have hashes."""
    (tmp_path / "f").write_text("one")
    file = {**ASSET, "path": str(tmp_path / "f")}
    found = read_inputs(
        bundle={**ARCHIVE, "assets": {"a": file}}, secret={wire.SIGNATURE: wire.SECRET, "value": file}
    )
    assert found["bundle"].assets["a"].hash == found["secret"].value.hash == file_hash(tmp_path / "f")


def test_refuses_remote_assets() -> None:
    """An asset at a URL has no content here; taking it silently would hide its changes."""
    with pytest.raises(ValueError, match="is not a file"):
        read_inputs(a=[{**ASSET, "uri": "https://example.com/x"}])


def test_only_inputs_are_hashed(tmp_path: Path) -> None:
    """Reading a file once is enough: outputs and recorded values are taken as they are."""
    assert wire.decode({**ASSET, "path": str(tmp_path / "missing")}) == asset(tmp_path / "missing")

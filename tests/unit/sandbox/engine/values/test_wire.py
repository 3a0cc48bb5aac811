"""Property values on the wire: marks of secrets, assets, references and what is unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from sandbox.engine.values import wire
from tests.support.engine.values import asset, plain_values, reference, unhurried, values


@unhurried
@given(value=values)
def test_reveals_every_secret(value: Any) -> None:
    """No mark is left, however deep; revealing again changes nothing."""
    bare = wire.reveal(value)
    assert not wire.contains(bare, wire.SECRET)
    assert wire.reveal(bare) == bare


@unhurried
@given(value=plain_values)
def test_conceals_once(value: Any) -> None:
    """A secret is the value with a mark, and a secret's secret is the secret."""
    secret = wire.conceal(value)
    assert wire.conceal(secret) == secret
    assert wire.reveal(secret) == wire.reveal(value)
    assert wire.secret_names({"a": [secret], "b": value}) == {"a"}


def test_a_reference_is_its_id() -> None:
    """A resource given as an input reaches a provider as its id; a component as its URN."""
    assert wire.reveal([reference("urn:x", "x-1"), reference("urn:y")]) == ["x-1", "urn:y"]


def test_finds_what_is_unknown() -> None:
    """A value is unknown as soon as a part of it is, behind a secret, too."""
    assert wire.is_unknown({"a": [1, wire.UNKNOWN]})
    assert wire.is_unknown(wire.conceal(wire.UNKNOWN))
    assert not wire.is_unknown({"a": ["04da6b54"]})


def test_hashes_content_not_place(tmp_path: Path) -> None:
    """Two files, or folders, with the same content have one hash, wherever they lie."""
    for folder in ("one", "two"):
        (tmp_path / folder / "deep").mkdir(parents=True)
        (tmp_path / folder / "deep" / "f").write_text("same")
    hashed = [
        wire.with_asset_hashes({"a": [asset(tmp_path / folder)]}, wire.content_hash)
        for folder in ("one", "two")
    ]
    assert hashed[0] != hashed[1]
    assert wire.asset_content(hashed[0]["a"][0]) == wire.asset_content(hashed[1]["a"][0])


@pytest.mark.parametrize("change", ["content", "name", "another file"])
def test_hash_changes_with_content(change: str, tmp_path: Path) -> None:
    """A folder's hash changes with what is in a file, what the file is called, and what else there is."""
    (tmp_path / "f").write_text("one")
    before = wire.content_hash(tmp_path)
    match change:
        case "content":
            (tmp_path / "f").write_text("two")
        case "name":
            (tmp_path / "f").rename(tmp_path / "g")
        case _:
            (tmp_path / "g").write_text("")
    assert wire.content_hash(tmp_path) != before


def test_assets_within_an_archive_are_hashed(tmp_path: Path) -> None:
    """An archive of assets has no path of its own; its parts have hashes, and compare by them."""
    (tmp_path / "f").write_text("one")
    bundle = {wire.SIGNATURE: wire.ARCHIVE, "assets": {"a": asset(tmp_path / "f")}}
    before = wire.with_asset_hashes(bundle, wire.content_hash)
    (tmp_path / "f").write_text("two")
    after = wire.with_asset_hashes(bundle, wire.content_hash)
    assert wire.asset_content(before) != wire.asset_content(after)


def test_refuses_remote_assets() -> None:
    """An asset at a URL has no content here; taking it silently would hide its changes."""
    with pytest.raises(ValueError, match="is not a file"):
        wire.with_asset_hashes(
            [{wire.SIGNATURE: wire.ASSET, "uri": "https://example.com/x"}], wire.content_hash
        )

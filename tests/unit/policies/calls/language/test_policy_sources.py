"""A policy folder is read as one checked set."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.calls.language.errors import PolicyError
from policies.calls.language.sources import read_sources
from tests.support.governance.policy_files import GOOD, RULES, SCHEMA, declared


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "schema.cedarschema").write_text(SCHEMA)
    return tmp_path


def test_the_shipped_policies_are_valid() -> None:
    """The default set is the erase ban and one permit for the declared call. GOV-3"""
    sources = read_sources(RULES, [declared("orbit", "axon", "reason")])
    assert sources.actions == ("erase", "reason")
    assert [(p.id, p.effect, p.principal, p.action) for p in sources.policies] == [
        ("no-erase", "forbid", None, "erase"),
        ("orbit-may-reason-on-axon", "permit", "orbit", "reason"),
    ]
    assert sources.policies[0].reason == (
        "erasing what a service remembers needs an approval that no service has"
    )


def test_files_are_found_in_folders_and_come_back_in_the_order_of_ids(folder: Path) -> None:
    """The layout of files does not change the set."""
    (folder / "deep").mkdir()
    (folder / "deep" / "b.cedar").write_text(GOOD.replace("ok", "b") + GOOD.replace("ok", "a"))
    (folder / "z.cedar").write_text(GOOD)
    (folder / "note.txt").write_text("not a policy")
    assert [policy.id for policy in read_sources(folder).policies] == ["a", "b", "ok"]


def test_an_empty_folder_is_an_empty_set(folder: Path) -> None:
    """No policy is a valid set: it permits nothing."""
    assert read_sources(folder).policies == ()


def test_an_undeclared_intent_is_the_fault_of_the_declaration(folder: Path) -> None:
    """A call with an intent that the schema lacks names the service's file and the intents there are."""
    with pytest.raises(PolicyError) as caught:
        read_sources(folder, [declared("orbit", "axon", "dream")])
    assert str(caught.value) == (
        "services/orbit/service.toml: `orbit` calls `axon` with the unknown intent `dream`"
    )
    assert caught.value.hint == "use one of `erase`, `reason`, or add it as an action to schema.cedarschema"
    with pytest.raises(PolicyError) as placed:
        read_sources(folder, [declared("orbit", "axon", "dream", path=Path("orbit.toml"), line=30)])
    assert str(placed.value).startswith("orbit.toml:30: `orbit` calls")


def test_a_written_policy_can_not_take_the_id_of_a_default(folder: Path) -> None:
    """The clash is reported in the file that a person wrote, not in the generated text."""
    (folder / "a.cedar").write_text(GOOD.replace("ok", "orbit-may-reason-on-axon"))
    with pytest.raises(PolicyError) as caught:
        read_sources(folder, [declared("orbit", "axon", "reason")])
    assert caught.value.path == folder / "a.cedar"
    assert caught.value.message == (
        "the id `orbit-may-reason-on-axon` is already used by services/orbit/service.toml"
    )


def test_a_missing_schema_is_named(tmp_path: Path) -> None:
    """Without a schema nothing can be checked, so nothing is read."""
    with pytest.raises(PolicyError, match=r"schema\.cedarschema: the file does not exist"):
        read_sources(tmp_path)

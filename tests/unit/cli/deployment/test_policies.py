"""The policies as a part of a deployment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.deployment import policies
from cli.deployment.inputs import Inputs, read_inputs
from cli.deployment.policies import look_at_policies, preview_policies, publish_policies
from cli.environment import read_environment
from cli.policies.admin_client import ChangeDeniedError
from cli.project import Project
from cli.worlds.world import deployed_platform
from policies.calls.store.ledger import PolicyLedger
from tests.support.governance.admin_api import administered
from tests.support.governance.recording_admin import recording_admin
from tests.support.worlds.fake_world import ACTOR, FakeWorld, fake_world, outputs_with

NIGHT = (
    '@id("night") @reason("at night nobody reasons") forbid (principal, action, resource)\nwhen { 1 > 2 };'
)


@pytest.fixture
def world(tmp_path: Path, dynamodb: Any) -> Iterator[FakeWorld]:
    with recording_admin(administered()) as admin:
        yield fake_world(tmp_path, recorded=outputs_with(admin.url), clients={"dynamodb": dynamodb})


@pytest.fixture
def inputs(project: Project) -> Inputs:
    return read(project)


def read(project: Project) -> Inputs:
    return read_inputs(project, read_environment(project, "dev"))


def test_a_preview_before_anything_is_deployed(world: FakeWorld, inputs: Inputs) -> None:
    """The folder's version would be the first one."""
    found = preview_policies(world, None, inputs)
    assert (found.version, found.current, found.changed) == (inputs.policies.version, "", True)


def test_what_is_previewed_is_published(world: FakeWorld, inputs: Inputs, project: Project) -> None:
    """The version of the preview is current afterwards; then nothing would change, until the folder does."""
    platform = deployed_platform(world)
    assert preview_policies(world, platform, inputs).changed
    published = publish_policies(world, inputs, platform)
    assert (published.version, published.changed) == (inputs.policies.version, True)
    after = preview_policies(world, platform, inputs)
    assert (after.version, after.changed) == (published.version, False)
    assert not publish_policies(world, inputs, platform).changed

    (project.policies / "night.cedar").write_text(NIGHT)
    changed = read(project)
    assert preview_policies(world, platform, changed).version == changed.policies.version


def test_documents_that_are_not_looked_up_are_counted(
    world: FakeWorld, inputs: Inputs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind the most that a deployment has time for nothing is known; a short set is known whole."""
    platform = deployed_platform(world)
    publish_policies(world, inputs, platform)
    assert look_at_policies(world, platform, inputs).unseen == 0
    monkeypatch.setattr(policies, "MOST_DOCUMENTS", 1)
    found = look_at_policies(world, platform, inputs)
    assert (found.current, found.troubles, found.unseen) == (True, (), len(inputs.policies.items) - 1)
    assert found.unseen > 0


def test_the_audit_trail_names_who_deployed(world: FakeWorld, inputs: Inputs, dynamodb: Any) -> None:
    """The actor of the change is the one that AWS sees; the function signs the entry. GOV-2"""
    publish_policies(world, inputs, deployed_platform(world))
    (entry,) = PolicyLedger(dynamodb, "policies").links(limit=10)
    assert f'"actor":"{ACTOR}"' in entry.body


def test_where_two_have_to_agree_only_the_first_version_is_published(
    tmp_path: Path, inputs: Inputs, project: Project, dynamodb: Any
) -> None:
    """A changed folder is refused there by the function itself, whatever was looked at before."""
    with recording_admin(administered(POLICY_APPROVAL="true")) as admin:
        world = fake_world(tmp_path, recorded=outputs_with(admin.url), clients={"dynamodb": dynamodb})
        assert publish_policies(world, inputs, deployed_platform(world)).changed
        (project.policies / "night.cedar").write_text(NIGHT)
        with pytest.raises(ChangeDeniedError, match="a second person"):
            publish_policies(world, read(project), deployed_platform(world))

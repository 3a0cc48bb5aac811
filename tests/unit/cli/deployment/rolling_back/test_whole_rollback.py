"""A rollback from its beginning to the next release. DEL-4."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cli.deployment.pipeline import ReleaseAim
from cli.deployment.releasing.holding import HeldError
from cli.deployment.rolling_back.rollback import choose_release, prepare_rollback, releases_of
from cli.project import Project
from cli.releases.release import ReleaseKind, ReleaseState
from policies.calls.store.policy_store import PolicyStore
from tests.support.governance.fixtures import _aws_settings, dynamodb, policy_table
from tests.support.worlds.deploying import releases_in, two_releases, up
from tests.support.worlds.fake_world import FakeWorld

__all__ = ["_aws_settings", "dynamodb", "policy_table"]


def go_back(project: Project, world: FakeWorld, number: int) -> int | None:
    ledger, releases = releases_of(world)
    with prepare_rollback(project, world, ledger, releases[number - 1], releases[-1]) as back:
        return up(back.project, back.world, aim=back.aim).release


def test_everything_comes_back_together(tmp_path: Path, dynamodb: Any) -> None:
    """Settings and policies in force, as a release of its own at which the environment is held.

    The folder's changes are undone with it: a new release has them once more. Back from that is to the first.
    """
    with two_releases(tmp_path, dynamodb) as (project, world):
        assert go_back(project, world, 1) == 3
        first, second, third = releases_in(dynamodb)
        assert third.start.inputs == first.start.inputs
        assert (third.start.kind, third.start.back_to, third.start.held) == (ReleaseKind.ROLLBACK, 1, True)
        assert third.state is ReleaseState.SUCCEEDED
        pointer = PolicyStore(dynamodb, "policies").pointer()
        assert pointer is not None
        assert pointer.version == first.policy_version != second.policy_version

        with pytest.raises(HeldError):
            up(project, world)
        assert up(project, world, aim=ReleaseAim(new_release=True)).policies_changed
        fourth = releases_in(dynamodb)[3]
        assert (fourth.policy_version, fourth.start.inputs) == (second.policy_version, second.start.inputs)

        assert choose_release(releases_in(dynamodb), "dev").number == 3
        assert go_back(project, world, 3) == 5
        assert releases_in(dynamodb)[4].policy_version == first.policy_version

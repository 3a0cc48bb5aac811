"""After a rollback an environment is held. DEL-4."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.deployment.pipeline import ReleaseAim
from cli.deployment.releasing.holding import HeldError, require_not_held
from cli.deployment.releasing.release_writer import ReleaseHistory
from cli.project import Project
from cli.releases.ledger import ReleaseLedger
from cli.releases.release import ReleaseState, holding
from stacks.names import Layer
from tests.support.releases import event, inputs, start
from tests.support.worlds.deploying import deployable_world, releases_in, up
from tests.support.worlds.fake_world import FakeWorld

NIGHT = '@id("night") @reason("r") forbid (principal, action, resource)\nwhen { 1 > 2 };'


@pytest.fixture
def world(project: Project, tmp_path: Path, dynamodb: Any) -> Iterator[FakeWorld]:
    with deployable_world(project, tmp_path, dynamodb) as made:
        yield made


def test_other_inputs_are_refused(dynamodb: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """They are shown; the same inputs pass and leave it held, and a new release passes and ends it."""
    ledger = ReleaseLedger(dynamodb, "releases")
    ledger.store(inputs().document)
    held = ledger.begin(1, start(inputs=inputs().digest, held=True, back_to=7))
    ledger.record(held, event(ReleaseState.APPLIED))
    history = ReleaseHistory(ledger=ledger, releases=ledger.releases())
    other = inputs(settings={"platform": {"myelin:allowHttp": "false"}})
    with pytest.raises(HeldError, match="`dev` is held at release 1 by a rollback to release 7, and 1 of"):
        require_not_held("dev", history, other, new_release=False)
    assert "setting     platform myelin:allowHttp: `true` -> `false`" in capsys.readouterr().err
    assert require_not_held("dev", history, inputs(), new_release=False)
    assert require_not_held("dev", history, inputs(declarations={"axon": "port=8080"}), new_release=False)
    assert not require_not_held("dev", history, other, new_release=True)
    assert not require_not_held("dev", ReleaseHistory(), other, new_release=False)


def test_up_is_refused_until_a_new_release(project: Project, world: FakeWorld, dynamodb: Any) -> None:
    """It is refused before anything is changed; a new release ends the hold, also if nothing changes."""
    up(project, world)
    ledger = ReleaseLedger(dynamodb, "releases")
    (first,) = ledger.releases()
    held = ledger.begin(2, start(inputs=first.start.inputs, held=True, back_to=1))
    ledger.record(ledger.record(held, event(ReleaseState.APPLIED)), event(ReleaseState.SUCCEEDED))
    policy = project.policies / "night.cedar"
    policy.write_text(NIGHT)
    world.events.clear()
    with pytest.raises(HeldError):
        up(project, world)
    assert world.events == ["begin to deploy", "read platform", "end"]

    policy.unlink()
    del world.recorded[Layer.WORKLOADS]  # mending what is gone is no new release
    world.fingerprint_file.unlink()
    assert up(project, world).release == 3
    assert holding(releases_in(dynamodb)) == releases_in(dynamodb)[2]

    world.fingerprint_file.unlink()
    assert up(project, world, aim=ReleaseAim(new_release=True)).release == 4
    assert holding(releases_in(dynamodb)) is None

"""What is looked at before anything is planned."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.deployment.inspection import RecordsLostError, inspect, require_records
from sandbox.engine.running.refresh import Drift
from stacks.names import Layer
from tests.support.worlds.fake_world import OUTPUTS, fake_world

GONE = Drift(urn="urn:pulumi:dev-platform::myelin::aws:ecs/cluster:Cluster::dev", gone=True)


def test_what_is_found_is_kept_apart_by_layer(tmp_path: Path) -> None:
    """Files that were put back, and the resources of each layer that are not as recorded."""
    world = fake_world(
        tmp_path, recorded=dict(OUTPUTS), drifts={Layer.PLATFORM: [GONE]}, restored=(Path("a.json"),)
    )
    found = inspect(world)
    assert found.restored == (Path("a.json"),)
    assert [observation.stack for observation in found.observations] == [
        "dev-foundation",
        "dev-platform",
        "dev-workloads",
    ]
    assert found.drifts == (GONE,)
    assert world.events == []


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_layers_are_deployed_from_below(tmp_path: Path, count: int) -> None:
    """An environment of which a first deployment made only the lower layers has lost nothing."""
    require_records(fake_world(tmp_path, recorded={layer: OUTPUTS[layer] for layer in list(Layer)[:count]}))


@pytest.mark.parametrize("lost", [Layer.FOUNDATION, Layer.PLATFORM])
def test_a_layer_that_others_stand_on_cannot_be_without_a_record(tmp_path: Path, lost: Layer) -> None:
    """What is lost is named, and how it is known."""
    recorded = {layer: outputs for layer, outputs in OUTPUTS.items() if layer is not lost}
    with pytest.raises(RecordsLostError, match=f"the record of `dev-{lost}` is gone"):
        require_records(fake_world(tmp_path, recorded=recorded))


def test_services_that_no_record_names_are_named(tmp_path: Path) -> None:
    """Where all records are gone, what runs tells that there were some."""
    with pytest.raises(RecordsLostError, match="no record of `dev-workloads`, and `dev/axon` runs"):
        require_records(fake_world(tmp_path, unrecorded=("dev/axon",)))
    require_records(fake_world(tmp_path, recorded=dict(OUTPUTS), unrecorded=("other/axon",)))

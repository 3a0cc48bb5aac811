"""A sandbox as a world: what it reads that is recorded. What its process says is tried end to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.project import Project
from cli.worlds.sandbox import SandboxWorld
from sandbox.cloud.host import Host
from sandbox.engine.state.entries import ResourceRecorded
from sandbox.engine.state.store import StateStore
from stacks.names import Layer
from tests.support.engine.values import ROOT, thing
from tests.support.worlds.fake_world import OUTPUTS, environment_named


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """The word that a background process has left of itself."""
    return Host(
        endpoint="http://127.0.0.1:1",
        pid=1,
        started_at=datetime(2026, 11, 22, tzinfo=UTC),
        incarnation="first",
        version="",
        directory=tmp_path,
    )


def world(host: Host, environment: str = "dev") -> SandboxWorld:
    project = Project(root=host.directory, sandbox=host.directory)
    return SandboxWorld(project, environment_named(environment), host=host)


def record(host: Host, stack: str, outputs: Mapping[str, Any]) -> None:
    store = StateStore(host.directory / "stacks" / host.incarnation)
    journal = store.open(stack)
    journal.record(ResourceRecorded(resource=replace(ROOT, outputs=dict(outputs))))
    journal.record(ResourceRecorded(resource=thing("a")))
    journal.close()


def test_nothing_is_recorded_at_first(host: Host) -> None:
    """Nothing was deployed in a new sandbox, and looking leaves nothing behind."""
    found = world(host)
    assert (found.platform(), found.workloads(), found.deployed_environments()) == (None, None, ())
    assert found.resource_count(Layer.PLATFORM) == 0
    assert list(host.directory.iterdir()) == []


def test_reads_what_is_recorded_of_its_environment(host: Host) -> None:
    """Outputs and counts are those of the environment's own stacks."""
    record(host, "dev-platform", OUTPUTS[Layer.PLATFORM])
    record(host, "dev-workloads", OUTPUTS[Layer.WORKLOADS])
    found, other = world(host), world(host, "sandbox")
    platform, workloads = found.platform(), found.workloads()
    assert platform is not None
    assert platform.policy_table_name == "policies"
    assert workloads is not None
    assert list(workloads.services) == ["axon"]
    assert found.resource_count(Layer.PLATFORM) == 1
    assert (other.platform(), other.workloads()) == (None, None)
    assert other.deployed_environments() == ("dev",)


def test_a_layer_that_failed_has_no_outputs(host: Host) -> None:
    """A stack whose first deployment was cut off is recorded, and hands nothing up."""
    record(host, "dev-workloads", {})
    assert (world(host).workloads(), world(host).deployed_environments()) == (None, ())


def test_another_incarnation_has_records_of_its_own(host: Host) -> None:
    """What was deployed went with the process in which it was."""
    record(host, "dev-platform", OUTPUTS[Layer.PLATFORM])
    again = replace(host, incarnation="second")
    assert world(again).platform() is None
    assert world(again).fingerprint_file != world(host).fingerprint_file

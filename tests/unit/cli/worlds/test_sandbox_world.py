"""A sandbox as a world: what it reads that is recorded. What its process says is tried end to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.errors import HostUnreadableError, NotRunningError
from cli.project import Project
from cli.worlds.sandbox import SandboxWorld
from sandbox.cloud.host import Host
from sandbox.engine.errors import StateError
from sandbox.engine.state.entries import OperationBegan, PendingOperation, ResourceRecorded
from sandbox.engine.state.store import StateStore
from sandbox.engine.values.resource import ResourceState
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


def test_services_that_no_record_names(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of every environment's record count, and those of a step that was interrupted; the cluster may
    be recorded by its ARN.
    """
    wanted = [("dev", "axon"), ("dev", "begun"), ("dev", "lost"), ("sandbox", "axon")]
    services = [{"cluster": cluster, "name": name, "desired": 1} for cluster, name in wanted]
    monkeypatch.setattr("cli.worlds.sandbox.hosts.status", lambda _: {"services": services})
    store = StateStore(host.directory / "stacks" / host.incarnation)
    for stack, cluster in (("dev-workloads", "arn:aws:ecs:::cluster/dev"), ("sandbox-workloads", "sandbox")):
        journal = store.open(stack)
        journal.record(ResourceRecorded(resource=ecs_service("axon", cluster)))
        if stack.startswith("dev"):
            begun = replace(ecs_service("begun", cluster), id="")
            journal.record(
                OperationBegan(operation=PendingOperation(operation_id="op", kind="creating", resource=begun))
            )
        journal.close()
    assert world(host).unrecorded_services() == ("dev/lost",)


def ecs_service(name: str, cluster: str) -> ResourceState:
    token = "aws:ecs/service:Service"
    return ResourceState(
        urn=f"urn:pulumi:dev-workloads::myelin::{token}::{name}",
        type=token,
        custom=True,
        id=f"arn:{name}",
        inputs={"cluster": cluster, "name": name},
    )


def test_lost_records_are_put_back(host: Host) -> None:
    """The files that were are named; until then what they describe is not taken for undeployed."""
    record(host, "dev-platform", OUTPUTS[Layer.PLATFORM])
    path = host.directory / "stacks" / host.incarnation / "dev-platform.json"
    path.unlink()
    with pytest.raises(StateError):
        world(host).platform()
    assert world(host).restore_records() == (path,)
    assert world(host).platform() is not None


def test_a_host_that_cannot_be_found_is_not_one_that_does_not_run(tmp_path: Path) -> None:
    """A state file that cannot be read is named; without one no sandbox runs."""
    project = Project(root=tmp_path, sandbox=tmp_path / ".myelin")
    found = SandboxWorld(project, environment_named("dev"))
    with pytest.raises(NotRunningError):
        _ = found.host
    project.sandbox.mkdir(mode=0o700)
    path = project.sandbox / "host.json"
    path.write_text("{")
    path.chmod(0o600)
    with pytest.raises(HostUnreadableError) as caught:
        _ = found.host
    assert caught.value.path == path

"""What a changed declaration changes in the graph, and nothing else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from stacks.names import Layer
from tests.support.recording.declarations import minimal
from tests.support.recording.environments import record_environment, recorded
from tests.support.recording.project_copy import copy_project
from tests.support.recording.recorder import Graph

# one worker records each environment, for all of them
pytestmark = pytest.mark.xdist_group("recorded")


CONDITIONS = ("down", "errors", "latency", "saturation", "denials", "governance-latency")
BURNS = ("fast", "medium", "slow")


def contents(graph: Graph) -> dict[str, str]:
    """Inputs of every custom resource by type and name."""
    return {
        f"{one.type.rpartition(':')[2]} {one.name}": json.dumps(one.inputs, sort_keys=True)
        for one in graph.custom
    }


def changed(before: Graph, after: Graph) -> set[str]:
    """Resources that are in both, but not the same."""
    old, new = contents(before), contents(after)
    return {key for key in old.keys() & new.keys() if old[key] != new[key]}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_project(tmp_path)


def test_a_third_service_is_a_folder(project: Path) -> None:
    """A new declaration adds its own resources; of the others only those change that speak of callers."""
    folder = project / "services" / "dendrite"
    folder.mkdir()
    text = minimal("dendrite", 8090, calls=("axon",), more='[secrets]\nsalt = "salts"\n')
    (folder / "service.toml").write_text(text)
    graphs = record_environment("dev", project)
    added = {
        layer: contents(graph).keys() - contents(recorded("dev")[layer]).keys()
        for layer, graph in graphs.items()
    }
    assert added == {
        Layer.FOUNDATION: {"Alias dendrite", "Key dendrite", "Policy dendrite"},
        Layer.PLATFORM: {
            "Alias governance.dendrite",
            "LifecyclePolicy dendrite",
            "Repository dendrite",
            "RepositoryPolicy dendrite",
            "Secret dendrite-axon.signing-key",
            "Secret dendrite.salt",
            "SecretPolicy dendrite-axon.signing-key",
            "SecretPolicy dendrite.salt",
            "SecretRotation dendrite-axon.signing-key",
            "SecretRotation dendrite.salt",
            "SecretVersion dendrite-axon.signing-key",
            "SecretVersion dendrite.salt",
            "SecurityGroup access-dendrite",
            "SecurityGroupEgressRule access-dendrite-to-axon-8081-out",
            "SecurityGroupIngressRule access-dendrite-to-axon-8081-in",
        },
        Layer.WORKLOADS: {
            *(f"MetricAlarm dendrite-{kind}" for kind in CONDITIONS),
            *(f"MetricAlarm dendrite-burn-{name}-{end}" for name in BURNS for end in ("long", "short")),
            *(f"CompositeAlarm dendrite-burn-{name}{more}" for name in BURNS for more in ("", "-known")),
            "CompositeAlarm dendrite",
            "Dashboard dendrite",
            "LogGroup dendrite",
            "Policy dendrite",
            "Role dendrite-execution",
            "Role dendrite-task",
            "RolePolicy dendrite-execution",
            "RolePolicy dendrite-task",
            "Service dendrite",
            "Target dendrite",
            "TaskDefinition dendrite",
        },
    }
    assert {layer: changed(recorded("dev")[layer], graph) for layer, graph in graphs.items()} == {
        Layer.FOUNDATION: set(),
        # as many decisions at once as all callers together may ask for
        Layer.PLATFORM: {"Function governance"},
        Layer.WORKLOADS: {"TaskDefinition axon"},
    }


def test_removing_a_service_removes_exactly_its_resources(project: Path) -> None:
    """What is left does not change, but for what spoke of the service that went."""
    shutil.rmtree(project / "services" / "orbit")
    graphs = record_environment("dev", project)
    for layer, graph in graphs.items():
        gone = contents(recorded("dev")[layer]).keys() - contents(graph).keys()
        assert all("orbit" in one for one in gone), gone
        assert not any("orbit" in one for one in contents(graph))
        assert "orbit" not in json.dumps([one.inputs for one in graph.custom])
    assert {layer: changed(recorded("dev")[layer], graph) for layer, graph in graphs.items()} == {
        Layer.FOUNDATION: {"Policy axon"},
        Layer.PLATFORM: {"Function governance", "NetworkAcl acls-isolated", "NetworkAcl acls-private"},
        Layer.WORKLOADS: {"RolePolicy axon-task", "Service axon", "TaskDefinition axon"},
    }


def test_more_cpu_touches_one_task_definition(project: Path) -> None:
    """A changed size is a changed task definition and, through its ARN, service; nothing else.

    So a copied project gives the same graph: what is declared is read below the root, wherever that is.
    """
    path = project / "services" / "axon" / "service.toml"
    path.write_text(path.read_text().replace("cpu = 256\nmemory = 512", "cpu = 512\nmemory = 1024"))
    graphs = record_environment("dev", project)
    for layer, graph in graphs.items():
        assert contents(graph).keys() == contents(recorded("dev")[layer]).keys()
    assert {layer: changed(recorded("dev")[layer], graph) for layer, graph in graphs.items()} == {
        Layer.FOUNDATION: set(),
        Layer.PLATFORM: set(),
        # the recorder gives a definition the same ARN again, so the service does not show
        Layer.WORKLOADS: {"TaskDefinition axon"},
    }

"""The cluster and the namespace of its mesh, made alone. ECS-1, MSH-1."""

from __future__ import annotations

import pytest

from components.containers.cluster import Cluster
from tests.support.recording.component import SCOPE, record_component

CLUSTER = "aws:ecs/cluster:Cluster"


@pytest.mark.parametrize("insights", ["enabled", "enhanced", "disabled"])
def test_cluster_runs_on_fargate_in_its_namespace(insights: str) -> None:
    """Container Insights as asked for, Fargate alone, and a namespace that services use by default."""
    found = record_component(lambda: Cluster("cluster", SCOPE, container_insights=insights))
    assert found.children == {
        CLUSTER: 1,
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": 1,
        "aws:servicediscovery/httpNamespace:HttpNamespace": 1,
    }
    cluster = found.only(CLUSTER).inputs
    assert cluster["settings"] == [{"name": "containerInsights", "value": insights}]
    assert cluster["serviceConnectDefaults"] == {"namespace": found.outputs["namespace_arn"]}
    assert found.outputs["name"] == "dev"
    assert set(found.outputs) == {"arn", "name", "namespace_arn"}

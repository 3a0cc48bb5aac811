"""The ECS cluster."""

from __future__ import annotations

import pulumi
from pulumi_aws.ecs.cluster import Cluster as EcsCluster
from pulumi_aws.ecs.cluster_capacity_providers import ClusterCapacityProviders
from pulumi_aws.servicediscovery.http_namespace import HttpNamespace

from components.scope import Scope


class Cluster(pulumi.ComponentResource):
    """A Fargate cluster with Container Insights, and the namespace of its mesh. ECS-1."""

    def __init__(
        self,
        name: str,
        scope: Scope,
        *,
        container_insights: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """`container_insights` is `enabled`, `enhanced` or `disabled`."""
        super().__init__("myelin:containers:Cluster", name, None, opts)
        own = pulumi.ResourceOptions(parent=self)
        names = scope.names
        self.namespace = HttpNamespace(
            name,
            name=names.namespace,
            description=f"services of {scope.environment}",
            tags=scope.tags(names.namespace),
            opts=own,
        )
        self.cluster = EcsCluster(
            name,
            name=names.cluster,
            settings=[{"name": "containerInsights", "value": container_insights}],
            service_connect_defaults={"namespace": self.namespace.arn},
            tags=scope.tags(names.cluster),
            opts=own,
        )
        ClusterCapacityProviders(
            name,
            cluster_name=self.cluster.name,
            capacity_providers=["FARGATE"],
            default_capacity_provider_strategies=[{"capacity_provider": "FARGATE", "weight": 1}],
            opts=own,
        )
        self.arn: pulumi.Output[str] = self.cluster.arn
        self.name: pulumi.Output[str] = self.cluster.name
        self.namespace_arn: pulumi.Output[str] = self.namespace.arn
        self.register_outputs({"arn": self.arn, "name": self.name, "namespace_arn": self.namespace_arn})

"""Counts what exists in the emulated AWS of a project, by asking it; not by what the engine recorded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.support.end_to_end.project import ENVIRONMENT, ProjectCopy

_PLAIN = (
    ("ec2", "describe_nat_gateways", "NatGateways"),
    ("ec2", "describe_addresses", "Addresses"),
    ("iam", "list_roles", "Roles"),
    ("sns", "list_topics", "Topics"),
    ("ecs", "list_clusters", "clusterArns"),
    ("servicediscovery", "list_namespaces", "Namespaces"),
    ("ecr", "describe_repositories", "repositories"),
    ("elbv2", "describe_target_groups", "TargetGroups"),
    ("secretsmanager", "list_secrets", "SecretList"),
    ("dynamodb", "list_tables", "TableNames"),
    ("s3", "list_buckets", "Buckets"),
    ("lambda", "list_functions", "Functions"),
    ("logs", "describe_log_groups", "logGroups"),
    ("cloudwatch", "describe_alarms", "MetricAlarms"),
)
_OF_VPC = (
    ("describe_subnets", "Subnets", "vpc-id"),
    ("describe_route_tables", "RouteTables", "vpc-id"),
    ("describe_internet_gateways", "InternetGateways", "attachment.vpc-id"),
    ("describe_vpc_endpoints", "VpcEndpoints", "vpc-id"),
    ("describe_security_groups", "SecurityGroups", "vpc-id"),
)


def census(project: ProjectCopy) -> dict[str, int]:
    """How many there are of each kind of thing that the layers make, and that has not been taken away."""
    found = {name: len(_items(project, service, operation, name)) for service, operation, name in _PLAIN}
    found |= _network(project)
    found |= _balancing(project)
    found["task definitions"] = len(
        _items(project, "ecs", "list_task_definitions", "taskDefinitionArns", status="ACTIVE")
    )
    found["services"] = _active_services(project)
    found["policies"] = len(_items(project, "iam", "list_policies", "Policies", Scope="Local"))
    found["inline policies"] = sum(
        len(_items(project, "iam", "list_role_policies", "PolicyNames", RoleName=role["RoleName"]))
        for role in _items(project, "iam", "list_roles", "Roles")
    )
    found["function versions"] = sum(
        len(
            _items(
                project, "lambda", "list_versions_by_function", "Versions", FunctionName=each["FunctionName"]
            )
        )
        for each in _items(project, "lambda", "list_functions", "Functions")
    )
    found["keys"] = sum(
        _is_enabled(project, key["KeyId"]) for key in _items(project, "kms", "list_keys", "Keys")
    )
    found["key aliases"] = sum(
        alias["AliasName"].startswith(f"alias/{ENVIRONMENT}/")
        for alias in _items(project, "kms", "list_aliases", "Aliases")
    )
    scaling = {"ServiceNamespace": "ecs"}
    for operation, name in (
        ("describe_scalable_targets", "ScalableTargets"),
        ("describe_scaling_policies", "ScalingPolicies"),
    ):
        found[name] = len(_items(project, "application-autoscaling", operation, name, **scaling))
    return found


def _network(project: ProjectCopy) -> dict[str, int]:
    vpcs = [vpc for vpc in _items(project, "ec2", "describe_vpcs", "Vpcs") if not vpc["IsDefault"]]
    ids = [vpc["VpcId"] for vpc in vpcs]
    found = {"Vpcs": len(vpcs)}
    for operation, name, key in _OF_VPC:
        inside = [{"Name": key, "Values": ids}]
        found[name] = len(_items(project, "ec2", operation, name, Filters=inside))
    groups = _items(
        project,
        "ec2",
        "describe_security_groups",
        "SecurityGroups",
        Filters=[{"Name": "vpc-id", "Values": ids}],
    )
    found["SecurityGroupRules"] = len(
        _items(
            project,
            "ec2",
            "describe_security_group_rules",
            "SecurityGroupRules",
            Filters=[{"Name": "group-id", "Values": [group["GroupId"] for group in groups]}],
        )
    )
    return found


def _balancing(project: ProjectCopy) -> dict[str, int]:
    balancers = _items(project, "elbv2", "describe_load_balancers", "LoadBalancers")
    listeners = [
        listener
        for balancer in balancers
        for listener in _items(
            project,
            "elbv2",
            "describe_listeners",
            "Listeners",
            LoadBalancerArn=balancer["LoadBalancerArn"],
        )
    ]
    rules = [
        rule
        for listener in listeners
        for rule in _items(project, "elbv2", "describe_rules", "Rules", ListenerArn=listener["ListenerArn"])
    ]
    return {"LoadBalancers": len(balancers), "Listeners": len(listeners), "Rules": len(rules)}


def _active_services(project: ProjectCopy) -> int:
    """The emulator lists deleted ones, too."""
    arns = _items(project, "ecs", "list_services", "serviceArns", cluster=ENVIRONMENT)
    ecs = project.client("ecs")
    services = ecs.describe_services(cluster=ENVIRONMENT, services=arns)["services"] if arns else ()
    return sum(service["status"] == "ACTIVE" for service in services)


def _is_enabled(project: ProjectCopy, key: str) -> bool:
    found: str = project.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"]
    return found == "Enabled"


def _items(project: ProjectCopy, service: str, operation: str, name: str, **arguments: Any) -> list[Any]:
    """Every item of a list, over all its pages."""
    return list(_pages(project.client(service), operation, name, arguments))


def _pages(client: Any, operation: str, name: str, arguments: dict[str, Any]) -> Iterator[Any]:
    if not client.can_paginate(operation):
        yield from getattr(client, operation)(**arguments)[name]
        return
    for page in client.get_paginator(operation).paginate(**arguments):
        yield from page[name]

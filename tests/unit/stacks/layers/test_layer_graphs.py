"""The whole graph of every layer and environment, as an engine would see it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from components.identity.statement import UNSCOPED_ACTIONS
from stacks.names import Layer
from tests.support.recording.environments import ENVIRONMENTS, recorded
from tests.support.recording.expected_counts import COUNTS, MORE_IN_PROD, MORE_WITH_CERTIFICATE
from tests.support.recording.recorder import STACK, Graph, Recorded

# one worker records each environment, for all of them
pytestmark = pytest.mark.xdist_group("recorded")

EVERYWHERE = {"0.0.0.0/0", "::/0"}
UNTAGGABLE = {
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:appautoscaling/policy:Policy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy",
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:kms/alias:Alias",
    "aws:lambda/alias:Alias",
    "aws:lambda/functionUrl:FunctionUrl",
    "aws:lambda/permission:Permission",
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
    "aws:s3/bucketPolicy:BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketVersioning:BucketVersioning",
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    "aws:secretsmanager/secretRotation:SecretRotation",
    "aws:secretsmanager/secretVersion:SecretVersion",
}
POLICY_INPUTS = ("policy", "assumeRolePolicy")

LAYERS = [
    pytest.param(environment, layer, id=f"{environment}-{layer}")
    for environment in ENVIRONMENTS
    for layer in Layer
]
every_layer = pytest.mark.parametrize(("environment", "layer"), LAYERS)


def statements(graph: Graph) -> Iterator[tuple[Recorded, dict[str, Any]]]:
    """Every statement of every policy document in a graph."""
    for resource in graph.custom:
        for name in POLICY_INPUTS:
            text = resource.inputs.get(name)
            if isinstance(text, str) and '"Statement"' in text:
                for statement in json.loads(text)["Statement"]:
                    yield resource, statement


def many(value: Any) -> list[str]:
    """One or many as many."""
    return [value] if isinstance(value, str) else list(value)


@every_layer
def test_components_are_idiomatic(environment: str, layer: Layer) -> None:
    """Each component has a type token of ours, a parent chain up to the stack, children, and outputs."""
    graph = recorded(environment)[layer]
    assert graph.components
    for component in graph.components:
        module, folder, name = component.type.split(":")
        assert (module, folder == folder.lower(), name[0].isupper()) == ("myelin", True, True)
        assert graph.registered_outputs.get(component.urn), f"{component.urn} registers no outputs"
        assert any(other.parent == component.urn for other in graph.resources), f"{component.urn} is empty"
    for resource in graph.custom:
        chain = [resource]
        while (parent := graph.parent_of(chain[-1])) is not None:
            chain.append(parent)
        assert chain[-1].type == STACK, resource.urn
        if not resource.type.startswith("pulumi:"):
            assert chain[1].type.startswith("myelin:"), f"{resource.urn} hangs on the stack itself"


@every_layer
def test_urns_are_unique(environment: str, layer: Layer) -> None:
    """No two resources share a URN; Pulumi would refuse the second."""
    urns = [resource.urn for resource in recorded(environment)[layer].resources]
    assert len(urns) == len(set(urns))


@every_layer
def test_everything_is_tagged(environment: str, layer: Layer) -> None:
    """Name, environment and layer are on all that can carry tags, and what cannot is listed."""
    for resource in recorded(environment)[layer].custom:
        if resource.type in UNTAGGABLE:
            assert "tags" not in resource.inputs, resource.type
            continue
        tags = resource.inputs["tags"]
        assert tags["Name"], resource.urn
        assert (tags["myelin:environment"], tags["myelin:layer"]) == (environment, layer), resource.urn


@every_layer
def test_names_are_explicit_and_begin_with_the_environment(environment: str, layer: Layer) -> None:
    """A physical name is given wherever there is one, and tells the environment.

    The name of a function's alias, or of a service in its cluster, is unique below a name that does.
    """
    below = {"aws:lambda/alias:Alias", "aws:ecs/service:Service"}
    for resource in recorded(environment)[layer].custom:
        name = resource.inputs.get("name")
        if name is not None and resource.type not in below:
            parts = name.removeprefix("/aws/lambda/").removeprefix("/myelin/").removeprefix("alias/")
            assert parts.split("-")[0].split("/")[0].split(".")[0] == environment, name


@every_layer
def test_nothing_is_open_to_the_world(environment: str, layer: Layer) -> None:
    """NET-4: no ingress from everywhere; no security group rule names the whole internet, in or out."""
    for resource in recorded(environment)[layer].custom:
        if "SecurityGroup" in resource.type:
            text = json.dumps(resource.inputs)
            assert not any(f'"{cidr}"' in text for cidr in EVERYWHERE), resource.urn
            assert "ingress" not in resource.inputs, "rules are resources of their own"
            assert "egress" not in resource.inputs


@every_layer
def test_no_wildcards_in_policies(environment: str, layer: Layer) -> None:
    """IAM-2: no wildcard action, and a wildcard resource only for listed actions or in a key's own policy."""
    for resource, statement in statements(recorded(environment)[layer]):
        actions = many(statement["Action"])
        assert not any("*" in action for action in actions), (resource.urn, actions)
        if "*" in many(statement.get("Resource", [])) and resource.type != "aws:kms/key:Key":
            assert set(actions) <= UNSCOPED_ACTIONS.keys(), (resource.urn, actions)
        if statement.get("Principal") == "*" and statement["Effect"] == "Allow":
            assert resource.type == "aws:ec2/vpcEndpoint:VpcEndpoint", resource.urn


@every_layer
def test_boundaries_on_every_role(environment: str, layer: Layer) -> None:
    """IAM-1: no role without a permission boundary."""
    for role in recorded(environment)[layer].of("aws:iam/role:Role"):
        assert role.inputs["permissionsBoundary"].endswith("-boundary")


@every_layer
def test_secret_values_are_marked(environment: str, layer: Layer) -> None:
    """SEC-1: a secret's value is random, secret in the state, and not rewritten by the next deploy."""
    graph = recorded(environment)[layer]
    versions = graph.of("aws:secretsmanager/secretVersion:SecretVersion")
    assert len(versions) == (2 if layer is Layer.PLATFORM else 0)
    for version in versions:
        assert version.secret_inputs == {"secretString"}
        assert version.ignore_changes == ("secretString",)
        assert len(version.inputs["secretString"]) == 64
    for resource in graph.custom:
        if resource not in versions:
            assert "xxxxxxxx" not in json.dumps(resource.inputs)


@every_layer
def test_exact_counts(environment: str, layer: Layer) -> None:
    """Each layer has exactly these resources."""
    expected = Counter(COUNTS[layer])
    if environment != "sandbox" and layer is Layer.PLATFORM:
        expected += Counter(MORE_WITH_CERTIFICATE)
    if environment == "prod" and layer is Layer.FOUNDATION:
        expected += Counter(MORE_IN_PROD)
    found = Counter(one.type for one in recorded(environment)[layer].resources if one.type != STACK)
    assert found == expected


OUTPUTS = {
    Layer.FOUNDATION: {
        *(
            "vpc_id",
            "vpc_cidr",
            "public_subnet_ids",
            "private_subnet_ids",
            "isolated_subnet_ids",
            "nat_count",
        ),
        *("endpoint_security_group_id", "key_arns", "boundary_arns", "alert_topic_arn"),
        *("archive_bucket", "access_log_bucket"),
    },
    Layer.PLATFORM: {
        *("cluster_arn", "cluster_name", "namespace_arn", "repository_urls", "security_group_ids"),
        *("load_balancer_arn", "load_balancer_dns_name", "load_balancer_security_group_id", "listener_arn"),
        *("rollout_function_arn", "test_url", "test_listener_arn", "balancer_role_arn", "hooks_role_arn"),
        *("policy_table_name", "release_table_name", "governance_function_name"),
        *("governance_log_group", "governance_url", "grant_keys_arn", "grant_bound_seconds"),
        *("admin_url", "admin_function_name", "admin_function_arn", "admin_log_group", "audit_bucket"),
        *("secret_arns", "signing_secret_arns"),
    },
    Layer.WORKLOADS: {"services", "log_groups"},
}


@every_layer
def test_outputs(environment: str, layer: Layer) -> None:
    """The stack's outputs are those that other layers and the command line read."""
    outputs = recorded(environment)[layer].outputs
    assert set(outputs) == OUTPUTS[layer]
    assert all(value for value in outputs.values())


def test_output_tables() -> None:
    """Tables in outputs are keyed by service, by `service/secret`, and by `caller-callee`."""
    graphs = recorded("dev")
    foundation, platform = graphs[Layer.FOUNDATION].outputs, graphs[Layer.PLATFORM].outputs
    assert set(foundation["key_arns"]) == {"axon", "orbit", "audit", "calls", "grants", "platform"}
    functions = {"governance", "governance-admin", "rotation", "rollout"}
    deploying = {"ecs-load-balancer", "ecs-hooks"}
    assert set(foundation["boundary_arns"]) == {"axon", "orbit", *functions, *deploying}
    assert set(platform["repository_urls"]) == {"axon", "orbit"}
    shared = {"load-balancer", "endpoints", "rollout", "every-service"}
    assert set(platform["security_group_ids"]) == {"axon", "orbit", *shared}
    assert set(platform["secret_arns"]) == {"axon/heartbeat-key"}
    assert set(platform["signing_secret_arns"]) == {"orbit-axon"}
    services = graphs[Layer.WORKLOADS].outputs["services"]
    assert set(services) == {"axon", "orbit"}
    assert services["axon"]["target_group_arn"] is None
    assert services["orbit"] == {
        "service_name": "orbit",
        "task_definition_arn": services["orbit"]["task_definition_arn"],
        "log_group": "/myelin/dev/orbit",
        "target_group_arn": services["orbit"]["target_group_arn"],
        "alarm": "dev/orbit",
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_layers_read_only_below(environment: str) -> None:
    """Foundation reads no stack, platform the foundation, workloads both; each of their own environment."""
    graphs = recorded(environment)
    prefix = f"organization/myelin/{environment}-"
    assert {layer: sorted(graph.references) for layer, graph in graphs.items()} == {
        Layer.FOUNDATION: [],
        Layer.PLATFORM: [f"{prefix}foundation"],
        Layer.WORKLOADS: [f"{prefix}foundation", f"{prefix}platform"],
    }

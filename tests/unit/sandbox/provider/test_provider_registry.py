from __future__ import annotations

import importlib
import re
from typing import Any

import pytest

from sandbox.engine.provider import Operation, Provider, State, UnknownFunctionError, UnknownResourceTypeError
from sandbox.provider.api_clients import connect
from sandbox.provider.mapping import ResourceMapping
from sandbox.provider.provider import AwsProvider
from sandbox.provider.registry import LOOKUPS, MAPPINGS
from tests.support.access.keys import ANY_CREDENTIALS

# what the stacks register; a type that is missing here would fail the first `up`
EXPECTED = [
    "aws:ec2/vpc:Vpc",
    "aws:ec2/subnet:Subnet",
    "aws:ec2/internetGateway:InternetGateway",
    "aws:ec2/eip:Eip",
    "aws:ec2/natGateway:NatGateway",
    "aws:ec2/routeTable:RouteTable",
    "aws:ec2/route:Route",
    "aws:ec2/routeTableAssociation:RouteTableAssociation",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:kms/key:Key",
    "aws:kms/alias:Alias",
    "aws:iam/policy:Policy",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:sns/topic:Topic",
    "aws:sns/topicSubscription:TopicSubscription",
    "aws:ecs/cluster:Cluster",
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
    "aws:servicediscovery/httpNamespace:HttpNamespace",
    "aws:ecr/repository:Repository",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/listener:Listener",
    "aws:lb/targetGroup:TargetGroup",
    "aws:lb/listenerRule:ListenerRule",
    "aws:secretsmanager/secret:Secret",
    "aws:secretsmanager/secretVersion:SecretVersion",
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    "aws:dynamodb/table:Table",
    "aws:dynamodb/resourcePolicy:ResourcePolicy",
    "aws:lambda/function:Function",
    "aws:lambda/alias:Alias",
    "aws:lambda/permission:Permission",
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/dashboard:Dashboard",
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:ecs/service:Service",
    "aws:appautoscaling/target:Target",
    "aws:appautoscaling/policy:Policy",
]


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _module(token: str) -> Any:
    _, where, _ = token.split(":")
    area, name = where.split("/")
    folder = {"lambda": "lambda_"}.get(area, area)
    inside = "" if area == "index" else f".{folder}"
    return importlib.import_module(f"pulumi_aws{inside}.{_snake(name)}")


def _names(of: Any) -> set[str]:
    found = (each for each in vars(of).values() if isinstance(each, property))
    return {getattr(each.fget, "_pulumi_name", each.fget.__name__ if each.fget else "") for each in found}


@pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS.keys())
def test_mapped_names_are_the_sdks(mapping: ResourceMapping) -> None:
    """Every token is a resource of pulumi_aws, every input an argument, every output a property of it."""
    module, kind = _module(mapping.token), mapping.token.rpartition(":")[2]
    assert getattr(module, kind).pulumi_type == mapping.token
    # where a nested block has the name that the arguments would have, those are called otherwise
    arguments = getattr(module, f"{kind}InitArgs", None) or getattr(module, f"{kind}Args")
    assert mapping.properties() - _names(arguments) == set()
    computed = set(mapping.outputs)
    assert computed - _names(getattr(module, kind)) == set()


@pytest.mark.parametrize("token", LOOKUPS)
def test_mapped_functions_are_the_sdks(token: str) -> None:
    """Every function token is a function of pulumi_aws."""
    assert hasattr(_module(token), _snake(token.rpartition(":")[2]))


@pytest.mark.parametrize("mapping", MAPPINGS.values(), ids=MAPPINGS.keys())
def test_every_input_can_change(mapping: ResourceMapping) -> None:
    """A change of any input replaces the resource, has a call of its own, or is only about the provider."""
    settable = frozenset().union(*(setting.of for setting in mapping.settings))
    tags = {"tags"} if mapping.tags else set()
    assert mapping.properties() - mapping.replace_on - settable - mapping.recorded - tags == set()
    assert not mapping.replace_on & settable


def test_all_types_of_the_stacks_are_mapped() -> None:
    """The sandbox knows every type that the stacks use, and says so through its description."""
    assert set(EXPECTED) <= MAPPINGS.keys()
    assert all(MAPPINGS[token].token == token for token in MAPPINGS)


@pytest.fixture
def offline() -> Provider:
    """A provider with nobody behind it."""
    return AwsProvider(connect("http://127.0.0.1:9", "us-east-1", ANY_CREDENTIALS))


def test_unknown_type_is_refused(offline: Provider) -> None:
    """A type without a mapping is an error, for whatever is asked about it."""
    token, operation = "aws:sqs/queue:Queue", Operation(id="1", urn="u")
    with pytest.raises(UnknownResourceTypeError, match="`aws:sqs/queue:Queue`"):
        offline.resource_type(token)
    with pytest.raises(UnknownResourceTypeError):
        offline.create(operation, token, "b", {})
    with pytest.raises(UnknownResourceTypeError):
        offline.update(operation, token, "b", {}, State(id="b"), {})
    with pytest.raises(UnknownResourceTypeError):
        offline.delete(operation, token, "b", {}, {})
    with pytest.raises(UnknownResourceTypeError):
        offline.read(token, "b", {})


def test_unknown_function_is_refused(offline: Provider) -> None:
    """A function without a mapping is an error."""
    with pytest.raises(UnknownFunctionError, match="`aws:ec2/getAmi:getAmi`"):
        offline.invoke("aws:ec2/getAmi:getAmi", {})


def test_fixed_unique_names_go_first(offline: Provider) -> None:
    """A replacement cannot share a name with what it replaces; what has no unique name is made before."""
    assert offline.resource_type("aws:iam/role:Role").delete_before_replace
    assert offline.resource_type("aws:ecs/service:Service").delete_before_replace
    assert not offline.resource_type("aws:ecs/taskDefinition:TaskDefinition").delete_before_replace
    assert not offline.resource_type("aws:secretsmanager/secretVersion:SecretVersion").delete_before_replace

"""The provider on moto's own server, and a way to walk a resource type through its life."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

import boto3
import pytest

from sandbox.engine.planning.diff import compare
from sandbox.engine.provider import Operation, State
from sandbox.provider.api_clients import connect
from sandbox.provider.provider import AwsProvider
from tests.support.access.keys import ANY_CREDENTIALS
from tests.support.moto_server import moto_server

REGION = "us-east-1"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


class World:
    """The provider, what it needs to stand on, and plain boto3 clients to look at what it did."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.provider = AwsProvider(connect(endpoint, REGION, ANY_CREDENTIALS))
        self._numbers = itertools.count(1)

    @cache  # noqa: B019 - lives as long as the test session
    def aws(self, service: str) -> Any:
        return boto3.client(
            service,
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )

    def unique(self, stem: str = "thing") -> str:
        return f"{stem}-{next(self._numbers)}"

    def operation(self) -> Operation:
        return Operation(id=self.unique("operation"), urn="urn:pulumi:test::myelin::thing")

    def make(self, token: str, **inputs: Any) -> State:
        return self.provider.create(self.operation(), token, self.unique(), inputs)

    def drop(self, token: str, state: State, inputs: dict[str, Any]) -> None:
        self.provider.delete(self.operation(), token, state.id, inputs, state.outputs)

    @cache  # noqa: B019
    def vpc(self) -> str:
        return self.make("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/16").id

    @cache  # noqa: B019
    def subnet(self, number: int) -> str:
        zone = f"{REGION}{'abc'[number % 3]}"
        return self.make(
            "aws:ec2/subnet:Subnet", vpcId=self.vpc(), cidrBlock=f"10.0.{number}.0/24", availabilityZone=zone
        ).id

    @cache  # noqa: B019
    def group(self, number: int) -> str:
        return self.make("aws:ec2/securityGroup:SecurityGroup", vpcId=self.vpc(), description=f"{number}").id

    @cache  # noqa: B019
    def role(self) -> State:
        return self.make("aws:iam/role:Role", assumeRolePolicy=TRUST)

    @cache  # noqa: B019
    def key(self, number: int) -> State:
        return self.make("aws:kms/key:Key", description=f"key {number}")

    @cache  # noqa: B019
    def cluster(self) -> State:
        return self.make("aws:ecs/cluster:Cluster")

    @cache  # noqa: B019
    def load_balancer(self) -> State:
        return self.make(
            "aws:lb/loadBalancer:LoadBalancer",
            internal=True,
            subnets=[self.subnet(1), self.subnet(2)],
            securityGroups=[self.group(1)],
        )

    @cache  # noqa: B019
    def target_group(self, number: int) -> State:
        return self.make(
            "aws:lb/targetGroup:TargetGroup",
            port=8000 + number,
            protocol="HTTP",
            targetType="ip",
            vpcId=self.vpc(),
        )


def tags_of(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags as a map, whichever way an API writes its pairs."""
    return {
        str(tag.get("Key") or tag.get("key") or tag.get("TagKey")): str(
            tag.get("Value") or tag.get("value") or tag.get("TagValue") or ""
        )
        for tag in tags
    }


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """One emulated AWS for all provider tests of a process."""
    with moto_server() as url:
        yield url


@pytest.fixture(scope="session")
def world(endpoint: str) -> World:
    return World(endpoint)


Walk = Callable[[dict[str, Any]], State]


@pytest.fixture
def walk(world: World) -> Walk:
    """Walks a resource type through its life in the emulated AWS of all provider tests."""
    return lambda case: walk_through(world, case)


def assert_as_declared(world: World, token: str, state: State, inputs: dict[str, Any]) -> None:
    """Nothing of a resource differs from the inputs that it was just given."""
    live = world.provider.look(token, state.id, inputs, state.outputs)
    assert live is not None
    assert compare(inputs, {name: live.values.get(name) for name in inputs}) == ()


def walk_through(world: World, case: dict[str, Any]) -> State:
    """Create, look, read, update, look, delete, see it gone, delete again; gives the state after the update.

    A case has: token, inputs(world), look(world, state), created (what `look` gives then), and optionally
    change, updated, outputs (names that must be there), stays (the thing itself outlives the resource).
    """
    token, provider = case["token"], world.provider
    inputs = case["inputs"](world)
    state = provider.create(world.operation(), token, world.unique(), inputs)
    assert state.id
    assert inputs.items() <= state.outputs.items()
    assert case["look"](world, state) == case["created"]
    for name in case.get("outputs", "").split():
        assert state.outputs.get(name) is not None, name
    found = provider.read(token, state.id, inputs)
    assert found is not None
    assert found.id == state.id
    assert_as_declared(world, token, state, inputs)
    if "change" in case:
        change = case["change"](world) if callable(case["change"]) else case["change"]
        changed = {name: value for name, value in {**inputs, **change}.items() if value is not None}
        assert not provider.resource_type(token).replace_on & change.keys()
        state = provider.update(world.operation(), token, state.id, changed, state, inputs)
        inputs = changed
        assert state.id
        assert inputs.items() <= state.outputs.items()
        assert case["look"](world, state) == case["updated"]
        assert_as_declared(world, token, state, inputs)
    assert inputs.keys() <= provider.resource_type(token).properties
    world.drop(token, state, inputs)
    if not case.get("stays"):
        assert provider.read(token, state.id, inputs) is None
    world.drop(token, state, inputs)
    return state

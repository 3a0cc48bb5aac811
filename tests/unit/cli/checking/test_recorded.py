"""The graphs of our own stacks, run in process."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.checking.placeholders import Placeholders
from cli.checking.recorded import UnknownLookupError, record_environment, whole
from cli.errors import UsageError
from cli.project import Project
from policies.resources.graph.values import UNKNOWN, Graph, Secret, Value
from policies.resources.terraform.plan import translate
from tests.support.end_to_end.two_worlds import plain
from tests.support.paths import ROOT

# one worker records the layers, for all of them
pytestmark = pytest.mark.xdist_group("recorded")

PROJECT = Project(root=ROOT, sandbox=ROOT / ".myelin")
ENVIRONMENT = "dev"


@pytest.fixture(scope="module")
def graphs() -> tuple[Graph, ...]:
    return record_environment(PROJECT, ENVIRONMENT)


@pytest.fixture(scope="module")
def environment(graphs: tuple[Graph, ...]) -> Graph:
    return whole(ENVIRONMENT, graphs)


def leaves(value: Value) -> Iterator[Value]:
    """Every value in a value."""
    if isinstance(value, Secret):
        yield from leaves(value.value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item)
    else:
        yield value


def test_every_registration_is_in_the_graph(graphs: tuple[Graph, ...]) -> None:
    """A graph has each resource that the program registers, under the URN that Pulumi gives it."""
    registered = plain(ENVIRONMENT)
    assert [graph.stack for graph in graphs] == [f"{ENVIRONMENT}-{layer}" for layer in registered]
    for graph, expected in zip(graphs, registered.values(), strict=True):
        assert {item.urn for item in graph.resources} == set(expected.requests)


def test_every_resource_has_its_line(environment: Graph) -> None:
    """The line of a resource, and of a component, is the one that calls its class."""
    for item in environment.resources:
        if item.component or (item.custom and item.package == "aws"):
            assert item.location is not None, item.urn
            assert not Path(item.location.path).is_absolute()
            source = (ROOT / item.location.path).read_text()
            line = source.splitlines()[item.location.line - 1]
            kind = item.token.rpartition(":")[2]
            renamed = re.search(rf"import {kind} as (\w+)", source)
            called = f"{renamed[1] if renamed else kind}("
            assert called in line or "make(" in line or item.component, str(item.location)


def test_a_second_run_is_the_same(graphs: tuple[Graph, ...]) -> None:
    """Runs are independent of each other and of the order in which threads register."""
    assert record_environment(PROJECT, ENVIRONMENT) == graphs


def test_what_a_deployment_brings_is_unknown(environment: Graph) -> None:
    """An input that is nothing but another resource's id is unknown and refers to that resource."""
    subnets = [item for item in environment.resources if item.token == "aws:ec2/subnet:Subnet"]
    assert subnets
    for subnet in subnets:
        assert subnet.inputs["vpcId"] is UNKNOWN
        (vpc,) = subnet.references["vpcId"]
        assert environment.by_urn[vpc].token == "aws:ec2/vpc:Vpc"


def test_policies_can_be_read(environment: Graph) -> None:
    """A document that a program builds from ids is known, so that it can be checked."""
    documents = [
        item.inputs["policy"] for item in environment.resources if item.token.endswith(":RolePolicy")
    ]
    assert documents
    assert all(json.loads(str(text))["Statement"] for text in documents)


def test_stacks_are_connected(graphs: tuple[Graph, ...], environment: Graph) -> None:
    """What a layer uses of the one below refers to the resource there."""
    service = next(item for item in graphs[-1].resources if item.token == "aws:ecs/service:Service")
    (cluster,) = service.references["cluster"]
    assert cluster not in graphs[-1].by_urn
    assert environment.by_urn[cluster].token == "aws:ecs/cluster:Cluster"


def test_everything_is_translated(environment: Graph) -> None:
    """Every AWS resource of our stacks is in the plan, with no property that Terraform does not know."""
    translation = translate(environment)
    wanted = {item.urn for item in environment.resources if item.custom and item.package == "aws"}
    assert {item.urn for item in translation.addresses.values()} == wanted
    assert translation.unmapped == ()
    assert translation.notes == ()


def test_no_secret_is_in_the_plan(environment: Graph) -> None:
    """Where a value is secret, the plan has a mask."""
    secret = [
        (item, name)
        for item in environment.resources
        for name, value in item.inputs.items()
        if isinstance(value, Secret) and value.value is not UNKNOWN
    ]
    assert secret
    assert "xxxxxxxx" not in json.dumps(translate(environment).plan)


def test_an_environment_that_is_not_there() -> None:
    """An unknown environment is refused with the names of those there are."""
    with pytest.raises(UsageError, match="there is no environment `nowhere`"):
        record_environment(PROJECT, "nowhere")


def test_a_question_without_answer() -> None:
    """A lookup that has no placeholder is named, with what to do."""
    assert Placeholders("eu-west-1").answer("aws:ec2/getAmi:getAmi", {}) is None
    error = UnknownLookupError("aws:ec2/getAmi:getAmi")
    assert (
        error.message
        == "the program calls `aws:ec2/getAmi:getAmi`, and there is no placeholder for its answer"
    )
    assert "pulumi preview --json" in error.hint

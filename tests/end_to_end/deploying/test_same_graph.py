"""One program, two worlds: what a stack registers under plain Pulumi, and what the sandbox makes of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sandbox.engine.state.store import StateStore
from sandbox.engine.values.properties import ArchiveValue, AssetValue, reveal_properties, secret_names
from sandbox.engine.values.resource import ResourceState
from sandbox.engine.values.wire import decode
from stacks.names import Layer
from tests.support.end_to_end.project import ENVIRONMENT, ProjectCopy
from tests.support.end_to_end.two_worlds import Graph, Request, Sandboxed, plain, sandboxed
from tests.support.recording.recorder import ACCOUNT

REFERENCE = "pulumi:pulumi:StackReference"

Both = dict[Layer, tuple[Graph, Sandboxed]]


@pytest.fixture(scope="module", params=["dev", "sandbox"])
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Both:
    """Each layer of an environment in both worlds."""
    within = sandboxed(request.param, StateStore(tmp_path_factory.mktemp("states")))
    return {layer: (graph, within[layer]) for layer, graph in plain(request.param).items()}


@pytest.mark.xdist_group("same-graph")
@pytest.mark.parametrize("layer", list(Layer))
def test_same_registrations(both: Both, layer: Layer) -> None:
    """The program says the same of the same resources in both worlds: URNs, inputs, dependencies, options.

    And its outputs are the same. Nothing in stacks and components knows where it runs.
    """
    without, within = both[layer]
    assert set(within.graph.requests) == set(without.requests)
    for urn, request in without.requests.items():
        assert within.graph.requests[urn] == request
    assert dict(within.graph.outputs) == dict(without.outputs)


@pytest.mark.xdist_group("same-graph")
@pytest.mark.parametrize("layer", list(Layer))
def test_nothing_is_skipped_or_altered(both: Both, layer: Layer) -> None:
    """The engine records every resource as it was registered, and the provider gets each with all inputs."""
    without, within = both[layer]
    resources = {urn: item for urn, item in within.state.resources.items() if item.type != REFERENCE}
    assert set(resources) == set(without.requests)
    for urn, request in without.requests.items():
        assert recorded_as(resources[urn]) == said(request)
    custom = {urn for urn, request in without.requests.items() if request.get("custom")}
    assert set(within.created) == custom
    for urn in custom:
        assert set(within.created[urn]) == set(said(without.requests[urn])["inputs"])


def said(request: Request) -> Request:
    """What of a request a state has a place for."""
    depends = request.get("propertyDependencies", {})
    inputs = decode(request.get("object", {}))
    return {
        "type": request["type"],
        "custom": request.get("custom", False),
        "parent": request.get("parent", ""),
        "protect": request.get("protect", False),
        "retain": request.get("retainOnDelete", False),
        "dependencies": sorted(request.get("dependencies", [])),
        "by property": {name: sorted(item["urns"]) for name, item in depends.items() if item.get("urns")},
        "secret": secret_names(inputs),
        "inputs": _without_hashes(reveal_properties(inputs)),
    }


def recorded_as(resource: ResourceState) -> Request:
    """The same of a recorded resource."""
    return {
        "type": resource.type,
        "custom": resource.custom,
        "parent": resource.parent,
        "protect": resource.protect,
        "retain": resource.retain_on_delete,
        "dependencies": sorted(resource.dependencies),
        "by property": {name: sorted(urns) for name, urns in resource.property_dependencies.items()},
        "secret": secret_names(resource.inputs),
        "inputs": _without_hashes(reveal_properties(resource.inputs)),
    }


def _without_hashes(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The engine adds to an archive the hash of its content."""
    return {
        name: replace(value, hash=None) if isinstance(value, AssetValue | ArchiveValue) else value
        for name, value in inputs.items()
    }


# the real one


@pytest.mark.sandbox
@pytest.mark.xdist_group("deployed")
@pytest.mark.parametrize("layer", list(Layer))
def test_deployed_sandbox_has_the_same_graph(deployed: ProjectCopy, layer: Layer) -> None:
    """What is deployed in a running sandbox is the graph of the plain run: every resource, each with an id.

    Inputs that come neither from another resource nor from an answer about the account are equal, too.
    """
    requests = plain(ENVIRONMENT)[layer].requests
    state = StateStore(deployed.sandbox / "stacks" / deployed.host.incarnation).load(f"{ENVIRONMENT}-{layer}")
    resources = {urn: item for urn, item in state.resources.items() if item.type != REFERENCE}
    assert set(resources) == set(requests)
    for urn, request in requests.items():
        expected, found = said(request), recorded_as(resources[urn])
        assert found | {"inputs": None} == expected | {"inputs": None}
        assert bool(resources[urn].id) == bool(request.get("custom"))
        assert set(found["inputs"]) == set(expected["inputs"])
        for name, value in expected["inputs"].items():
            if name not in expected["by property"] and _comparable(value):
                assert found["inputs"][name] == value, f"{urn} {name}"


def _comparable(value: Any) -> bool:
    """Whether a value is the program's own, and not an answer about the account it runs in."""
    text = json.dumps(value, default=repr)
    return not any(part in text for part in (ACCOUNT, ".zip", '"pl-', "xxxxxxxx"))

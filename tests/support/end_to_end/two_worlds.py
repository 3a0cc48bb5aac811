"""Runs the program without the sandbox and in it, keeping everything that it registers.

The plain side is `MockMonitor` with made-up outputs, and knows nothing of the sandbox. On the other side
stands the sandbox's engine, over a provider that makes up the same, so that every value can be compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import pulumi
from google.protobuf import json_format

from sandbox.engine.engine import Engine
from sandbox.engine.program.execution import run
from sandbox.engine.program.monitor import EngineMonitor
from sandbox.engine.program.program import Program
from sandbox.engine.provider import Operation, Properties, ResourceType, State
from sandbox.engine.running.registrar import Registrar
from sandbox.engine.state.stack_state import StackState
from sandbox.engine.state.store import StateStore
from stacks.config_file import load_config_file
from stacks.names import Layer, StackName
from stacks.program import deploy_stack
from tests.support.paths import ROOT
from tests.support.recording import recorder
from tests.support.recording.environments import archive
from tests.support.recording.recorder import Recorder, record

STACK = "pulumi:pulumi:Stack"
WHERE_FROM = ("sourcePosition", "stackTrace")
"""Which line of which file registered it; differs where a program is entered."""

Request = dict[str, Any]
"""A RegisterResourceRequest as JSON: everything that a program says of a resource, its options included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """What one stack registered, by URN, and its outputs."""

    requests: Mapping[str, Request]
    outputs: Mapping[str, Any]


def as_json(request: Any) -> Request:
    """A RegisterResourceRequest as JSON; URNs are sorted, as they come from sets."""
    document: Request = json_format.MessageToDict(request, preserving_proto_field_name=True)
    document["dependencies"] = sorted(document.get("dependencies", []))
    for depends in document.get("propertyDependencies", {}).values():
        depends["urns"] = sorted(depends.get("urns", []))
    return {name: value for name, value in document.items() if name not in WHERE_FROM}


# without the sandbox


class PlainMonitor(Recorder):
    """Keeps each request, and names resources as Pulumi's engine does."""

    def __init__(self, requests: dict[str, Request], stacks: Mapping[str, Mapping[str, Any]]) -> None:
        super().__init__(stacks)
        self._requests = requests

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the gRPC method
        answer = super().RegisterResource(request)
        assert answer.urn not in self._requests
        self._requests[answer.urn] = as_json(request)
        return answer

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """https://www.pulumi.com/docs/iac/concepts/resources/names/#urns"""
        chain = parent.split("::")[2] if parent else STACK
        qualified = type_ if chain == STACK else f"{chain}${type_}"
        return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{qualified}::{name}"


@cache
def plain(environment: str) -> dict[Layer, Graph]:
    """The layers of an environment under the plain monitor."""
    graphs: dict[Layer, Graph] = {}
    stacks: dict[str, Mapping[str, Any]] = {}
    for layer, stack, config in _layers(environment):
        requests: dict[str, Request] = {}
        graph = record(
            partial(deploy_stack, ROOT, archive),
            stack=stack,
            config=config,
            root=ROOT,
            stacks=stacks,
            make=partial(PlainMonitor, requests),
        )
        graphs[layer] = Graph(requests=requests, outputs=graph.outputs)
        stacks[f"organization/myelin/{stack}"] = graph.outputs
    return graphs


def _layers(environment: str) -> Iterable[tuple[Layer, str, dict[str, str]]]:
    for layer in Layer:
        stack = StackName(environment=environment, layer=layer)
        yield layer, str(stack), dict(load_config_file(stack.config_file(ROOT)).values)


# in the sandbox


class SameOutputs:
    """A provider that makes up what the plain monitor makes up, and remembers what it was given."""

    def __init__(self) -> None:
        self.created: dict[str, Properties] = {}

    def resource_type(self, token: str) -> ResourceType:
        """Every type there is, with every input it may have."""
        return ResourceType(token=token, properties=_Everything())

    def create(self, operation: Operation, token: str, name: str, inputs: Properties) -> State:
        """Make up a resource."""
        self.created[operation.urn] = inputs
        outputs = {**inputs, **recorder._computed(token, name, inputs)}
        return State(id=str(outputs["id"]), outputs=outputs)

    def update(self, *_: Any) -> State:
        """Nothing exists yet that could be updated."""
        raise AssertionError

    def delete(self, *_: Any) -> None:
        """Nothing is to be deleted."""
        raise AssertionError

    def read(self, *_: Any) -> State | None:
        """No program here reads a resource."""
        raise AssertionError

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Properties:
        """Make up an answer."""
        return recorder._INVOKES[token](arguments)


class _Everything(frozenset[str]):
    def __contains__(self, _: object) -> bool:
        return True


class ListeningMonitor(EngineMonitor):
    """The sandbox's monitor; keeps each request that it takes."""

    def __init__(
        self, requests: dict[str, Request], *, project: str, stack: str, registrar: Registrar
    ) -> None:
        super().__init__(project=project, stack=stack, registrar=registrar)
        self._requests = requests

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the gRPC method
        answer = super().RegisterResource(request)
        self._requests[answer.urn] = as_json(request)
        return answer


class ListeningEngine(Engine):
    """The sandbox's engine with that monitor."""

    def __init__(self, provider: SameOutputs, store: StateStore) -> None:
        super().__init__(provider, store)
        self.requests: dict[str, Request] = {}

    def _run(
        self, program: Program, registrar: Registrar, *, preview: bool, log: Callable[[str, str], None]
    ) -> None:
        monitor = ListeningMonitor(
            self.requests, project=program.project, stack=program.stack, registrar=registrar
        )
        run(program, monitor, preview=preview, log=log)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandboxed:
    """A stack that the engine brought up: what it heard and recorded, and what the provider was given."""

    graph: Graph
    state: StackState
    created: Mapping[str, Properties]


def sandboxed(environment: str, store: StateStore) -> dict[Layer, Sandboxed]:
    """The layers of an environment under the sandbox's engine."""
    found: dict[Layer, Sandboxed] = {}
    for layer, stack, config in _layers(environment):
        provider = SameOutputs()
        engine = ListeningEngine(provider, store)
        main = partial(deploy_stack, ROOT, archive)
        result = engine.up(Program(project="myelin", stack=stack, main=main, config=config, root=ROOT))
        found[layer] = Sandboxed(
            graph=Graph(requests=engine.requests, outputs=result.outputs),
            state=store.load(stack),
            created=provider.created,
        )
    return found

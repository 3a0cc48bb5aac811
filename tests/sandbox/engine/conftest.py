"""A small world for the engine: a provider in memory, and programs that are written down as values."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pytest

from sandbox.engine.engine import Engine
from sandbox.engine.program import Program
from sandbox.engine.provider import (
    Operation,
    Properties,
    ProviderError,
    ResourceType,
    State,
    UnknownFunctionError,
    UnknownResourceTypeError,
)
from sandbox.engine.store import StateStore

THING = "aws:test/thing:Thing"
NAMED = "aws:test/named:Named"
TYPES = {
    THING: ResourceType(
        token=THING,
        properties=frozenset({"size", "of", "refs", "secret", "code"}),
        replace_on=frozenset({"of"}),
    ),
    NAMED: ResourceType(
        token=NAMED,
        properties=frozenset({"name", "size", "refs"}),
        replace_on=frozenset({"size"}),
        delete_before_replace=True,
    ),
}


class Killed(BaseException):
    """What a SIGKILL looks like from inside: nothing after it runs."""


@dataclass
class World:
    """A provider that keeps what exists in memory, refuses what AWS would refuse, and can be cut off."""

    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    answers: dict[str, State] = field(default_factory=dict)
    kill_after: int | None = None
    """The number of further calls after which the process dies: the call is done, its answer is never seen."""
    refuse: Callable[[str, str], str | None] = lambda _verb, _name: None
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _made: int = 0

    def resource_type(self, token: str) -> ResourceType:
        try:
            return TYPES[token]
        except KeyError as error:
            raise UnknownResourceTypeError(token) from error

    def create(self, operation: Operation, token: str, name: str, inputs: Properties) -> State:
        def make() -> State:
            self._made += 1
            taken = inputs.get("name")
            if taken and any(item.get("name") == taken for item in self.things.values()):
                raise ProviderError(urn=operation.urn, call="Create", code="AlreadyExists", detail=taken)
            self._must_exist(operation, inputs.get("refs", []))
            identity = f"{name}-{self._made}"
            self.things[identity] = {**inputs, "type": token}
            return State(id=identity, outputs={**inputs, "arn": f"arn:{identity}"})

        return self._once(operation, "create", name, make)

    def update(
        self,
        operation: Operation,
        token: str,
        id: str,  # noqa: A002
        inputs: Properties,
        previous: State,
        previous_inputs: Properties,
    ) -> State:
        def change() -> State:
            self._must_exist(operation, inputs.get("refs", []))
            self.things[id] = {**inputs, "type": token}
            return State(id=id, outputs={**inputs, "arn": f"arn:{id}"})

        return self._once(operation, "update", id, change)

    def delete(
        self,
        operation: Operation,
        token: str,
        id: str,  # noqa: A002
        inputs: Properties,
        outputs: Properties,
    ) -> None:
        def remove() -> State:
            users = [name for name, item in self.things.items() if id in item.get("refs", [])]
            if users:
                raise ProviderError(urn=operation.urn, call="Delete", code="InUse", detail=f"{id} by {users}")
            self.things.pop(id, None)
            return State(id=id)

        self._once(operation, "delete", id, remove)

    def read(self, token: str, id: str, inputs: Properties) -> State | None:  # noqa: A002
        return State(id=id, outputs=dict(self.things[id])) if id in self.things else None

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Properties:
        if token != "aws:test/echo:echo":
            raise UnknownFunctionError(token)
        return dict(arguments)

    def _must_exist(self, operation: Operation, refs: Iterable[str]) -> None:
        for ref in refs:
            if ref not in self.things:
                raise ProviderError(urn=operation.urn, call="Create", code="NotFound", detail=ref)

    def _once(self, operation: Operation, verb: str, name: str, do: Callable[[], State]) -> State:
        """Do a step once per operation id, as the emulator's idempotency does."""
        with self._lock:
            if self.kill_after is not None and self.kill_after < 0:
                raise Killed
            refusal = self.refuse(verb, name)
            if refusal:
                raise ProviderError(urn=operation.urn, call=verb, code="Refused", detail=refusal)
            if operation.id not in self.answers:
                self.answers[operation.id] = do()
                self.calls.append((verb, name))
            if self.kill_after is not None:
                self.kill_after -= 1
                if self.kill_after < 0:
                    raise Killed
            return self.answers[operation.id]


class Thing(pulumi.CustomResource):
    """A resource of the test world."""

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None, token: str = THING
    ) -> None:
        super().__init__(token, name, {"arn": None, **props}, opts)


@dataclass(frozen=True)
class Item:
    """One resource of a program: a name, inputs, and the items whose ids it refers to."""

    name: str
    size: int = 1
    of: str = "a"
    refs: tuple[str, ...] = ()
    named: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


def declare(items: Iterable[Item]) -> Callable[[], None]:
    """Write a program that declares these items, in this order, and exports their ids."""

    def main() -> None:
        made: dict[str, Thing] = {}
        for item in items:
            refs = [made[ref].id for ref in item.refs]
            options = pulumi.ResourceOptions(**item.options)
            if item.named:
                props = {"name": item.name, "size": item.size, "refs": refs, **item.extra}
                made[item.name] = Thing(item.name, props, options, NAMED)
            else:
                props = {"size": item.size, "of": item.of, "refs": refs, **item.extra}
                made[item.name] = Thing(item.name, props, options)
        pulumi.export("ids", {name: thing.id for name, thing in made.items()})

    return main


def program(items: Iterable[Item], stack: str = "test-layer", **keywords: Any) -> Program:
    """Make a program value of items."""
    return Program(project="myelin", stack=stack, main=declare(list(items)), **keywords)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def engine(world: World, tmp_path: Path) -> Engine:
    return Engine(world, StateStore(tmp_path / "stacks"))

"""Programs that are written down as values, and the resources that they make."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from sandbox.engine.program.program import Program
from tests.support.engine.memory_provider import NAMED, ROLE, THING, MemoryProvider

STACK = "test-layer"


class Thing(pulumi.CustomResource):
    """A resource of the tests."""

    arn: pulumi.Output[str]
    token: pulumi.Output[str]
    revision: pulumi.Output[int]

    def __init__(
        self,
        name: str,
        props: Mapping[str, Any] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        token: str = THING,
    ) -> None:
        super().__init__(token, name, {"arn": None, "token": None, "revision": None, **(props or {})}, opts)


class Group(pulumi.ComponentResource):
    """A component of the tests."""

    def __init__(
        self, name: str, opts: pulumi.ResourceOptions | None = None, token: str = "test:it:Group"
    ) -> None:
        super().__init__(token, name, None, opts)


@dataclass(frozen=True)
class Item:
    """One resource of a program: a name, inputs, and the items whose ids it refers to.

    A change of `pins` replaces it, a change of `refs` does not.
    """

    name: str
    size: int = 1
    of: str = "a"
    refs: tuple[str, ...] = ()
    pins: tuple[str, ...] = ()
    named: bool = False
    role: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return ROLE if self.role else NAMED if self.named else THING

    @property
    def urn(self) -> str:
        return f"urn:pulumi:{STACK}::myelin::{self.token}::{self.name}"


def declare(items: Iterable[Item]) -> Callable[[], None]:
    """Write a program that declares these items, in this order, and exports their ids."""

    def main() -> None:
        made: dict[str, Thing] = {}
        for item in items:
            props = {
                "size": item.size,
                "of": item.of,
                "refs": [made[ref].id for ref in item.refs],
                "pins": [made[ref].id for ref in item.pins],
                **({"name": item.name} if item.named or item.role else {}),
                **item.extra,
            }
            options = pulumi.ResourceOptions(**item.options)
            made[item.name] = Thing(item.name, props, options, item.token)
        pulumi.export("ids", {name: thing.id for name, thing in made.items()})

    return main


def program(items: Iterable[Item], stack: str = STACK, **keywords: Any) -> Program:
    """Make a program value of items."""
    return Program(project="myelin", stack=stack, main=declare(list(items)), **keywords)


def running(main: Callable[[], Any], stack: str = STACK, **keywords: Any) -> Program:
    """Make a program value of a function."""
    return Program(project="myelin", stack=stack, main=main, **keywords)


Shape = dict[str, tuple[str, int, str, tuple[str, ...], tuple[str, ...]]]
"""What exists, by logical name: type, size, of, and the logical names of what it refers to."""


def wanted(items: Iterable[Item]) -> Shape:
    """What exists once a program has been applied."""
    return {item.name: (item.token, item.size, item.of, item.refs, item.pins) for item in items}


def found(provider: MemoryProvider) -> Shape:
    """What exists; fails when two things have one logical name."""
    names = {identity: item["logical"] for identity, item in provider.things.items()}
    assert len(set(names.values())) == len(names), f"duplicates: {sorted(names)}"
    return {
        item["logical"]: (
            item["type"],
            item["size"],
            item["of"],
            tuple(names[ref] for ref in item["refs"]),
            tuple(names[ref] for ref in item["pins"]),
        )
        for item in provider.things.values()
    }

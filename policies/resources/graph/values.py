"""A stack's resources as values, whichever way they were read.

Inputs are what a program wrote, under Pulumi's own property names (camelCase). A value is plain JSON, except
where something is not known before a deployment (`UNKNOWN`) or must not be shown (`Secret`). Both can stand
anywhere inside a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Literal, TypeAlias

STACK_TYPE = "pulumi:pulumi:Stack"
STACK_REFERENCE = "pulumi:pulumi:StackReference"
AWS_PACKAGES = ("aws", "aws-native")

Source: TypeAlias = Literal["program", "preview", "export"]


class _Unknown(Enum):
    """Has one member, so that a type checker can tell it from every other value."""

    UNKNOWN = "unknown"

    def __repr__(self) -> str:
        """Read as the name that a program uses."""
        return "UNKNOWN"


Unknown: TypeAlias = Literal[_Unknown.UNKNOWN]
UNKNOWN: Unknown = _Unknown.UNKNOWN
"""A value that only the deployment brings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A value that must not be shown; it is `UNKNOWN` where only its ciphertext was read."""

    value: Value = field(repr=False)


Value: TypeAlias = "str | int | float | bool | list[Any] | dict[str, Any] | Unknown | Secret | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A line of a program, counted from 1; `path` is relative to the project where it lies inside it."""

    path: str
    line: int

    def __str__(self) -> str:
        """Read as editors and terminals do."""
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource, a component or the stack itself.

    `token` is Pulumi's type (`aws:s3/bucket:Bucket`), `parent` a URN or empty. `references` says which
    resources each input was made from, by the input's name; `depends_on` names those that were declared
    without a value. `outputs` is empty where nothing has been deployed. `id` is empty where it is not known.
    `location` is the line that made the resource, and None where the source does not say.
    """

    urn: str
    token: str
    name: str
    parent: str = ""
    custom: bool = True
    id: str = ""
    inputs: Mapping[str, Value] = field(default_factory=dict)
    outputs: Mapping[str, Value] = field(default_factory=dict)
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    protect: bool = False
    location: Location | None = None

    @property
    def package(self) -> str:
        """The provider's package, such as `aws`."""
        return self.token.partition(":")[0]

    @property
    def of_aws(self) -> bool:
        """Whether this is a resource of one of the providers for AWS, and so something to judge."""
        return self.custom and self.package in AWS_PACKAGES

    @property
    def component(self) -> bool:
        """Whether this only groups other resources; the stack is no component."""
        return not self.custom and self.token != STACK_TYPE


@dataclass(frozen=True, kw_only=True)
class Graph:
    """All resources of a stack, in the order that the source has.

    `notes` is what the reader has to say. `missing` says why the stack may have more resources than these;
    empty where the source has them all.
    """

    stack: str
    source: Source
    resources: tuple[Resource, ...]
    project: str = ""
    notes: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """Resources by URN."""
        return {item.urn: item for item in self.resources}

    def component_of(self, resource: Resource) -> Resource | None:
        """The nearest component that a resource is in; None for one that stands in the stack itself."""
        return next((item for item in self.ancestors(resource) if item.component), None)

    def ancestors(self, resource: Resource) -> Iterator[Resource]:
        """Parents from the nearest on, as far as the graph knows them; safe against a loop."""
        seen = {resource.urn}
        parent = self.by_urn.get(resource.parent)
        while parent is not None and parent.urn not in seen:
            seen.add(parent.urn)
            yield parent
            parent = self.by_urn.get(parent.parent)


def token_of(urn: str) -> str:
    """The type in `urn:pulumi:STACK::PROJECT::PARENT$TYPE::NAME`; empty for what is no URN."""
    return urn.split("::", 3)[2].rpartition("$")[2] if urn.count("::") > 1 else ""


def reveal(value: Value) -> Any:
    """Put the value of each secret in its place; `UNKNOWN` stays where it is."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {name: reveal(item) for name, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def known(value: Value) -> bool:
    """Say whether no part of a value is unknown."""
    if isinstance(value, Secret):
        return known(value.value)
    if isinstance(value, dict):
        return all(known(item) for item in value.values())
    if isinstance(value, list):
        return all(known(item) for item in value)
    return value is not UNKNOWN

"""The border between the engine and whatever makes resources real."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from sandbox.engine.errors import EngineError

Properties = dict[str, Any]
"""Resource properties: camelCase names, plain JSON values, assets as Pulumi objects."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One step on one resource.

    `id` stays the same when a step that a crash cut off is done again; a provider makes it idempotent by it.
    """

    id: str
    urn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """What the engine must know of a type to check and to compare its resources."""

    token: str
    properties: frozenset[str]
    """Inputs that the provider understands; any other is an error."""
    replace_on: frozenset[str] = frozenset()
    """Inputs whose change forces a new resource."""
    delete_before_replace: bool = False
    """The physical name is fixed by the inputs, so the old resource has to go before the new one comes."""
    secret_outputs: frozenset[str] = frozenset()
    volatile_outputs: frozenset[str] = frozenset()
    """Computed outputs that an update may change, such as a version: unknown in a preview of one."""
    not_emulated: str | None = None
    """Why the resource is only recorded, where the emulator lacks its API."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A resource as it exists: its physical id and its outputs (inputs and computed properties)."""

    id: str
    outputs: Properties = field(default_factory=dict)


class Provider(Protocol):
    """Creates, reads, updates and deletes resources, each call one blocking step."""

    def resource_type(self, token: str) -> ResourceType:
        """Describe a type; raises UnknownResourceTypeError."""
        ...

    def create(self, operation: Operation, token: str, name: str, inputs: Properties) -> State:
        """Make a resource; `name` is its logical name, used where the inputs give no physical one."""
        ...

    def update(
        self,
        operation: Operation,
        token: str,
        id: str,  # noqa: A002 - Pulumi's own word
        inputs: Properties,
        previous: State,
        previous_inputs: Properties,
    ) -> State:
        """Change a resource in place."""
        ...

    def delete(
        self,
        operation: Operation,
        token: str,
        id: str,  # noqa: A002
        inputs: Properties,
        outputs: Properties,
    ) -> None:
        """Remove a resource; one that is gone already is no error."""
        ...

    def read(self, token: str, id: str, inputs: Properties) -> State | None:  # noqa: A002
        """Look a resource up by its id; None when there is none."""
        ...

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Properties:
        """Call a provider function; raises UnknownFunctionError."""
        ...


class UnknownResourceTypeError(EngineError):
    """A resource type that the sandbox has no mapping for."""

    def __init__(self, token: str) -> None:
        super().__init__(
            f"the sandbox does not know the resource type `{token}`",
            hint="add a mapping for it under sandbox/provider",
        )
        self.token = token


class UnknownFunctionError(EngineError):
    """A provider function that the sandbox has no mapping for."""

    def __init__(self, token: str) -> None:
        super().__init__(
            f"the sandbox does not know the function `{token}`",
            hint="add a mapping for it under sandbox/provider",
        )
        self.token = token


class ProviderError(EngineError):
    """An AWS call that the emulator refused while doing a step.

    `partial` is the resource as it stands when it exists all the same, such as a service that was made but
    never became steady; the engine then records it, and the next run updates it. `uncertain` says that
    there was no answer (a lost connection, a timeout): the call may have been carried out, so the next run
    does the step again under the same operation id.
    """

    def __init__(
        self,
        *,
        urn: str,
        call: str,
        code: str,
        detail: str,
        partial: State | None = None,
        uncertain: bool = False,
        hint: str = "see the arguments of this resource",
    ) -> None:
        """Say which resource and call it was, and AWS's own code and words."""
        super().__init__(f"{call} failed for `{urn}`: {code}: {detail}", hint=hint)
        self.urn = urn
        self.call = call
        self.code = code
        self.detail = detail
        self.partial = partial
        self.uncertain = uncertain


class Found(Protocol):
    """What a provider found of a resource: values by input; `untold` are paths that AWS does not tell."""

    @property
    def values(self) -> Mapping[str, Any]:
        """By input; what is untold has the value that was asked for."""
        ...

    @property
    def untold(self) -> tuple[str, ...]:
        """Paths of inputs."""
        ...


class FoundInside(Protocol):
    """A resource inside of another one, by type and id."""

    @property
    def type(self) -> str:
        """Its type token."""
        ...

    @property
    def id(self) -> str:
        """Its id."""
        ...


class LookingProvider(Provider, Protocol):
    """A provider that can look at a resource with all its nested values."""

    def look(
        self,
        token: str,
        id: str,  # noqa: A002
        inputs: Properties,
        outputs: Properties,
    ) -> Found | None:
        """A resource as it is by now; None if there is none. Raises ProviderError."""
        ...

    def inside(self, token: str, id: str, inputs: Properties) -> tuple[FoundInside, ...]:  # noqa: A002
        """What stands inside of a resource and is a resource of its own. Raises ProviderError."""
        ...

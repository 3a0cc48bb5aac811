"""The engine's provider for AWS: all types and functions of the registry, on one emulated AWS."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sandbox.engine.provider import (
    Operation,
    Properties,
    ProviderError,
    ResourceType,
    State,
    UnknownFunctionError,
    UnknownResourceTypeError,
)
from sandbox.provider import lifecycle
from sandbox.provider.api_clients import ApiClients, operation_scope
from sandbox.provider.errors import ApiError
from sandbox.provider.live.children import InnerResource, children_of
from sandbox.provider.live.look import look
from sandbox.provider.live.view import LiveResource
from sandbox.provider.lookups import Lookup
from sandbox.provider.mapping import ResourceMapping
from sandbox.provider.registry import LOOKUPS, MAPPINGS
from sandbox.provider.resource_step import PollingPace, ResourceStep


def _nothing() -> None:
    return None


class AwsProvider:
    """Implements `sandbox.engine.provider.Provider`; safe to call from several threads.

    All methods raise ProviderError when AWS refuses a call, and UnknownResourceTypeError or
    UnknownFunctionError for tokens that are not registered.
    """

    def __init__(
        self,
        clients: ApiClients,
        *,
        pace: PollingPace | None = None,
        mappings: Mapping[str, ResourceMapping] = MAPPINGS,
        lookups: Mapping[str, Lookup] = LOOKUPS,
    ) -> None:
        """`pace` says how long to wait for resources that become ready later."""
        self._clients = clients
        self._pace = pace or PollingPace()
        self._mappings = mappings
        self._lookups = lookups
        self._types: dict[str, ResourceType] = {}

    def resource_type(self, token: str) -> ResourceType:
        """Describe a type."""
        described = self._types.get(token)
        if described is None:
            described = self._types[token] = self._mapping(token).resource_type()
        return described

    def create(self, operation: Operation, token: str, name: str, inputs: Properties) -> State:
        """Create a resource."""
        mapping = self._mapping(token)
        unique = unique_suffix(operation.id)
        step = self._step(
            mapping, lifecycle.with_physical_name(mapping.naming, name, inputs, unique), unique=unique
        )
        with self._in_operation(
            operation, partly=lambda: lifecycle.state_of(mapping, step) if step.id else None
        ):
            return lifecycle.create(mapping, step)

    def update(
        self,
        operation: Operation,
        token: str,
        id: str,  # noqa: A002 - Pulumi's own word
        inputs: Properties,
        previous: State,
        previous_inputs: Properties,
    ) -> State:
        """Update a resource in place."""
        mapping = self._mapping(token)
        step = self._step(
            mapping,
            _with_known_name(mapping, inputs, previous.outputs),
            id=id,
            outputs=_computed_outputs(mapping, previous.outputs, previous_inputs),
            before=_with_known_name(mapping, previous_inputs, previous.outputs),
            unique=unique_suffix(operation.id),
        )
        with self._in_operation(operation):
            return lifecycle.update(mapping, step)

    def delete(
        self,
        operation: Operation,
        token: str,
        id: str,  # noqa: A002
        inputs: Properties,
        outputs: Properties,
    ) -> None:
        """Delete a resource; it is no error if there is none."""
        mapping = self._mapping(token)
        step = self._step(mapping, _with_known_name(mapping, inputs, outputs), id=id, outputs=dict(outputs))
        with self._in_operation(operation):
            lifecycle.delete(mapping, step)

    def read(self, token: str, id: str, inputs: Properties) -> State | None:  # noqa: A002
        """Read a resource by its id; None if there is none."""
        mapping = self._mapping(token)
        with _errors_about(f"{token} {id}"):
            return lifecycle.read(mapping, self._step(mapping, dict(inputs), id=id))

    def look(
        self,
        token: str,
        id: str,  # noqa: A002
        inputs: Properties,
        outputs: Properties,
    ) -> LiveResource | None:
        """Look at a resource as it is by now, nested values too; None if there is none.

        `outputs` are those that were recorded. Of a type that is only recorded all inputs are untold.
        """
        mapping = self._mapping(token)
        with _errors_about(f"{token} {id}"):
            return look(mapping, self._step(mapping, dict(inputs), id=id), outputs)

    def inside(self, token: str, id: str, inputs: Properties) -> tuple[InnerResource, ...]:  # noqa: A002
        """What stands inside of a resource and is a resource of its own, as far as CHILDREN lists it."""
        with _errors_about(f"{token} {id}"):
            return tuple(children_of(self._clients, token, id, inputs))

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Properties:
        """Call a provider function."""
        lookup = self._lookups.get(token)
        if lookup is None:
            raise UnknownFunctionError(token)
        with _errors_about(token):
            return lookup(self._clients, arguments)

    def _mapping(self, token: str) -> ResourceMapping:
        mapping = self._mappings.get(token)
        if mapping is None:
            raise UnknownResourceTypeError(token)
        return mapping

    def _step(self, mapping: ResourceMapping, inputs: Properties, **known: Any) -> ResourceStep:
        return ResourceStep(
            clients=self._clients,
            service=mapping.service,
            inputs=inputs,
            defaults=mapping.defaults,
            pace=self._pace,
            **known,
        )

    @contextmanager
    def _in_operation(
        self, operation: Operation, partly: Callable[[], State | None] = _nothing
    ) -> Iterator[None]:
        with _errors_about(operation.urn, partly), operation_scope(operation.id):
            yield


def unique_suffix(operation_id: str) -> str:
    """Seven hexadecimal digits, always the same ones for the same operation id."""
    return hashlib.sha256(operation_id.encode()).hexdigest()[:7]


@contextmanager
def _errors_about(urn: str, partly: Callable[[], State | None] = _nothing) -> Iterator[None]:
    """Turn ApiError into ProviderError about a resource; `partly` gives its state if it exists anyway."""
    try:
        yield
    except ApiError as error:
        raise ProviderError(
            urn=urn,
            call=error.call,
            code=error.code,
            detail=error.detail,
            partial=partly(),
            uncertain=error.unanswered,
            hint=error.hint,
        ) from error


def _with_known_name(mapping: ResourceMapping, inputs: Properties, outputs: Properties) -> Properties:
    """Fill in the generated name that the resource got when it was created."""
    if mapping.naming is None or inputs.get(mapping.naming.property) is not None:
        return dict(inputs)
    known = outputs.get(mapping.naming.property)
    return dict(inputs) if known is None else {**inputs, mapping.naming.property: known}


def _computed_outputs(mapping: ResourceMapping, outputs: Properties, inputs: Properties) -> Properties:
    """The outputs without last time's inputs: an input that was taken away must not stay in them."""
    return {name: value for name, value in outputs.items() if name in mapping.outputs or name not in inputs}

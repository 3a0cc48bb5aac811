"""Providers with which steps fail although they were carried out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.engine.provider import Operation, Properties, ProviderError, State
from tests.support.engine.memory_provider import MemoryProvider


class HalfwayProvider(MemoryProvider):
    """A provider with which a creation or update of one resource fails although it was carried out."""

    partial: str = ""

    def create(self, operation: Operation, token: str, name: str, inputs: Properties) -> State:
        return self._spoiled(operation, name, super().create(operation, token, name, inputs))

    def update(self, operation: Operation, token: str, id: str, *rest: Any) -> State:  # noqa: A002
        return self._spoiled(operation, id[:1], super().update(operation, token, id, *rest))

    def _spoiled(self, operation: Operation, name: str, state: State) -> State:
        if name == self.partial:
            raise ProviderError(
                urn=operation.urn, call="Create", code="TimedOut", detail="never steady", partial=state
            )
        return state


class UnreliableProvider(MemoryProvider):
    """A provider that carries a step out, but whose answer to it gets lost, in one way or another."""

    lose: str = ""
    loss: Callable[[Operation], Exception]

    def create(self, operation: Operation, token: str, name: str, inputs: Properties) -> State:
        state = super().create(operation, token, name, inputs)
        if name == self.lose:
            raise self.loss(operation)
        return state

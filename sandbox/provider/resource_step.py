"""One create, update, delete or read of a resource: what is known of it, and the calls that mappings make."""

from __future__ import annotations

import string
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.api_clients import ApiClients
from sandbox.provider.errors import ApiError, ArgumentError, NotSteadyError
from sandbox.provider.translate import TranslationError, to_arguments

NOT_IMPLEMENTED = frozenset({"NotImplemented"})
"""The error code of calls that the emulator lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingPace:
    """How often and how long to ask whether a resource is ready, in seconds."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    every: float = 0.1
    at_most: float = 600.0


ResourceCode = Callable[["ResourceStep"], Properties | None]
"""A function that makes API calls for a resource. As `create` or `read` it returns the structure that
describes the resource, from which id and outputs are taken; elsewhere new outputs, or None."""


@dataclass(slots=True, kw_only=True)
class ResourceStep:
    """One step with one resource, which mappings and their functions work on.

    `inputs` have the physical name filled in; `before` are last time's inputs (updates only); `outputs` grow
    with each response; `result` is the structure that described the resource when it was created or read in
    this step; `unique` is seven hexadecimal digits that belong to the operation.
    """

    clients: ApiClients
    service: str
    inputs: Properties
    id: str = ""
    outputs: Properties = field(default_factory=dict)
    before: Properties = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    unique: str = ""
    result: Any = None
    pace: PollingPace = field(default_factory=PollingPace)

    @property
    def changed(self) -> frozenset[str]:
        """The inputs that differ from last time's; an asset always does, as its content may be new."""
        every = self.inputs.keys() | self.before.keys()
        return frozenset(name for name in every if self.inputs.get(name) != self.before.get(name))

    @property
    def is_repeated(self) -> bool:
        """Whether the inputs equal last time's, with assets compared by their place."""
        return all(_equal_inputs(self.inputs.get(name), self.before.get(name)) for name in self.changed)

    def get(self, name: str) -> Any:
        """An input, or AWS's default if it is left out."""
        value = self.inputs.get(name)
        return self.defaults.get(name) if value is None else value

    def call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Call the mapping's own service; raises ApiError."""
        return self.clients.call(self.service, operation, **parameters)

    def arguments(
        self, operation: str, inputs: Mapping[str, Any], rename: Mapping[str, str]
    ) -> dict[str, Any]:
        """Translate inputs for an operation of the mapping's own service; raises ArgumentError."""
        shape = self.clients.input_shape(self.service, operation)
        try:
            return to_arguments(shape, inputs, rename)
        except TranslationError as error:
            raise ArgumentError(
                call=f"{self.service}:{shape.name}", argument=error.path, detail=error.detail
            ) from error

    def do(self, what: ApiCall | ResourceCode, extra: Mapping[str, Any] | None = None) -> Any:
        """Make a declared call and return its result, or run a function."""
        if not isinstance(what, ApiCall):
            return what(self)
        wanted = {name: self.get(name) for name in sorted(what.sent_inputs())}
        parameters = {
            **self.arguments(what.operation, wanted, what.rename),
            **{name: self.fill(value) for name, value in what.given.items()},
            **(extra or {}),
        }
        return jmespath.search(what.result, self.call(what.operation, **parameters))

    def fill(self, value: Any) -> Any:
        """Fill in the templates in a value (a string, or lists and objects of strings)."""
        if isinstance(value, str):
            return self._fill_text(value)
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, dict):
            return {name: self.fill(item) for name, item in value.items()}
        return value

    def express(self, expression: str, result: Any) -> Any:
        """Evaluate an expression: a template if it has a brace, else a path into a result."""
        return self.fill(expression) if "{" in expression else jmespath.search(expression, result)

    def wait(self, ready: Callable[[], bool], *, call: str, what: str, at_most: float | None = None) -> None:
        """Call `ready` until it is true, with pauses; raises NotSteadyError when the time is up."""
        at_most = min(self.pace.at_most, at_most or self.pace.at_most)
        deadline = self.pace.clock() + at_most
        while not ready():
            if self.pace.clock() >= deadline:
                raise NotSteadyError(call=call, detail=f"{what} after {at_most:g} seconds", timed_out=True)
            self.pace.sleep(self.pace.every)

    def _fill_text(self, template: str) -> Any:
        if "{" not in template:
            return template
        pieces = list(string.Formatter().parse(template))
        if len(pieces) == 1 and pieces[0][0] == "":
            return self._lookup(pieces[0][1] or "")
        return "".join(
            literal + ("" if name is None else str(self._lookup(name))) for literal, name, _, _ in pieces
        )

    def _lookup(self, name: str) -> Any:
        if name == "id":
            return self.id
        if name == "region":
            return self.clients.region
        if name in ("partition", "account", "dns_suffix"):
            return getattr(self.clients.arn_scope(), name)
        value = self.outputs.get(name)
        return self.get(name) if value is None else value


def _equal_inputs(one: Any, other: Any) -> bool:
    """Compare two inputs; assets, which are never equal as objects, are compared by their place or text."""
    for place in ("path", "text", "uri"):
        if getattr(one, place, None) is not None:
            return bool(getattr(one, place) == getattr(other, place, None))
    parts, others = getattr(one, "assets", None), getattr(other, "assets", None)
    if isinstance(parts, dict) and isinstance(others, dict):
        return parts.keys() == others.keys() and all(
            _equal_inputs(parts[name], others[name]) for name in parts
        )
    return bool(one == other)


def ignore_codes(error: ApiError, codes: frozenset[str]) -> None:
    """Ignore an error that has one of the codes; raise any other again.

    Where AWS uses a code for other things, too, it is given as `code:beginning of the message`.
    """
    for code in codes:
        name, _, words = code.partition(":")
        if error.code == name and error.detail.startswith(words):
            return
    raise error

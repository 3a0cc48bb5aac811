"""One create, update, delete or read of one resource being done: what is known, and the calls it can make."""

from __future__ import annotations

import string
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath

from sandbox.engine.provider import Properties
from sandbox.provider.api_call import ApiCall
from sandbox.provider.errors import ApiError, ArgumentError, NotSteadyError
from sandbox.provider.session import ApiClients
from sandbox.provider.translate import TranslationError, to_arguments

NOT_IMPLEMENTED = frozenset({"NotImplemented"})
"""The code with which the emulator refuses a call that it lacks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Time, as waiting needs it: monotonic seconds, and how long and how often to ask."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    every: float = 0.1
    at_most: float = 600.0


ResourceCode = Callable[["ResourceStep"], Properties | None]
"""Does something about a resource. As `create` or `read` it gives the structure that describes the resource,
which id and outputs are then read off; as a setting the outputs that it learned, or none."""


@dataclass(slots=True, kw_only=True)
class ResourceStep:
    """What a Code works with.

    `inputs` have the physical name filled in; `before` are the inputs of last time (updates only); `outputs`
    grow as answers come in; `result` is what described the resource when it was made or read in this step;
    `unique` is 7 hexadecimal digits that belong to the operation.
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
    pace: Pace = field(default_factory=Pace)

    @property
    def changed(self) -> frozenset[str]:
        """Inputs that are not what they were last time; an asset counts: its content may be new."""
        every = self.inputs.keys() | self.before.keys()
        return frozenset(name for name in every if self.inputs.get(name) != self.before.get(name))

    @property
    def is_repeated(self) -> bool:
        """Whether the inputs are those of last time, assets judged by where they lie."""
        return all(_alike(self.inputs.get(name), self.before.get(name)) for name in self.changed)

    def get(self, name: str) -> Any:
        """Give an input, or what AWS takes when it is left out."""
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
        """Make a declared call and give the described part of its answer, or run the code."""
        if not isinstance(what, ApiCall):
            return what(self)
        wanted = {name: self.get(name) for name in sorted(what.taken())}
        parameters = {
            **self.arguments(what.operation, wanted, what.rename),
            **{name: self.fill(value) for name, value in what.given.items()},
            **(extra or {}),
        }
        return jmespath.search(what.result, self.call(what.operation, **parameters))

    def fill(self, value: Any) -> Any:
        """Fill the templates in a value (a text, or lists and objects of them)."""
        if isinstance(value, str):
            return self._fill_text(value)
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, dict):
            return {name: self.fill(item) for name, item in value.items()}
        return value

    def express(self, expression: str, result: Any) -> Any:
        """Evaluate an expression: a template if it has a brace, else a path into an answer."""
        return self.fill(expression) if "{" in expression else jmespath.search(expression, result)

    def wait(self, ready: Callable[[], bool], *, call: str, what: str) -> None:
        """Ask until ready, without a pause if it is so at once; raises NotSteadyError when time is up."""
        deadline = self.pace.clock() + self.pace.at_most
        while not ready():
            if self.pace.clock() >= deadline:
                raise NotSteadyError(
                    call=call, detail=f"{what} after {self.pace.at_most:g} seconds", timed_out=True
                )
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


def _alike(one: Any, other: Any) -> bool:
    """Compare assets, which never are equal as objects."""
    for place in ("path", "text", "uri"):
        if getattr(one, place, None) is not None:
            return bool(getattr(one, place) == getattr(other, place, None))
    parts, others = getattr(one, "assets", None), getattr(other, "assets", None)
    if isinstance(parts, dict) and isinstance(others, dict):
        return parts.keys() == others.keys() and all(_alike(parts[name], others[name]) for name in parts)
    return bool(one == other)


def ignore_codes(error: ApiError, codes: frozenset[str]) -> None:
    """Swallow an error that is one of those that mean "not there"; raise any other again.

    One is written as its code, or, where the code means more, as `code:what the message begins with`.
    """
    for code in codes:
        name, _, words = code.partition(":")
        if error.code == name and error.detail.startswith(words):
            return
    raise error

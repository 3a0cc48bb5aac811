"""A provider in memory: what exists, what AWS would refuse, and places at which a run can be cut off."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi

from sandbox.engine.provider import (
    Operation,
    Properties,
    ProviderError,
    ResourceType,
    State,
    UnknownFunctionError,
    UnknownResourceTypeError,
)

THING = "aws:test/thing:Thing"
NAMED = "aws:test/named:Named"
ROLE = "aws:test/role:Role"
TYPES = {
    THING: ResourceType(
        token=THING,
        properties=frozenset({"size", "of", "refs", "pins", "secret", "code", "document"}),
        replace_on=frozenset({"of", "pins"}),
        secret_outputs=frozenset({"token"}),
        volatile_outputs=frozenset({"revision"}),
    ),
    NAMED: ResourceType(
        token=NAMED,
        properties=frozenset({"name", "size", "of", "refs", "pins"}),
        replace_on=frozenset({"of", "pins", "name"}),
        delete_before_replace=True,
        volatile_outputs=frozenset({"revision"}),
    ),
    ROLE: ResourceType(
        token=ROLE,
        properties=frozenset({"name", "size", "of", "refs", "pins"}),
        replace_on=frozenset({"of", "pins", "name"}),
        delete_before_replace=True,
    ),
}
"""A Thing is replaced create first. A Named has a physical name, so its old one goes first. A Role's name is
its id, so a new one has the id of the old."""


class Killed(BaseException):
    """What a SIGKILL looks like from inside: nothing after it runs."""


def _nothing(_verb: str, _name: str) -> None:
    return None


@dataclass(frozen=True, kw_only=True)
class SeenThing:
    """What was found of a thing; nothing of it is untold."""

    values: Properties
    untold: tuple[str, ...] = ()


@dataclass
class MemoryProvider:
    """A provider that keeps what exists in memory, refuses what AWS would refuse, and can be cut off.

    Creating takes two calls (make, then configure), all else one. A call is remembered by operation id and
    number: made again, it gives the same answer and does nothing, as the emulator does. So what was carried
    out is refused no more.
    """

    things: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    """Steps carried out: verb, and logical name (create) or id."""
    answers: dict[str, Any] = field(default_factory=dict)
    made: int = 0
    refuse: Callable[[str, str], str | None] = _nothing
    """Given verb and name, says why AWS refuses the step, or None."""
    wait: Callable[[str, str], None] = _nothing
    """Called at the beginning of each step, outside the lock."""
    point: Callable[[str], None] = lambda _label: None
    """Called around each call, within the lock, with `before` or `after`: a place to die at."""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def save(self) -> bytes:
        with self.lock:
            return pickle.dumps((self.things, self.answers, self.made))

    def restore(self, saved: bytes) -> None:
        with self.lock:
            self.things, self.answers, self.made = pickle.loads(saved)
            self.calls.clear()

    def resource_type(self, token: str) -> ResourceType:
        try:
            return TYPES[token]
        except KeyError as error:
            raise UnknownResourceTypeError(token) from error

    def create(self, operation: Operation, token: str, name: str, inputs: Properties) -> State:
        self._begin(operation, "create", name)

        def make() -> str:
            taken = inputs.get("name")
            if taken and any(item.get("name") == taken for item in self.things.values()):
                raise ProviderError(urn=operation.urn, call="Create", code="AlreadyExists", detail=taken)
            self._must_exist(operation, inputs)
            self.made += 1
            identity = str(taken) if token == ROLE else f"{name}-{self.made}"
            self.things[identity] = {"name": taken, "type": token, "logical": name, "revision": 0}
            self.calls.append(("create", name))
            return identity

        identity = str(self._once(f"{operation.id}/1", make))

        def configure() -> None:
            self.things[identity].update(stored(inputs))

        self._once(f"{operation.id}/2", configure)
        return State(id=identity, outputs=self._outputs(identity, inputs))

    def update(
        self,
        operation: Operation,
        token: str,
        id: str,  # noqa: A002
        inputs: Properties,
        previous: State,
        previous_inputs: Properties,
    ) -> State:
        self._begin(operation, "update", id)

        def change() -> None:
            self._must_exist(operation, inputs)
            old = self.things[id]
            kept = {key: old[key] for key in ("type", "logical")}
            self.things[id] = {"name": None, **stored(inputs), **kept, "revision": old["revision"] + 1}
            self.calls.append(("update", id))

        self._once(f"{operation.id}/1", change)
        return State(id=id, outputs=self._outputs(id, inputs))

    def delete(
        self,
        operation: Operation,
        token: str,
        id: str,  # noqa: A002
        inputs: Properties,
        outputs: Properties,
    ) -> None:
        self._begin(operation, "delete", id)

        def remove() -> None:
            users = [name for name, item in self.things.items() if id in uses(item)]
            if users:
                raise ProviderError(urn=operation.urn, call="Delete", code="InUse", detail=f"{id} by {users}")
            if self.things.pop(id, None) is not None:
                self.calls.append(("delete", id))

        self._once(f"{operation.id}/1", remove)

    def read(self, token: str, id: str, inputs: Properties) -> State | None:  # noqa: A002
        with self.lock:
            found = self.things.get(id)
            if found is None or found["type"] != token:
                return None
            return State(id=id, outputs=self._outputs(id, found))

    def look(
        self,
        token: str,
        id: str,  # noqa: A002
        inputs: Properties,
        outputs: Properties,
    ) -> Any:
        """What `read` finds."""
        found = self.read(token, id, inputs)
        return None if found is None else SeenThing(values=found.outputs)

    def inside(self, token: str, id: str, inputs: Properties) -> tuple[Any, ...]:  # noqa: A002
        """Nothing stands inside of a thing."""
        return ()

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> Properties:
        if token != "aws:test/echo:echo":
            raise UnknownFunctionError(token)
        return dict(arguments)

    def _begin(self, operation: Operation, verb: str, name: str) -> None:
        self.wait(verb, name)
        refusal = self.refuse(verb, name)
        if refusal and f"{operation.id}/1" not in self.answers:
            raise ProviderError(urn=operation.urn, call=verb, code="Refused", detail=refusal)

    def _outputs(self, identity: str, inputs: Properties) -> Properties:
        with self.lock:
            revision = self.things[identity]["revision"]
        return {**inputs, "arn": f"arn:{identity}", "token": f"hush-{identity}", "revision": revision}

    def _must_exist(self, operation: Operation, inputs: Properties) -> None:
        for used in uses(inputs):
            if used not in self.things:
                raise ProviderError(urn=operation.urn, call="Create", code="NotFound", detail=used)

    def _once(self, key: str, do: Callable[[], Any]) -> Any:
        with self.lock:
            self.point("before")
            if key not in self.answers:
                self.answers[key] = do()
            answer = self.answers[key]
            self.point("after")
            return answer


def uses(properties: Mapping[str, Any]) -> list[str]:
    """Name the ids that a resource with these properties uses."""
    return [*(properties.get("refs") or ()), *(properties.get("pins") or ())]


def stored(inputs: Properties) -> Properties:
    """Turn inputs into what is kept of them: files by their content."""
    return {name: _content(value) for name, value in inputs.items()}


def _content(value: Any) -> Any:
    match value:
        case pulumi.AssetArchive():
            return {name: _content(part) for name, part in value.assets.items()}
        case pulumi.StringAsset():
            return str(value.text)
        case pulumi.FileAsset() | pulumi.FileArchive():
            path = Path(str(value.path))
            return path.read_bytes() if path.is_file() else sorted(item.name for item in path.iterdir())
    return value

"""Plays the engine that a Pulumi program talks to: turns its calls into goals, and the answers back.

It stands on `pulumi.runtime.mocks.MockMonitor`, which is not advertised API: pulumi is pinned, and
tests/sandbox/engine/test_monitor.py guards what is relied on here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import resource_pb2

from sandbox.engine import wire
from sandbox.engine.errors import UnsupportedOptionError
from sandbox.engine.registrar import Registrar
from sandbox.engine.resource import Goal
from sandbox.engine.urn import STACK_TYPE, make_urn, qualified_type

STACK_REFERENCE = "pulumi:pulumi:StackReference"


class _NoMocks(Mocks):
    """The base class wants mocks; every call that would use them is overridden."""

    def call(self, args: MockCallArgs) -> Any:
        raise NotImplementedError(args.token)

    def new_resource(self, args: MockResourceArgs) -> Any:
        raise NotImplementedError(args.typ)


class EngineMonitor(MockMonitor):
    """One program run: hands each registration to a registrar, from whichever thread it comes."""

    def __init__(self, *, project: str, stack: str, registrar: Registrar) -> None:
        """Name the stack, and say who takes the registrations."""
        super().__init__(_NoMocks())
        self._project = project
        self._stack = stack
        self._registrar = registrar
        self._idle = threading.Condition()
        self._busy = 0
        self.failure: Exception | None = None
        """The first error that a registration met; what the program then raises is only its echo."""

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the gRPC method's name
        """Bring a resource to what the program wants."""
        with self._call():
            goal = self._goal(request)
            done = self._registrar.register(goal)
            return resource_pb2.RegisterResourceResponse(
                urn=goal.urn, id=done.id, object=wire.to_struct(done.outputs)
            )

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """Look up a resource, or another stack's outputs."""
        with self._call():
            urn = self._urn(request)
            if request.type == STACK_REFERENCE:
                outputs = self._registrar.stack_outputs(request.id)
                secret = sorted(wire.secret_names(outputs))
                properties = {"name": request.id, "outputs": outputs, "secretOutputNames": secret}
                return resource_pb2.ReadResourceResponse(urn=urn, properties=wire.to_struct(properties))
            goal = Goal(
                urn=urn,
                type=request.type,
                name=request.name,
                custom=True,
                inputs=wire.from_struct(request.properties),
                parent=request.parent,
                dependencies=tuple(request.dependencies),
                import_id=request.id,
            )
            done = self._registrar.read(goal)
            return resource_pb2.ReadResourceResponse(urn=urn, properties=wire.to_struct(done.outputs))

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        """Record the outputs of a component or of the stack."""
        with self._call():
            self._registrar.register_outputs(request.urn, wire.from_struct(request.outputs))
            return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        """Call a provider function."""
        with self._call():
            arguments = wire.reveal_properties(wire.from_struct(request.args))
            answer = self._registrar.invoke(request.tok, arguments)
            return resource_pb2.ResourceInvokeResponse(**{"return": wire.to_struct(answer), "failures": []})

    def Call(self, request: Any) -> Any:  # noqa: N802
        """Refuse: no method of a resource is emulated."""
        with self._call():
            raise UnsupportedOptionError(request.tok, "call")

    def wait_until_idle(self) -> None:
        """Wait for calls that are still under way, after a program failed while others were at work."""
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0)

    @contextmanager
    def _call(self) -> Iterator[None]:
        with self._idle:
            self._busy += 1
        try:
            yield
        except Exception as error:
            with self._idle:
                self.failure = self.failure or error
            raise
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def _urn(self, request: Any) -> str:
        return make_urn(
            stack=self._stack,
            project=self._project,
            parent=request.parent,
            token=request.type,
            name=request.name,
        )

    def _goal(self, request: Any) -> Goal:
        urn = self._urn(request)
        _refuse_unsupported(urn, request)
        by_property = {name: tuple(value.urns) for name, value in request.propertyDependencies.items()}
        return Goal(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=request.custom,
            inputs=_hashed(wire.from_struct(request.object)),
            parent=request.parent,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={name: tuple(sorted(urns)) for name, urns in by_property.items() if urns},
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
            delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            additional_secret_outputs=tuple(sorted(request.additionalSecretOutputs)),
            aliases=tuple(self._alias(urn, request, alias) for alias in request.aliases),
            import_id=request.importId,
            source_position=_position(request),
        )

    def _alias(self, urn: str, request: Any, alias: Any) -> str:
        if alias.urn:
            return str(alias.urn)
        spec = alias.spec
        parent = "" if spec.noParent else (spec.parentUrn or request.parent)
        return make_urn(
            stack=spec.stack or self._stack,
            project=spec.project or self._project,
            parent=parent if qualified_type(urn) != STACK_TYPE else "",
            token=spec.type or request.type,
            name=spec.name or request.name,
        )


def _refuse_unsupported(urn: str, request: Any) -> None:
    """Refuse the options that would change what happens and that the engine does not carry out."""
    hooks = request.hooks
    asked = {
        "transforms": bool(request.transforms),
        "hooks": any(getattr(hooks, field.name) for field in hooks.DESCRIPTOR.fields),
        "deleted_with": bool(request.deletedWith),
        "replace_with": bool(request.replace_with),
        "provider": bool(request.provider),
        "remote": request.remote,
    }
    for option, used in asked.items():
        if used:
            raise UnsupportedOptionError(urn, option)


def _hashed(inputs: wire.Wire) -> wire.Wire:
    paths = wire.asset_paths(inputs)
    if not paths:
        return inputs
    hashes = {path: wire.content_hash(path) for path in paths}
    return {name: wire.with_asset_hashes(value, hashes) for name, value in inputs.items()}


def _position(request: Any) -> str:
    position = request.sourcePosition
    return f"{position.uri}#{position.line},{position.column}" if position.uri else ""


class EngineLog:
    """Takes a program's log messages (`pulumi.log`), in the place of the engine's own service."""

    def __init__(self, write: Callable[[str, str], None]) -> None:
        """Give each message to `write` as (severity, text); severities are debug, info, warning and error."""
        self._write = write

    def Log(self, request: Any) -> Any:  # noqa: N802
        """Take one message."""
        names = {0: "debug", 1: "info", 2: "warning", 3: "error"}
        self._write(names.get(request.severity, "info"), request.message)
        return empty_pb2.Empty()

"""Plays the engine that a Pulumi program talks to: turns its calls into goals, and the answers back.

It stands on `pulumi.runtime.mocks.MockMonitor`, which is not advertised API: pulumi is pinned, and
tests/unit/sandbox/engine/program/test_monitor.py guards what is relied on here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import resource_pb2

from sandbox.engine.errors import AssetError, UnsupportedOptionError
from sandbox.engine.program.options import Aliases, refuse_unsupported
from sandbox.engine.running.registrar import Registrar
from sandbox.engine.values import structs, wire
from sandbox.engine.values.resource import ResourceGoal
from sandbox.engine.values.urn import make_urn

STACK_REFERENCE = "pulumi:pulumi:StackReference"


class _NoMocks(Mocks):
    """The base class wants mocks; every call that would use them is overridden."""

    def call(self, args: MockCallArgs) -> Any:
        raise NotImplementedError(args.token)

    def new_resource(self, args: MockResourceArgs) -> Any:
        raise NotImplementedError(args.typ)


class StoppedError(Exception):
    """A call that came after the run had failed: no step begins any more, and only the failure is told."""


class EngineMonitor(MockMonitor):
    """One program run: hands each registration to a registrar, from whichever thread it comes."""

    def __init__(self, *, project: str, stack: str, registrar: Registrar) -> None:
        """Name the stack, and say who takes the registrations."""
        super().__init__(_NoMocks())
        self._project = project
        self._stack = stack
        self._registrar = registrar
        self._aliases = Aliases(stack=stack, project=project)
        self._idle = threading.Condition()
        self._busy = 0
        self._stopped = False
        self.failure: BaseException | None = None
        """The first error that a registration met; what the program then raises is only its echo."""

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the gRPC method's name
        """Bring a resource to what the program wants."""
        with self._call():
            goal = self._goal(request)
            done = self._registrar.register(goal)
            return resource_pb2.RegisterResourceResponse(
                urn=goal.urn, id=done.id, object=structs.to_struct(done.outputs)
            )

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """Look up a resource, or another stack's outputs."""
        with self._call():
            goal = self._reading(request)
            if request.type == STACK_REFERENCE:
                outputs = self._registrar.read_stack(goal)
                secret = sorted(wire.secret_names(outputs))
                identity = request.id
                properties = {"name": request.id, "outputs": outputs, "secretOutputNames": secret}
            else:
                found = self._registrar.read(goal)
                identity, properties = found.id, found.outputs
            return resource_pb2.ReadResourceResponse(
                urn=goal.urn, id=identity, properties=structs.to_struct(properties)
            )

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        """Record the outputs of a component or of the stack."""
        with self._call():
            self._registrar.register_outputs(request.urn, structs.from_struct(request.outputs))
            return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        """Call a provider function; the SDK fails the program with one that fails, even if that is caught."""
        with self._call():
            arguments = wire.reveal_properties(structs.from_struct(request.args))
            answer = self._registrar.invoke(request.tok, arguments)
            return resource_pb2.ResourceInvokeResponse(
                **{"return": structs.to_struct(answer), "failures": []}
            )

    def Call(self, request: Any) -> Any:  # noqa: N802
        """Refuse: no method of a resource is emulated."""
        self._refuse(request.tok, "call")

    def ExistsResource(self, request: Any) -> Any:  # noqa: N802
        """Refuse: the provider has no such question."""
        self._refuse(request.type, "exists")

    def RegisterStackTransform(self, request: Any) -> Any:  # noqa: ARG002, N802
        """Refuse: the base class would take a transform and never run it."""
        self._refuse(self._stack, "transforms")

    def RegisterStackInvokeTransform(self, request: Any) -> Any:  # noqa: ARG002, N802
        """Refuse, as for resources."""
        self._refuse(self._stack, "invoke transforms")

    def RegisterResourceHook(self, request: Any) -> Any:  # noqa: ARG002, N802
        """Refuse: no hook is run."""
        self._refuse(self._stack, "hooks")

    def RegisterErrorHook(self, request: Any) -> Any:  # noqa: ARG002, N802
        """Refuse: no hook is run."""
        self._refuse(self._stack, "hooks")

    def RegisterPackage(self, request: Any) -> Any:  # noqa: N802
        """Refuse: there is one provider."""
        self._refuse(request.name, "parameterization")

    def stop(self) -> None:
        """Take no further calls: the program has failed, and what it registered before is not begun."""
        with self._idle:
            self._stopped = True

    def wait_until_idle(self) -> None:
        """Wait for calls that are still under way, after a program failed while others were at work."""
        with self._idle:
            self._idle.wait_for(lambda: self._busy == 0)

    @contextmanager
    def _call(self) -> Iterator[None]:
        """Count a call that is under way; after a failure no other one begins."""
        with self._idle:
            if self._stopped:
                raise StoppedError
            self._busy += 1
        try:
            yield
        except BaseException as error:
            self._fail(error)
            if isinstance(error, Exception):
                raise
            # the SDK waits for ever for what ends in anything but an Exception
            raise StoppedError from error
        finally:
            with self._idle:
                self._busy -= 1
                self._idle.notify_all()

    def _fail(self, error: BaseException) -> None:
        with self._idle:
            self.failure = self.failure or error
            self._stopped = True

    def _refuse(self, subject: str, option: str) -> None:
        with self._call():
            raise UnsupportedOptionError(subject, option)

    def _urn(self, request: Any) -> str:
        return make_urn(
            stack=self._stack,
            project=self._project,
            parent=request.parent,
            token=request.type,
            name=request.name,
        )

    def _reading(self, request: Any) -> ResourceGoal:
        return ResourceGoal(
            urn=self._urn(request),
            type=request.type,
            name=request.name,
            custom=True,
            inputs=structs.from_struct(request.properties),
            parent=request.parent,
            dependencies=tuple(sorted(request.dependencies)),
            additional_secret_outputs=tuple(sorted(request.additionalSecretOutputs)),
            import_id=request.id,
            source_position=_position(request),
        )

    def _goal(self, request: Any) -> ResourceGoal:
        urn = self._urn(request)
        refuse_unsupported(urn, request)
        by_property = {name: tuple(value.urns) for name, value in request.propertyDependencies.items()}
        return ResourceGoal(
            urn=urn,
            type=request.type,
            name=request.name,
            custom=request.custom,
            inputs=_hashed(urn, structs.from_struct(request.object)),
            parent=request.parent,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={name: tuple(sorted(urns)) for name, urns in by_property.items() if urns},
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
            delete_before_replace=request.deleteBeforeReplace if request.deleteBeforeReplaceDefined else None,
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            additional_secret_outputs=tuple(sorted(request.additionalSecretOutputs)),
            aliases=self._aliases.of(urn, request),
            import_id=request.importId,
            source_position=_position(request),
        )


def _hashed(urn: str, inputs: wire.Wire) -> wire.Wire:
    try:
        return {name: wire.with_asset_hashes(value, wire.content_hash) for name, value in inputs.items()}
    except (OSError, ValueError) as error:
        raise AssetError(urn, str(error)) from error


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

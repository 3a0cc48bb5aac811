"""Plays the engine that a Pulumi program talks to: hands its calls to a registrar, and the answers back.

It stands on `pulumi.runtime.mocks.MockMonitor`, which is not advertised API: pulumi is pinned, and
tests/unit/sandbox/engine/program/test_monitor.py guards what is relied on here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from google.protobuf import empty_pb2
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import resource_pb2

from sandbox.engine.errors import UnsupportedOptionError
from sandbox.engine.program.goals import GoalReader
from sandbox.engine.running.registrar import Registrar
from sandbox.engine.values.properties import reveal_properties, secret_names
from sandbox.engine.values.structs import decode_struct, encode_struct

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

    def __init__(self, *, project: str, stack: str, registrar: Registrar, root: Path | None = None) -> None:
        """`root` is the project's folder; without it, positions of resources are absolute."""
        super().__init__(_NoMocks())
        self._stack = stack
        self._registrar = registrar
        self._goals = GoalReader(stack=stack, project=project, root=root)
        self._idle = threading.Condition()
        self._busy = 0
        self._stopped = False
        self.failure: BaseException | None = None
        """The first error that a registration met; what the program then raises is only its echo."""

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the gRPC method's name
        """Bring a resource to what the program wants."""
        with self._call():
            goal = self._goals.registration(request)
            result = self._registrar.register(goal)
            return resource_pb2.RegisterResourceResponse(
                urn=goal.urn, id=result.id, object=encode_struct(result.outputs)
            )

    def ReadResource(self, request: Any) -> Any:  # noqa: N802
        """Look up a resource, or another stack's outputs."""
        with self._call():
            goal = self._goals.lookup(request)
            if request.type == STACK_REFERENCE:
                outputs = self._registrar.read_stack(goal)
                secret = sorted(secret_names(outputs))
                identity = goal.import_id
                properties = {"name": identity, "outputs": outputs, "secretOutputNames": secret}
            else:
                found = self._registrar.read(goal)
                identity, properties = found.id, found.outputs
            return resource_pb2.ReadResourceResponse(
                urn=goal.urn, id=identity, properties=encode_struct(properties)
            )

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        """Record the outputs of a component or of the stack."""
        with self._call():
            self._registrar.register_outputs(request.urn, decode_struct(request.outputs))
            return empty_pb2.Empty()

    def Invoke(self, request: Any) -> Any:  # noqa: N802
        """Call a provider function; the SDK fails the program with one that fails, even if that is caught."""
        with self._call():
            arguments = reveal_properties(decode_struct(request.args))
            answer = self._registrar.invoke(request.tok, arguments)
            return resource_pb2.ResourceInvokeResponse(**{"return": encode_struct(answer), "failures": []})

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

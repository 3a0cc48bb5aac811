"""Pulumi's provider protocol in front of the sandbox's resource types.

The names are the protocol's. A request is decoded, carried out by the sandbox's provider, and answered by
the functions of answers.py; what the provider refuses is the status of the call.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.engine.errors import EngineError
from sandbox.engine.provider import Operation, Provider, ProviderError, ResourceType, State
from sandbox.engine.values.properties import UNKNOWN, PropertyMap, reveal
from sandbox.engine.values.provider_values import for_provider
from sandbox.engine.values.structs import decode_struct, encode_struct
from sandbox.plugin import answers

Connect = Callable[[str], Provider]
"""Gives the sandbox's provider for a region."""

DETAILS = "grpc-status-details-bin"
"""The trailing metadata in which gRPC carries a status with details."""


class PluginServicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one provider to Pulumi's engine; its methods are called from several threads.

    `schema` is the JSON that describes the types; `version` is what the engine is told.
    """

    def __init__(self, connect: Connect, *, schema: str, version: str) -> None:
        self._connect = connect
        self._schema = schema
        self._version = version
        self._provider: Provider | None = None
        self._cancelled = threading.Event()

    # the plugin

    def Handshake(self, _request: Any, _context: Any) -> Any:
        """Secrets come and go as such; references to resources come as their ids."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, _request: Any, _context: Any) -> Any:
        """Nothing is asked of the engine."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        """The version of the AWS provider whose resources these are."""
        return plugin_pb2.PluginInfo(version=self._version)

    def GetSchema(self, _request: Any, _context: Any) -> Any:
        """The types and functions that the sandbox knows."""
        return provider_pb2.GetSchemaResponse(schema=self._schema)

    def CheckConfig(self, request: Any, _context: Any) -> Any:
        """Refuse settings that would be ignored."""
        given = decode_struct(request.news)
        failures = answers.check_configuration(given)
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: Any, _context: Any) -> Any:
        """Resources of another region are others."""
        old, new = decode_struct(request.old_inputs), decode_struct(request.news)
        moved = old.get("region") != new.get("region") and UNKNOWN not in (
            old.get("region"),
            new.get("region"),
        )
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME
            if old != new
            else provider_pb2.DiffResponse.DIFF_NONE,
            replaces=["region"] if moved else [],
        )

    def Configure(self, request: Any, context: Any) -> Any:
        """Connect to the sandbox; a region that is not known yet is connected to when it is."""
        region = reveal(decode_struct(request.args).get("region"))
        if not isinstance(region, str):
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "set `aws:region` in the stack's settings")
        try:
            self._provider = self._connect(region)
        except Exception as error:  # noqa: BLE001 - the engine must hear of it
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def Cancel(self, _request: Any, _context: Any) -> Any:
        """Begin no other step; those that run, end."""
        self._cancelled.set()
        return empty_pb2.Empty()

    # resources

    def Check(self, request: Any, context: Any) -> Any:
        """Refuse inputs that the sandbox has no meaning for."""
        kind = self._kind(request.urn, context)
        failures = answers.check_inputs(decode_struct(request.news), kind)
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def Diff(self, request: Any, context: Any) -> Any:
        """Compare the inputs before and now."""
        kind = self._kind(request.urn, context)
        old, new = decode_struct(request.old_inputs), decode_struct(request.news)
        return answers.diff(old, new, kind, ignored=request.ignoreChanges)

    def Create(self, request: Any, context: Any) -> Any:
        """Create a resource, or say in a preview what is known of it."""
        kind, inputs = self._kind(request.urn, context), decode_struct(request.properties)
        if request.preview:
            predicted = answers.predicted_creation(inputs, kind)
            return provider_pb2.CreateResponse(properties=encode_struct(predicted))
        operation = self._begin(request.urn, context)
        try:
            state = self._ready(context).create(
                operation, kind.token, _name(request.urn), for_provider(inputs)
            )
        except ProviderError as error:
            if error.partial is None:
                _refuse(context, error)
            _initialization_failed(context, error, error.partial, inputs, kind)
        except EngineError as error:
            _refuse(context, error)
        return provider_pb2.CreateResponse(
            id=state.id, properties=encode_struct(answers.outputs_of(state, inputs, kind))
        )

    def Update(self, request: Any, context: Any) -> Any:
        """Update a resource in place, or say in a preview what is known of it."""
        kind = self._kind(request.urn, context)
        old, new = decode_struct(request.old_inputs), decode_struct(request.news)
        outputs = decode_struct(request.olds)
        if request.preview:
            predicted = answers.predicted_update(outputs, old, new, kind)
            return provider_pb2.UpdateResponse(properties=encode_struct(predicted))
        operation = self._begin(request.urn, context)
        previous = State(id=request.id, outputs=for_provider(outputs))
        try:
            state = self._ready(context).update(
                operation, kind.token, request.id, for_provider(new), previous, for_provider(old)
            )
        except EngineError as error:
            _refuse(context, error)
        return provider_pb2.UpdateResponse(properties=encode_struct(answers.outputs_of(state, new, kind)))

    def Delete(self, request: Any, context: Any) -> Any:
        """Delete a resource; one that is gone is no error."""
        kind = self._kind(request.urn, context)
        inputs, outputs = decode_struct(request.old_inputs), decode_struct(request.properties)
        operation = self._begin(request.urn, context)
        try:
            self._ready(context).delete(
                operation, kind.token, request.id, for_provider(inputs), for_provider(outputs)
            )
        except EngineError as error:
            _refuse(context, error)
        return empty_pb2.Empty()

    def Read(self, request: Any, context: Any) -> Any:
        """Look a resource up: for a refresh, an import or `.get()`."""
        kind = self._kind(request.urn, context)
        inputs, outputs = decode_struct(request.inputs), decode_struct(request.properties)
        if kind.not_emulated is not None and inputs:
            # only recorded, so what is recorded is all there is
            return provider_pb2.ReadResponse(
                id=request.id, inputs=request.inputs, properties=request.properties
            )
        try:
            found = self._ready(context).read(kind.token, request.id, for_provider(inputs or outputs))
        except EngineError as error:
            _refuse(context, error)
        return answers.read_answer(found, inputs, outputs, kind)

    def Invoke(self, request: Any, context: Any) -> Any:
        """Call a provider function."""
        try:
            found = self._ready(context).invoke(request.tok, for_provider(decode_struct(request.args)))
        except EngineError as error:
            _refuse(context, error)
        return provider_pb2.InvokeResponse(**{"return": encode_struct(found)})

    def _kind(self, urn: str, context: Any) -> ResourceType:
        try:
            return self._ready(context).resource_type(_type(urn))
        except EngineError as error:
            _refuse(context, error, grpc.StatusCode.UNIMPLEMENTED)

    def _ready(self, context: Any) -> Provider:
        if self._provider is None:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the provider is not configured")
        assert self._provider is not None  # noqa: S101 - abort raises
        return self._provider

    def _begin(self, urn: str, context: Any) -> Operation:
        """A step of its own; a cancelled plugin begins none."""
        if self._cancelled.is_set():
            context.abort(grpc.StatusCode.CANCELLED, "the run was cancelled")
        return Operation(id=uuid.uuid4().hex, urn=urn)


def _type(urn: str) -> str:
    """`urn:pulumi:stack::project::parent$type::name` -> `type`."""
    return urn.split("::")[2].rsplit("$", 1)[-1]


def _name(urn: str) -> str:
    return urn.split("::", 3)[3]


def _refuse(context: Any, error: EngineError, code: grpc.StatusCode = grpc.StatusCode.UNKNOWN) -> NoReturn:
    context.abort(code, f"{error.message}; {error.hint}" if error.hint else error.message)
    raise AssertionError("abort raises")


def _initialization_failed(
    context: Any, error: ProviderError, partial: State, inputs: PropertyMap, kind: ResourceType
) -> NoReturn:
    """Say that a resource exists although its creation failed: the engine records it, and updates it next."""
    failed = provider_pb2.ErrorResourceInitFailed(
        id=partial.id,
        properties=encode_struct(answers.outputs_of(partial, inputs, kind)),
        inputs=encode_struct(inputs),
        reasons=[error.message],
    )
    detail = any_pb2.Any()
    detail.Pack(failed)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=error.message, details=[detail])
    context.set_trailing_metadata(((DETAILS, status.SerializeToString()),))
    _refuse(context, error)

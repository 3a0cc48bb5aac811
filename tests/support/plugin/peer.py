"""The engine's side of the provider protocol, over gRPC on loopback."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from sandbox.cloud.access.peers import is_own_client
from sandbox.engine.provider import Provider
from sandbox.engine.values.structs import decode_struct, encode_struct
from sandbox.plugin.server import start
from sandbox.plugin.servicer import PluginServicer

URN = "urn:pulumi:test-layer::myelin::component$"


class Peer:
    """Speaks to a plugin in the words of the protocol, with properties as plain values."""

    def __init__(self, stub: Any) -> None:
        self.stub = stub

    def configure(self, **settings: Any) -> None:
        self.stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"))
        self.stub.Configure(
            provider_pb2.ConfigureRequest(args=encode_struct({"region": "us-east-1", **settings}))
        )

    def check(self, token: str, inputs: Mapping[str, Any]) -> list[str]:
        """The reasons why inputs are refused."""
        answer = self.stub.Check(provider_pb2.CheckRequest(urn=urn(token), news=encode_struct(inputs)))
        return [failure.reason for failure in answer.failures]

    def diff(self, token: str, old: Mapping[str, Any], new: Mapping[str, Any], *ignored: str) -> Any:
        return self.stub.Diff(
            provider_pb2.DiffRequest(
                urn=urn(token),
                old_inputs=encode_struct(old),
                news=encode_struct(new),
                ignoreChanges=ignored,
            )
        )

    def create(
        self, token: str, inputs: Mapping[str, Any], *, name: str = "a", preview: bool = False
    ) -> tuple[str, dict[str, Any]]:
        answer = self.stub.Create(
            provider_pb2.CreateRequest(
                urn=urn(token, name), properties=encode_struct(inputs), preview=preview
            )
        )
        return answer.id, decode_struct(answer.properties)

    def update(
        self,
        token: str,
        identity: str,
        outputs: Mapping[str, Any],
        old: Mapping[str, Any],
        new: Mapping[str, Any],
        *,
        preview: bool = False,
    ) -> dict[str, Any]:
        answer = self.stub.Update(
            provider_pb2.UpdateRequest(
                urn=urn(token),
                id=identity,
                olds=encode_struct(outputs),
                old_inputs=encode_struct(old),
                news=encode_struct(new),
                preview=preview,
            )
        )
        return decode_struct(answer.properties)

    def read(
        self,
        token: str,
        identity: str,
        inputs: Mapping[str, Any] | None = None,
        outputs: Mapping[str, Any] | None = None,
    ) -> tuple[str, dict[str, Any], dict[str, Any]]:
        answer = self.stub.Read(
            provider_pb2.ReadRequest(
                urn=urn(token),
                id=identity,
                inputs=encode_struct(inputs or {}),
                properties=encode_struct(outputs or {}),
            )
        )
        return answer.id, decode_struct(answer.inputs), decode_struct(answer.properties)

    def delete(
        self, token: str, identity: str, inputs: Mapping[str, Any], outputs: Mapping[str, Any]
    ) -> None:
        self.stub.Delete(
            provider_pb2.DeleteRequest(
                urn=urn(token),
                id=identity,
                old_inputs=encode_struct(inputs),
                properties=encode_struct(outputs),
            )
        )

    def invoke(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        answer = self.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=encode_struct(arguments)))
        return decode_struct(getattr(answer, "return"))


def urn(token: str, name: str = "a") -> str:
    return f"{URN}{token}::{name}"


@contextmanager
def peer_of(provider: Provider, *, schema: str = "{}") -> Iterator[Peer]:
    """A plugin in front of a provider, and the engine that speaks to it; not configured yet."""
    server, port = start(
        PluginServicer(lambda _region: provider, schema=schema, version="7.0.0"), is_own_client
    )
    try:
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Peer(provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        server.stop(grace=None)

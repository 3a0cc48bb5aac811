"""Serves the plugin on this machine, as Pulumi's engine starts it, until the engine ends it or is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TextIO

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

_AT_ONCE = 64
"""Steps side by side: some wait for a service to be steady, and hold up no other."""
_LOOK_SECONDS = 1.0
_HOST = "127.0.0.1"
Address = tuple[str, int]
Admits = Callable[[Address, Address], bool]
"""Whether whoever is connected from the second address to the first, which is ours, may ask anything."""
_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class Door(grpc.ServerInterceptor):
    """Lets nobody ask that is not admitted: the protocol has no credentials, and acts as the operator."""

    def __init__(self, admits: Admits) -> None:
        self._admits = admits
        self.port = 0
        """The port that is asked; 0 until it is known, and nobody is admitted."""

    def intercept_service(self, continuation: Any, call: Any) -> Any:
        """Each call is looked at; a connection may have changed hands."""
        found = continuation(call)
        if found is None:
            return None
        if found.unary_unary is None:
            raise NotImplementedError("the protocol of providers has calls with one answer alone")

        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            if not self._is_admitted(context.peer()):
                context.abort(grpc.StatusCode.PERMISSION_DENIED, "the sandbox is another user's")
            return found.unary_unary(request, context)

        return grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=found.request_deserializer,
            response_serializer=found.response_serializer,
        )

    def _is_admitted(self, peer: str) -> bool:
        kind, _, address = peer.partition(":")
        host, _, port = address.rpartition(":")
        return kind == "ipv4" and port.isdigit() and self._admits((_HOST, self.port), (host, int(port)))


def start(servicer: provider_pb2_grpc.ResourceProviderServicer, admits: Admits) -> tuple[Any, int]:
    """Serve those who are admitted on a free port of the loopback interface; the server and the port."""
    pool, door = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="plugin"), Door(admits)
    server = grpc.server(pool, interceptors=[door], options=_UNLIMITED)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    door.port = server.add_insecure_port(f"{_HOST}:0")
    server.start()
    return server, door.port


def serve(
    servicer: provider_pb2_grpc.ResourceProviderServicer, admits: Admits, out: TextIO = sys.stdout
) -> None:
    """Serve, write the port as the engine expects it, and return when this process is to end.

    Ctrl-C reaches every process of a terminal; the engine decides what comes of it, so it is ignored here. An
    engine that was killed says nothing: then this process has another parent.
    """
    parent, ended = os.getppid(), threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    server, port = start(servicer, admits)
    print(port, file=out, flush=True)
    while not ended.wait(_LOOK_SECONDS) and os.getppid() == parent:
        pass
    server.stop(grace=None)

"""Serves the plugin on this machine, as Pulumi's engine starts it, until the engine ends it or is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TextIO

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

_AT_ONCE = 64
"""Steps side by side: some wait for a service to be steady, and hold up no other."""
_LOOK_SECONDS = 1.0
_UNLIMITED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def start(servicer: provider_pb2_grpc.ResourceProviderServicer) -> tuple[Any, int]:
    """Serve on a free port of the loopback interface; the server and the port."""
    server = grpc.server(ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="plugin"), options=_UNLIMITED)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def serve(servicer: provider_pb2_grpc.ResourceProviderServicer, out: TextIO = sys.stdout) -> None:
    """Serve, write the port as the engine expects it, and return when this process is to end.

    Ctrl-C reaches every process of a terminal; the engine decides what comes of it, so it is ignored here. An
    engine that was killed says nothing: then this process has another parent.
    """
    parent, ended = os.getppid(), threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    server, port = start(servicer)
    print(port, file=out, flush=True)
    while not ended.wait(_LOOK_SECONDS) and os.getppid() == parent:
        pass
    server.stop(grace=None)

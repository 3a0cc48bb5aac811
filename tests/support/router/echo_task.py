"""A small HTTP server that stands for a task, and a place to run the router's handlers."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

import httpx

from sandbox.cloud.ecs.endpoint import TaskEndpoint

T = TypeVar("T")


def get(url: str, **options: Any) -> httpx.Response:
    """GET over a connection of its own, through no proxy; certificates, which take 0.1 s, are not loaded."""
    return httpx.get(url, trust_env=False, verify=False, **options)


class Echo(BaseHTTPRequestHandler):
    """Answers what it was asked; some paths misbehave."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def answer(self) -> None:
        route = self.path.partition("?")[0]
        if route == "/early":
            self.early()
            return
        body = self.read_body()
        if route == "/drop":
            self.close_connection = True
            return
        if route == "/slow":
            time.sleep(float(self.path.partition("?")[2]))
        if route == "/half":
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self.wfile.write(b"x" * 100_000)
            self.close_connection = True
            return
        if route == "/stream":
            self.stream()
            return
        document = {
            "method": self.command,
            "path": self.path,
            "headers": [[name, value] for name, value in self.headers.items()],
            "body": body.decode("latin-1") if len(body) < 1000 else len(body),
        }
        self.whole(json.dumps(document).encode())

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = do_OPTIONS = answer  # noqa: N815

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def whole(self, body: bytes) -> None:
        self.send_response(204 if self.path == "/empty" else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.send_header("Connection", "X-Hop")
        self.send_header("X-Hop", "1")
        if self.path != "/empty":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and self.path != "/empty":
            self.wfile.write(body)

    def early(self) -> None:
        """Answer before the body is read, and read on only until the other side closes."""
        text = b"too large"
        self.send_response(413)
        self.send_header("Connection", "close")
        if self.path.endswith("?long"):
            text *= 10_000
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
        self.wfile.flush()
        while self.connection.recv(65536):
            pass
        self.close_connection = True

    def stream(self) -> None:
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for _ in range(3):
            self.wfile.write(b"5\r\nabcde\r\n")
            self.wfile.flush()
            time.sleep(0.05)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def echo_task() -> Iterator[TaskEndpoint]:
    """One running task."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield TaskEndpoint(task_id=str(server.server_port), port=server.server_port)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(20)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def header(document: dict[str, Any], name: str) -> list[str]:
    """Values of a header that a task has seen."""
    return [value for found, value in document["headers"] if found.lower() == name.lower()]

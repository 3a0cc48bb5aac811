"""An issuer of credentials over HTTP, as `rotate = "call"` speaks to one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Issuer(ThreadingHTTPServer):
    """Takes the texts of `takes`; `answer`, if it is set, is the status of every answer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.takes: list[str] = []
        self.told: list[dict[str, Any]] = []
        self.answer: int | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        self._reply(self._status())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = self._status()
        if status == 204:
            # before the answer, which whoever asks goes on with; the one before is still taken
            self.server.told.append({**body, "key": self.headers["Idempotency-Key"]})
            self.server.takes = [*self.server.takes[-1:], body["value"]]
        self._reply(status)

    def _status(self) -> int:
        known = self.headers["Authorization"] in [f"Bearer {text}" for text in self.server.takes]
        return self.server.answer or (204 if known else 401)

    def _reply(self, status: int) -> None:
        self.send_response(status)
        if status == 302:
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def issuer() -> Iterator[Issuer]:
    """One that serves for as long as the block lasts."""
    server = Issuer()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

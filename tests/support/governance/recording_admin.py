"""A real admin function behind a loopback URL, which remembers the requests that came to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from policies.calls.changing.identity_proof import PROOF_HEADER
from tests.support.governance.admin_api import Api


@dataclass(frozen=True, kw_only=True)
class AdminRequest:
    """A request as it came over the wire; `query` is decoded, `body` is None where there was none."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    if_match: str | None = None


@dataclass(frozen=True)
class RecordingAdmin:
    """Where it listens, and the requests so far."""

    url: str
    requests: list[AdminRequest]
    admin: Api

    def changes(self) -> list[AdminRequest]:
        """The requests that change something, or ask for it."""
        return [request for request in self.requests if request.method != "GET"]


@contextmanager
def recording_admin(api: Api) -> Iterator[RecordingAdmin]:
    """Serve the admin function on loopback."""
    requests: list[AdminRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline()
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            match = self.headers.get("if-match")
            url = urlsplit(self.path)
            request = AdminRequest(
                method=self.command,
                path=url.path,
                query=dict(parse_qsl(url.query, keep_blank_values=True)),
                body=json.loads(body) if body else None,
                if_match=match.strip('"') if match else None,
            )
            requests.append(request)
            status, answer = api(
                request.method,
                request.path,
                body or None,
                query=request.query,
                match=request.if_match,
                proof=self.headers.get(PROOF_HEADER, "none"),
            )
            payload = json.dumps(answer).encode()
            self.send_response(status)
            kind = "application/json" if status < 400 else "application/problem+json"
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
            """Keep quiet: the standard one writes to stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield RecordingAdmin(f"http://127.0.0.1:{server.server_port}", requests, api)
        finally:
            server.shutdown()
            thread.join()

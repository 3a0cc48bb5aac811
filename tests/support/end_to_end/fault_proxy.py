"""Stands between the governance function and DynamoDB, and answers as AWS does when something is wrong there.

The errors are DynamoDB's own: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
and, for a key that is denied, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.support.end_to_end.project import ProjectCopy

_PREFIX = "com.amazonaws.dynamodb.v20120810#"
_HANDED_ON = ("authorization", "content-type", "x-amz-target", "x-amz-date", "x-amz-security-token", "host")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens to each call: an error in place of the answer, a delay before it, a clock that is ahead.

    `delay` and `ahead` are in seconds.
    """

    error: str | None = None
    message: str = ""
    delay: float = 0.0
    ahead: float = 0.0


NONE = Fault()
THROTTLED = Fault(error="ProvisionedThroughputExceededException", message="The level of configured ...")
SLOW = Fault(delay=1.5)
KEY_DENIED = Fault(error="AccessDeniedException", message="KMS key access denied error: kms:Decrypt")
CLOCK_AHEAD = Fault(ahead=3600.0)
SIGNATURE_EXPIRED = Fault(error="InvalidSignatureException", message="Signature expired: ...", ahead=3600.0)


class FaultProxy:
    """A DynamoDB endpoint on loopback in front of a sandbox's own."""

    def __init__(self, upstream: str) -> None:
        """Hand on to `upstream`, until a fault is set."""
        self.fault = NONE
        self._client = httpx.Client(trust_env=False, verify=False, timeout=10)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(upstream))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="fault proxy", daemon=True)
        self._thread.start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._client.close()

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[None]:
        """Every call inside the block meets this fault."""
        self.fault = fault
        try:
            yield
        finally:
            self.fault = NONE

    def _handler(self, upstream: str) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                fault = proxy.fault
                time.sleep(fault.delay)
                if fault.error is None:
                    headers = {name: self.headers[name] for name in _HANDED_ON if name in self.headers}
                    answer = proxy._client.post(upstream, content=body, headers=headers)
                    status, content = answer.status_code, answer.content
                else:
                    status = 400
                    content = json.dumps({"__type": _PREFIX + fault.error, "message": fault.message}).encode()
                self._send(status, content, fault.ahead)

            def _send(self, status: int, content: bytes, ahead: float) -> None:
                head = (
                    f"HTTP/1.1 {status} X\r\nDate: {formatdate(time.time() + ahead, usegmt=True)}\r\n"
                    f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(content)}\r\n\r\n"
                )
                try:
                    self.wfile.write(head.encode() + content)
                except OSError:
                    self.close_connection = True  # who asked has gone

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler


@contextmanager
def reconfigured(
    project: ProjectCopy,
    *,
    variables: dict[str, str] | None = None,
    without: str | None = None,
    archive: bytes | None = None,
) -> Iterator[None]:
    """Inside the block, callers get a version of the governance function with another environment or code."""
    client = project.client("lambda")
    name = project.platform.governance_function_name
    aliases = {
        alias["Name"]: alias["FunctionVersion"] for alias in client.list_aliases(FunctionName=name)["Aliases"]
    }
    found = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    changed = {key: value for key, value in {**found, **(variables or {})}.items() if key != without}
    client.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
    if archive is not None:
        client.update_function_code(FunctionName=name, ZipFile=archive)
    version = client.publish_version(FunctionName=name)["Version"]
    for alias in aliases:
        client.update_alias(FunctionName=name, Name=alias, FunctionVersion=version)
    try:
        yield
    finally:
        for alias, before in aliases.items():
            client.update_alias(FunctionName=name, Name=alias, FunctionVersion=before)
        client.update_function_configuration(FunctionName=name, Environment={"Variables": found})

"""A sandbox is its user's: neither a web page nor another user of the machine reads or changes it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from sandbox.cloud.access.keys import CREDENTIALS
from tests.support.access.other_user import as_another_user, needs_root
from tests.support.end_to_end.census import census
from tests.support.end_to_end.project import ProjectCopy

pytestmark = [pytest.mark.sandbox, pytest.mark.xdist_group("deployed")]

EVIL = "http://evil.example"
SCOPE = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=x%2F20260101%2Fus-east-1%2F{}%2Faws4_request"
INVOKE = "/2015-03-31/functions/sandbox-governance-decide/invocations?"
DISPATCH = ("POST", "/dispatch", "text/plain", b'{"intent": "reason"}')
ASKED = [
    ("GET", "/_myelin/status", "", b""),
    ("POST", "/_myelin/shutdown", "text/plain", b""),
    ("GET", "/moto-api/data.json", "", b""),
    ("POST", "/moto-api/reset", "text/plain", b""),
    (
        "POST",
        "/?" + SCOPE.format("iam"),
        "application/x-www-form-urlencoded",
        b"Action=CreateUser&UserName=eve",
    ),
    ("POST", INVOKE + SCOPE.format("lambda"), "text/plain", b'{"service": "orbit", "intent": "reason"}'),
    ("POST", "/", "application/x-amz-json-1.1", b"{}"),
    ("GET", "/2018-06-01/runtime/invocation/next", "", b""),
    DISPATCH,
    ("OPTIONS", "/dispatch", "", b""),
]
"""What a page may try, with what its browser lets it send."""


def host_ports(project: ProjectCopy) -> list[int]:
    """Every TCP port that the background process listens on: emulator, listeners, mesh, functions."""
    process = psutil.Process(project.host.pid)
    connections = process.net_connections("tcp4")
    return sorted(each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN)


def from_a_page(port: int) -> Iterator[list[str]]:
    """The headers by which a browser tells where a request comes from, in each kind of attack."""
    own = f"Host: 127.0.0.1:{port}"
    yield [f"Host: evil.example:{port}"]
    yield [f"Host: evil.example:{port}", f"Origin: http://evil.example:{port}", "Sec-Fetch-Site: same-origin"]
    yield [own, f"Origin: {EVIL}", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors"]
    yield [own, f"Origin: {EVIL}"]
    yield [own, "Origin: null"]
    yield [own, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate"]
    yield [own, "Origin: http://localhost:1", "Sec-Fetch-Site: same-site"]


def split_ports(project: ProjectCopy) -> tuple[list[int], list[int]]:
    """Those ports that answer at once, and those of functions, which only look up when there is an event."""
    speaking, silent = [], []
    for port in host_ports(project):
        with socket.create_connection(("127.0.0.1", port), timeout=0.5) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            try:
                connection.recv(1)
                speaking.append(port)
            except TimeoutError:
                silent.append(port)
    return speaking, silent


def ask(port: int, method: str, path: str, kind: str, body: bytes, headers: list[str]) -> bytes:
    """The whole answer to a request; nothing where the connection is closed at once."""
    kinds = [f"Content-Type: {kind}"] if kind else []
    head = [
        f"{method} {path} HTTP/1.1",
        *headers,
        *kinds,
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
            return answer
    except ConnectionError:
        return b""


def test_a_web_page_gets_nothing_at_any_port(deployed: ProjectCopy) -> None:
    """FID-2: refused at every port, for every request that it may send, and nothing has changed by it."""
    before, (ports, _) = census(deployed), split_ports(deployed)
    listeners = {int(deployed.address.rpartition(":")[2]), int(deployed.host.endpoint.rpartition(":")[2])}
    assert listeners < set(ports)
    for port in ports:
        for headers in from_a_page(port):
            for method, path, kind, body in ASKED:
                answer = ask(port, method, path, kind, body, headers)
                status = answer.partition(b" ")[2][:3]
                assert status in {b"", b"403"}, (port, headers, method, path, answer[:200])
                assert b"access-control" not in answer.lower()
    users = deployed.client("iam").list_users()["Users"]
    assert "eve" not in {user["UserName"] for user in users}
    assert census(deployed) == before


def test_events_of_a_function_go_to_its_own_process(deployed: ProjectCopy) -> None:
    """FID-2: not even another process of the same user gets one, whatever is asked meanwhile."""
    _, silent = split_ports(deployed)
    assert silent
    asking = [socket.create_connection(("127.0.0.1", port), timeout=0.5) for port in silent]
    for connection in asking:
        connection.sendall(b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n")
    for _ in range(4):
        assert deployed.dispatch("reason")[0] == 200
    heard = []
    for connection in asking:
        try:
            heard.append(connection.recv(65536))
        except (TimeoutError, ConnectionError):
            heard.append(b"")
        connection.close()
    assert set(heard) == {b""}


def test_a_program_of_the_user_gets_what_it_asks_for(deployed: ProjectCopy) -> None:
    """The same request from no page is answered; what only the sandbox may ask is refused to it, too."""
    port = int(deployed.address.rpartition(":")[2])
    headers = [f"Host: localhost:{port}"]
    assert b" 200 " in ask(port, "POST", "/dispatch", "application/json", DISPATCH[3], headers)[:20]
    emulator = int(deployed.host.endpoint.rpartition(":")[2])
    for method, path, kind, body in ASKED[:7]:
        answer = ask(emulator, method, path, kind, body, [f"Host: 127.0.0.1:{emulator}"])
        assert answer.partition(b" ")[2][:3] in {b"403", b"404"}, (path, answer[:200])


@needs_root
def test_another_user_of_the_machine_gets_nothing(deployed: ProjectCopy) -> None:
    """FID-2: no port answers but with a refusal, and no file can be read or made."""
    before, (ports, _) = census(deployed), split_ports(deployed)
    folder = deployed.sandbox

    def try_everything() -> dict[str, Any]:
        answers = {
            f"{port} {path}": ask(port, method, path, kind, body, [f"Host: 127.0.0.1:{port}"])
            for port in ports
            for method, path, kind, body in ASKED
        }
        opened = []
        for path, mode in ((folder / CREDENTIALS, "r"), (folder / "host.json", "r"), (folder / "x", "w")):
            try:
                Path(path).open(mode).close()
                opened.append(str(path))
            except PermissionError:
                pass
        return {"answers": answers, "opened": opened}

    found = as_another_user(try_everything)
    assert isinstance(found, dict), found
    assert found["opened"] == []
    said = {answer.partition(b" ")[2][:3] for answer in found["answers"].values()}
    assert said <= {b"", b"403"}, found["answers"]
    assert census(deployed) == before


def test_the_keys_are_in_a_file_of_the_user_alone(deployed: ProjectCopy) -> None:
    """Folder and files have private modes, and an open one is refused by the next command."""
    credentials = deployed.sandbox / CREDENTIALS
    for path, mode in (
        (deployed.sandbox, 0o700),
        (credentials, 0o600),
        (deployed.sandbox / "host.json", 0o600),
    ):
        assert path.stat().st_mode & 0o777 == mode
    credentials.chmod(0o644)
    refused = deployed.myelin("policy", "list", check=False)
    credentials.chmod(0o600)
    assert refused.code == 2, refused.stdout
    assert "chmod 600" in json.loads(refused.stdout)["error"]["hint"]

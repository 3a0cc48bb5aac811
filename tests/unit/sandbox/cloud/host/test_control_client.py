"""How a command asks a background process, and what it makes of the answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.cloud.emulator.control import ControlMiddleware
from sandbox.cloud.emulator.server import WsgiServer
from sandbox.cloud.emulator.wsgi import Environ, StartResponse
from sandbox.cloud.host.control import ask_to_stop, is_answering, status
from sandbox.cloud.host.errors import NotAnsweringError
from sandbox.cloud.host.state import Host


@pytest.fixture
def stopped() -> list[bool]:
    return []


@pytest.fixture
def host(tmp_path: Path, stopped: list[bool]) -> Iterator[Host]:
    """A process that answers as `one`."""

    def other(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [json.dumps([]).encode()]

    control = ControlMiddleware(
        other,
        ping=lambda: {"incarnation": "one"},
        status=lambda: {"services": ["axon"]},
        shutdown=lambda: stopped.append(True),
    )
    server = WsgiServer(control)
    server.start()
    yield Host(
        endpoint=server.endpoint,
        pid=1,
        started_at=datetime(2026, 1, 2, tzinfo=UTC),
        incarnation="one",
        directory=tmp_path,
        version="v",
    )
    server.stop()


def test_a_process_answers_for_its_own_incarnation(host: Host, tmp_path: Path) -> None:
    """Another process that got the same port is not taken for the sandbox."""
    assert is_answering(host)
    another = Host(
        endpoint=host.endpoint,
        pid=1,
        started_at=host.started_at,
        incarnation="two",
        directory=tmp_path,
        version="v",
    )
    assert not is_answering(another)


def test_it_is_asked_for_its_status_and_to_stop(host: Host, stopped: list[bool]) -> None:
    """Both are one request."""
    assert status(host) == {"services": ["axon"]}
    assert ask_to_stop(host)
    assert stopped == [True]


def test_a_port_that_is_closed_is_no_answer(host: Host, tmp_path: Path) -> None:
    """Neither is it an error to ask whether a process answers; its status is one that names the process."""
    server = WsgiServer(lambda _environ, _start: [])
    closed = Host(
        endpoint=server.endpoint,
        pid=77,
        started_at=host.started_at,
        incarnation="one",
        directory=tmp_path,
        version="v",
    )
    server.stop(grace=0)
    assert not is_answering(closed)
    assert not ask_to_stop(closed)
    with pytest.raises(NotAnsweringError, match="process 77"):
        status(closed)

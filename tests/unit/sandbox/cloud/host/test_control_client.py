"""How a command asks a background process, and what it makes of the answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.cloud.emulator.control import ControlMiddleware
from sandbox.cloud.emulator.server import WsgiServer
from sandbox.cloud.emulator.wsgi import BODY, Environ, StartResponse, WsgiResponse, json_response
from sandbox.cloud.host.control import ask_to_stop, is_answering, order, status
from sandbox.cloud.host.errors import NotAnsweringError, RefusedOrderError
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

    def repeat(environ: Environ) -> WsgiResponse:
        said = json.loads(environ[BODY])
        if not said:
            return json_response("400 Bad Request", {"message": "no words"})
        return json_response("200 OK", {"said": said})

    control = ControlMiddleware(
        other,
        ping=lambda: {"incarnation": "one"},
        status=lambda: {"services": ["axon"]},
        shutdown=lambda: stopped.append(True),
        token="shown",
        orders={"repeat": repeat},
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
        token="shown",
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
        token="shown",
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


def test_an_order_is_carried_out_or_refused_with_its_reason(host: Host) -> None:
    """The answer comes back; what the sandbox refuses, and what it does not know, is an error."""
    assert order(host, "repeat", {"word": "one"}) == {"said": {"word": "one"}}
    with pytest.raises(RefusedOrderError, match="no words"):
        order(host, "repeat", {})
    with pytest.raises(RefusedOrderError, match="has no `other`"):
        order(host, "other", {})
